"""``citywatch check``: each kind of bad package gets a line with file, row, column, expected and found, and exit 1."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from citywatch.cli import main


def rows(package: Path, table: str) -> list[list[str]]:
    """Rows of a table, header first."""
    with (package / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def write(package: Path, table: str, content: list[list[str]]) -> None:
    """Write a table back."""
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(content)
    (package / f"{table}.csv").write_bytes(buffer.getvalue().encode())


def cell(table: str, column: str, value: str, row: int = 2) -> Callable[[Path], None]:
    """A change of one cell; rows count as in a spreadsheet."""

    def change(package: Path) -> None:
        content = rows(package, table)
        content[row - 1][content[0].index(column)] = value
        write(package, table, content)

    return change


def duplicate(package: Path) -> None:
    content = rows(package, "agreements")
    write(package, "agreements", [content[0], content[1], *content[1:]])


def drop_column(package: Path) -> None:
    write(package, "claims", [row[1:] for row in rows(package, "claims")])


def extra_column(package: Path) -> None:
    write(package, "claims", [[*row, "x"] for row in rows(package, "claims")])


def encoding(package: Path) -> None:
    path = package / "sources.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("cp1252", errors="replace"))


def mark(package: Path) -> None:
    path = package / "places.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def empty(package: Path) -> None:
    write(package, "agreements", rows(package, "agreements")[:1])


def nothing(package: Path) -> None:
    (package / "claims.csv").write_bytes(b"")


def gone(package: Path) -> None:
    (package / "events.csv").unlink()


def version(package: Path) -> None:
    path = package / "datapackage.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": "99"}))


BREAKS = [
    (cell("agreements", "country_iso3", "ZZZ"), "agreements.csv, row 2, column country_iso3", "list of codes"),
    (cell("agreements", "kind", "gift"), "agreements.csv, row 2, column kind", "vocabulary agreement_kind"),
    (cell("agreements", "announced", "2023-02-30"), "agreements.csv, row 2, column announced", "a date that exists"),
    (cell("agreements", "value_usd", "-5"), "agreements.csv, row 2, column value_usd", "at least 0"),
    (cell("agreements", "note", "=HYPERLINK(1)"), "agreements.csv, row 2, column note", "no spreadsheet runs"),
    (cell("agreements", "vendors", "nobody"), "agreements.csv, row 2, column vendors", "an id in vendors.vendor_id"),
    (
        cell("agreements", "place_ids", "ken-nairobi"),
        "agreements.csv, row 2, column place_ids",
        "country of the agreement",
    ),
    (cell("evidence", "source_id", "src-none"), "evidence.csv, row 2, column source_id", "an id in sources.source_id"),
    (cell("evidence", "value", "something else"), "evidence.csv, row 2, column value", "the value in agreements"),
    (cell("sources", "url", "ftp://example.org"), "sources.csv, row 2, column url", "http or https"),
    (cell("places", "latitude", "91"), "places.csv, row 2, column latitude", "at most 90"),
    (duplicate, "agreements.csv, row 3, column agreement_id", "a key used once"),
    (drop_column, "claims.csv, row 1, column claim_id", "the column"),
    (extra_column, "claims.csv, row 1, column x", "one of the columns"),
    (encoding, "sources.csv, row", "UTF-8"),
    (mark, "places.csv, row 1", "without a byte-order mark"),
    (empty, "agreements.csv", "at least one row"),
    (nothing, "claims.csv, row 1", "a header"),
    (gone, "events.csv", "a readable file"),
    (version, "datapackage.json, column schema_version", "expected 1; found '99'"),
]


@pytest.mark.parametrize(("damage", "place", "expected"), BREAKS)
def test_a_broken_package_is_named(
    package: Path, capsys: pytest.CaptureFixture[str], damage: Callable[[Path], None], place: str, expected: str
) -> None:
    damage(package)
    assert main(["check", str(package)]) == 1
    printed = capsys.readouterr().out
    assert any(place in line and expected in line and "found" in line for line in printed.splitlines()), printed[:2000]


def test_nul_bytes_are_named(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = package / "claims.csv"
    path.write_bytes(path.read_bytes() + b"\0")
    assert main(["check", str(package)]) == 1
    assert "a NUL byte" in capsys.readouterr().out


def test_json_lists_violations(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cell("agreements", "kind", "gift")(package)
    assert main(["check", str(package), "--json"]) == 1
    found = json.loads(capsys.readouterr().out)["violations"]
    assert found[0]["row"] == 2
    assert found[0]["column"] == "kind"


@pytest.mark.parametrize("path", ["/nowhere", "/etc/hostname"])
def test_no_folder_is_an_error_with_advice(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", path]) == 1
    assert "expected a folder with datapackage.json" in capsys.readouterr().err


def test_the_sound_package_passes(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(package)]) == 0
    assert "sound" in capsys.readouterr().out
