"""Strict reading: every kind of bad input is named with file, row, column, expected and found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citywatch.errors import InputError, Violation
from citywatch.tables import Column, Kind, PartialDate, Table, join_list, parse_table, split_list, table_bytes
from citywatch.tables.values import escape_cell, runs_in_spreadsheet, unescape_cell

TABLE = Table(
    "things",
    "One thing",
    (
        Column("thing_id", Kind.ID, "Id.", required=True),
        Column("country_iso3", Kind.COUNTRY, "Country.", required=True),
        Column("colour", Kind.TEXT, "Colour.", vocabulary="colours"),
        Column("tags", Kind.LIST, "Tags.", vocabulary="tags"),
        Column("seen", Kind.PARTIAL_DATE, "Seen."),
        Column("day", Kind.DATE, "Day."),
        Column("price_usd", Kind.NUMBER, "Price.", minimum=0),
        Column("pieces", Kind.INTEGER, "Pieces.", minimum=0),
        Column("is_old", Kind.FLAG, "Old."),
        Column("url", Kind.URL, "Address."),
        Column("note", Kind.TEXT, "Note."),
    ),
    ("thing_id",),
    "CC0",
    "Test",
)
WORDS = {
    "countries": frozenset({"KEN", "NAM"}),
    "colours": frozenset({"red", "blue"}),
    "tags": frozenset({"a", "b"}),
}
HEADER = ",".join(TABLE.names)
GOOD = 'one,KEN,red,a; b,2019-02,2019-02-28,1.5,3,yes,https://example.org/x,"NA, said"'


def parse(*rows: str, header: str = HEADER) -> tuple[Violation, ...]:
    """Violations of a table made of these lines."""
    return parse_table("\n".join([header, *rows, ""]).encode(), TABLE, WORDS, "things.csv").violations


def changed(**cells: str) -> str:
    """The good row with some cells changed."""
    values = dict(zip(TABLE.names, GOOD.split(",", 10), strict=True)) | cells
    return ",".join(values.values())


def test_good_row_is_typed_and_na_is_text() -> None:
    parsed = parse_table(f"{HEADER}\n{GOOD}\n".encode(), TABLE, WORDS, "things.csv")
    assert parsed.violations == ()
    row = parsed.frame.iloc[0]
    assert row["note"] == "NA, said"
    assert row["price_usd"] == 1.5
    assert row["pieces"] == 3


@pytest.mark.parametrize(
    ("cells", "column", "expected"),
    [
        ({"thing_id": ""}, "thing_id", "a value"),
        ({"thing_id": "One Two"}, "thing_id", "an id of"),
        ({"country_iso3": "XYZ"}, "country_iso3", "list of codes"),
        ({"country_iso3": "ke"}, "country_iso3", "three capital letters"),
        ({"colour": "green"}, "colour", "vocabulary colours"),
        ({"tags": "a; c"}, "tags", "vocabulary tags"),
        ({"tags": "a; a"}, "tags", "joined by"),
        ({"tags": "a;b"}, "tags", "joined by"),
        ({"seen": "2019-13"}, "seen", "a date that exists"),
        ({"seen": "2019-02-30"}, "seen", "a date that exists"),
        ({"seen": "19"}, "seen", "a date that exists"),
        ({"seen": "9999"}, "seen", "a date that exists"),
        ({"seen": "٢٠١٩"}, "seen", "a date that exists"),
        ({"day": "2019-02"}, "day", "a day that exists"),
        ({"price_usd": "-1"}, "price_usd", "at least 0"),
        ({"price_usd": "1,5"}, "", "11 cells"),
        ({"price_usd": "1e999"}, "price_usd", "a finite number"),
        ({"price_usd": "nan"}, "price_usd", "a number"),
        ({"pieces": "1.5"}, "pieces", "a whole number"),
        ({"is_old": "maybe"}, "is_old", "yes, no"),
        ({"url": "javascript:alert(1)"}, "url", "http or https"),
        ({"note": "red\x1b[31m"}, "note", "without control characters"),
        ({"note": "\u202egnp.exe"}, "note", "without control characters"),
        ({"note": "\u200b"}, "note", "without control characters"),
        ({"thing_id": "x" * 101}, "thing_id", "at most 100"),
        ({"note": "=1+1"}, "note", "no spreadsheet runs"),
        ({"note": "@sum"}, "note", "no spreadsheet runs"),
        ({"note": "+1"}, "note", "no spreadsheet runs"),
        ({"note": "-1"}, "note", "no spreadsheet runs"),
    ],
)
def test_bad_cell_is_named(cells: dict[str, str], column: str, expected: str) -> None:
    found = parse(
        GOOD, changed(thing_id=cells.get("thing_id", "two"), **{k: v for k, v in cells.items() if k != "thing_id"})
    )
    assert len(found) >= 1
    assert (found[0].file, found[0].row, found[0].column) == ("things.csv", 3, column)
    assert expected in found[0].expected


def test_escaped_formula_is_text_and_comes_back_escaped() -> None:
    parsed = parse_table(f"{HEADER}\n{changed(note=chr(39) + '=1+1')}\n".encode(), TABLE, WORDS, "things.csv")
    assert parsed.violations == ()
    assert parsed.frame.at[0, "note"] == "=1+1"
    assert b"'=1+1" in table_bytes(parsed.frame, TABLE)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"\xef\xbb\xbf" + HEADER.encode(), "byte-order mark"),
        (HEADER.encode("utf-16"), "byte-order mark"),
        (HEADER.encode() + b"\n\x00", "text"),
        (HEADER.encode() + "\ncaf\xe9".encode("latin-1"), "UTF-8"),
        (b"", "a header"),
        (HEADER.encode() + b"\n", "at least one row"),
        (HEADER.encode() + b'\n"open', "well-formed CSV"),
        (HEADER.replace("note", "url").encode(), "each column once"),
        (HEADER.replace(",note", "").encode(), "the column"),
        (HEADER.encode() + b",more\n", "one of the columns"),
        (HEADER.encode() + b"\n" + GOOD.encode() + b"\n\n", "11 cells"),
        (HEADER.encode() + b"\n" + b"x" * 200_000, "well-formed CSV"),
    ],
)
def test_bad_file_is_named(raw: bytes, expected: str) -> None:
    found = parse_table(raw, TABLE, WORDS, "things.csv").violations
    assert any(expected in violation.expected for violation in found), found


def test_duplicate_key_is_named() -> None:
    found = parse(GOOD, GOOD)
    assert [(one.row, one.column) for one in found] == [(3, "thing_id")]


def test_columns_may_come_in_any_order() -> None:
    order = list(reversed(TABLE.names))
    cells = dict(zip(TABLE.names, GOOD.split(",", 10), strict=True))
    assert parse(",".join(cells[name] for name in order), header=",".join(order)) == ()


@given(st.text())
def test_escaping_round_trips_and_disarms(text: str) -> None:
    escaped = escape_cell(text)
    assert unescape_cell(escaped) == text
    assert not runs_in_spreadsheet(escaped) or escaped.startswith("'")


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_violations(raw: bytes) -> None:
    parsed = parse_table(HEADER.encode() + b"\n" + raw, TABLE, WORDS, "things.csv")
    assert parsed.violations or len(parsed.frame) >= 1


@given(st.lists(st.text(alphabet="abc ", min_size=1).map(str.strip).filter(bool), unique=True))
def test_lists_round_trip(items: list[str]) -> None:
    assert split_list(join_list(items)) == tuple(items)


@pytest.mark.parametrize(
    ("text", "precision", "last"),
    [("2020", "year", "2020-12-31"), ("2020-02", "month", "2020-02-29"), ("2020-02-03", "day", "2020-02-03")],
)
def test_partial_dates_span_what_they_can_mean(text: str, precision: str, last: str) -> None:
    parsed = PartialDate.parse(text)
    assert (parsed.precision, parsed.latest.isoformat()) == (precision, last)


@pytest.mark.parametrize("text", ["", "2020-", "2020-00", "2021-02-29", "0000", "1899", "2020-1", "2020-01-01T00"])
def test_impossible_dates_are_refused(text: str) -> None:
    with pytest.raises(InputError, match="expected"):
        PartialDate.parse(text)
