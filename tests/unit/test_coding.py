"""Double coding by file: blind sheets, strict import, an unbroken log, reliability, adjudication."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest

from citywatch import coding, registry
from citywatch.cli import main
from citywatch.errors import InputError, NoDataError, OutputError
from citywatch.registry.rules import recorded_values
from citywatch.tables.files import exclusive

CODERS = ("reader-a", "reader-b")


@pytest.fixture
def package(package: Path) -> Path:
    """A copy of the embedded data package with an empty log."""
    for name in ("judgements", "reliability"):
        path = package / f"{name}.csv"
        path.write_text(path.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    return package


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


def save(path: Path, rows: list[list[str]]) -> None:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows(rows)
    path.write_text(buffer.getvalue(), encoding="utf-8")


@pytest.fixture
def exported(package: Path, tmp_path: Path) -> Path:
    """A sample of 12 agreements for two coders, as CSV."""
    out = tmp_path / "coding"
    options = ["--sample", "12", "--seed", "3", "--format", "csv", "--registry", str(package), "--out", str(out)]
    assert main(["code", "export", *options]) == 0
    return out


def fill(sheet: Path, package: Path, change: Callable[[int, str, str], str] = lambda _at, _field, value: value) -> None:
    """Fill a sheet from the record, with changes."""
    agreements = registry.load(package).agreements
    values = recorded_values(agreements)
    key = coding.read_key(sheet.with_name("key.csv"))
    rows = cells(sheet)
    for at, row in enumerate(rows[1:]):
        for column, name in enumerate(rows[0]):
            if name in coding.default_fields():
                row[column] = change(at, name, str(values[key[row[1]], name]) or "not stated")
    save(sheet, rows)


def take(sheet: Path, package: Path, coder: str, *more: str) -> int:
    return main(
        ["code", "import", str(sheet), "--coder", coder, "--registry", str(package), "--on", "2026-11-24", *more]
    )


def test_sheets_are_blind_and_the_same_for_both(exported: Path, package: Path) -> None:
    sheets = [cells(exported / f"sheet-{coder}.csv") for coder in CODERS]
    assert [row[1:] for row in sheets[0]] == [row[1:] for row in sheets[1]]
    text = (exported / "sheet-reader-a.csv").read_text(encoding="utf-8")
    identifiers = registry.load(package).agreements["agreement_id"]
    assert not [name for name in identifiers if name in text]
    assert all(not cell for row in sheets[0][1:] for cell in row[4:])


def test_the_draw_is_repeatable(package: Path) -> None:
    names = list(registry.load(package).agreements["agreement_id"])
    assert coding.draw_sample(names, 12, 3) == coding.draw_sample(names[::-1], 12, 3)
    assert coding.draw_sample(names, 12, 3) != coding.draw_sample(names, 12, 4)
    with pytest.raises(InputError, match="from 1 to"):
        coding.draw_sample(names, len(names) + 1, 1)


def test_a_round_trip_gives_a_sound_log_and_perfect_agreement(
    exported: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for coder in CODERS:
        fill(exported / f"sheet-{coder}.csv", package)
        assert take(exported / f"sheet-{coder}.csv", package, coder, "--kind", "automated") == 0
    assert main(["log", "verify", "--registry", str(package)]) == 0
    assert registry.check(package) == ()
    log = coding.read_log(package / "judgements.csv")
    found = {one.field: one for one in coding.reliability(log)}
    status = found["status"].agreement
    assert status is not None
    assert status.percent.value == 100
    assert found["status"].coder_kinds == ("automated",)
    against = coding.contradictions(log, coding.read_records(package / "sample_records.csv"), found["status"].sample_id)
    assert against[-1].field == "all"
    assert against[-1].contradicted == 0
    capsys.readouterr()
    assert main(["reliability", "--registry", str(package)]) == 0
    assert "MASI" not in capsys.readouterr().err


def test_disagreement_is_measured_settled_and_kept(exported: Path, package: Path, tmp_path: Path) -> None:
    fill(exported / "sheet-reader-a.csv", package)
    fill(
        exported / "sheet-reader-b.csv",
        package,
        lambda at, field, value: "unknown" if field == "status" and at < 2 else value,
    )
    for coder in CODERS:
        assert take(exported / f"sheet-{coder}.csv", package, coder) == 0
    path = package / "judgements.csv"
    log = coding.read_log(path)
    sample = coding.sample_of(str(log["sheet_id"].iloc[0]))
    open_ones = coding.disagreements(log, sample)
    assert {one.field for one in open_ones} == {"status"}
    sheet = tmp_path / "open.csv"
    assert main(["adjudicate", "--sample", sample, "--write", str(sheet), "--registry", str(package)]) == 0
    rows = cells(sheet)
    for row in rows[1:]:
        row[4], row[5] = row[3].split(" | ")[0].partition(": ")[2], "the dated source says so"
    save(sheet, rows)
    assert (
        main(
            ["adjudicate", "--read", str(sheet), "--coder", "judge-1", "--on", "2026-11-24", "--registry", str(package)]
        )
        == 0
    )
    longer = coding.read_log(path)
    assert len(longer) == len(log) + len(open_ones)
    pd.testing.assert_frame_equal(longer.iloc[: len(log)], log)
    assert coding.disagreements(longer, sample) == []
    assert registry.check(package) == ()


@pytest.mark.parametrize("column", ["value", "coder", "judged_on", "digest", "note"])
def test_one_altered_byte_is_found(
    exported: Path, package: Path, column: str, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(exported / "sheet-reader-a.csv", package)
    take(exported / "sheet-reader-a.csv", package, "reader-a")
    path = package / "judgements.csv"
    rows = cells(path)
    at = rows[0].index(column)
    old = rows[5][at]
    changed = {"judged_on": "2026-11-23", "digest": f"{int(old, 16) ^ 1:064x}" if column == "digest" else ""}
    rows[5][at] = changed.get(column, old + "x")
    save(path, rows)
    assert main(["log", "verify", "--log", str(path), "--registry", str(package)]) == 1
    assert "line 5" in capsys.readouterr().err


def test_a_removed_line_is_found(exported: Path, package: Path) -> None:
    fill(exported / "sheet-reader-a.csv", package)
    take(exported / "sheet-reader-a.csv", package, "reader-a")
    path = package / "judgements.csv"
    rows = cells(path)
    save(path, rows[:4] + rows[5:])
    with pytest.raises(InputError, match="removed or moved"):
        coding.verify_log(coding.read_log(path), "log")


def rename(rows: list[list[str]]) -> None:
    rows[0][rows[0].index("status")] = "state"


def drop(rows: list[list[str]]) -> None:
    for row in rows:
        del row[2]


def foreign(rows: list[list[str]]) -> None:
    rows[1][rows[0].index("kind")] = "present"


def mixed(rows: list[list[str]]) -> None:
    rows[1][rows[0].index("products")] = "cctv; not stated"


def formula(rows: list[list[str]]) -> None:
    rows[1][rows[0].index("note")] = "=1+1"


def date(rows: list[list[str]]) -> None:
    rows[1][rows[0].index("announced")] = "May 2014"


def unit(rows: list[list[str]]) -> None:
    rows[1][rows[0].index("unit")] = "u999"


def twice(rows: list[list[str]]) -> None:
    rows.append(rows[1])


def other_sample(rows: list[list[str]]) -> None:
    rows[1][0] = "n1-s1-00000000:reader-a"


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (rename, "unknown column 'state'"),
        (drop, "no column 'subject'"),
        (foreign, "answers of kind"),
        (mixed, "a special word alone"),
        (formula, "no spreadsheet runs"),
        (date, "a date that exists"),
        (unit, "a unit of the key"),
        (twice, "a key used once"),
        (other_sample, "expected a sheet of coder"),
    ],
)
def test_a_hostile_sheet_is_refused_whole(
    exported: Path,
    package: Path,
    damage: Callable[[list[list[str]]], None],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sheet = exported / "sheet-reader-a.csv"
    fill(sheet, package)
    rows = cells(sheet)
    damage(rows)
    save(sheet, rows)
    before = (package / "judgements.csv").read_bytes()
    assert take(sheet, package, "reader-a") == 1
    assert words in capsys.readouterr().err
    assert (package / "judgements.csv").read_bytes() == before


def test_wrong_coder_and_second_import_are_refused(
    exported: Path, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = exported / "sheet-reader-a.csv"
    fill(sheet, package)
    assert take(sheet, package, "reader-b") == 1
    assert "expected a sheet of coder reader-b" in capsys.readouterr().err
    assert take(sheet, package, "reader-a") == 0
    assert take(sheet, package, "reader-a") == 1
    assert "already in the log" in capsys.readouterr().err


@pytest.fixture
def workbook(package: Path, tmp_path: Path) -> Path:
    """A sheet as a workbook."""
    out = tmp_path / "books"
    assert main(["code", "export", "--sample", "3", "--seed", "1", "--registry", str(package), "--out", str(out)]) == 0
    return out / "sheet-reader-a.xlsx"


def edit(path: Path, change: Callable[[openpyxl.Workbook], None]) -> None:
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    book.close()


def put(cell: str, value: object) -> Callable[[openpyxl.Workbook], None]:
    return lambda book: book["coding"].__setitem__(cell, value)


def test_a_workbook_comes_back(workbook: Path, package: Path) -> None:
    edit(workbook, put("G2", "contract"))
    assert take(workbook, package, "reader-a") == 0
    log = coding.read_log(package / "judgements.csv")
    assert log[["field", "value"]].to_numpy().tolist() == [["kind", "contract"]]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (put("G2", "=HYPERLINK(1)"), "a formula"),
        (lambda book: book["coding"].merge_cells("G2:G3"), "merged cells"),
        (lambda book: book.remove(book["coding"]), "expected a sheet named coding"),
        (put("E1", "colour"), "unknown column"),
    ],
)
def test_a_hostile_workbook_is_refused(
    workbook: Path,
    package: Path,
    change: Callable[[openpyxl.Workbook], None],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    edit(workbook, change)
    assert take(workbook, package, "reader-a") == 1
    assert words in capsys.readouterr().err


def test_what_is_no_workbook_is_refused(workbook: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workbook.write_bytes(b"PK not a zip")
    assert take(workbook, package, "reader-a") == 1
    assert "expected an .xlsx workbook" in capsys.readouterr().err


def test_answers_of_one_coder_alone_are_left_out(exported: Path, package: Path) -> None:
    fill(exported / "sheet-reader-a.csv", package)
    fill(exported / "sheet-reader-b.csv", package, lambda at, _field, value: "" if at >= 6 else value)
    for coder in CODERS:
        assert take(exported / f"sheet-{coder}.csv", package, coder) == 0
    found = {one.field: one for one in coding.reliability(coding.read_log(package / "judgements.csv"))}
    scope = found["scope"]
    assert scope.agreement is not None
    assert (scope.agreement.units, scope.not_comparable) == (6, 6)


def test_parts_and_coarser_dates_differ_but_do_not_contradict(exported: Path, package: Path) -> None:
    changes = {
        "products": "cctv; command_center; noise_monitoring; facial_recognition",
        "announced": "1999",
        "status": "unknown",
    }
    for coder in CODERS:
        fill(
            exported / f"sheet-{coder}.csv",
            package,
            lambda _at, field, value: value[:4] if field == "announced" and value != "not stated" else value,
        )
        assert take(exported / f"sheet-{coder}.csv", package, coder) == 0
    log = coding.read_log(package / "judgements.csv")
    records = coding.read_records(package / "sample_records.csv")
    found = {
        one.field: one for one in coding.contradictions(log, records, coding.sample_of(str(log["sheet_id"].iloc[0])))
    }
    assert found["announced"].differ > 0
    assert found["announced"].contradicted == 0
    assert changes.keys() <= found.keys()
    frame = coding.reliability_frame(log, records).set_index("field")
    assert frame.at["all", "checked"] == found["all"].checked
    assert frame.at["all", "contradicted"] == 0


def test_a_later_correction_does_not_change_what_was_measured(exported: Path, package: Path) -> None:
    for coder in CODERS:
        fill(
            exported / f"sheet-{coder}.csv",
            package,
            lambda _at, field, value: "unknown" if field == "status" else value,
        )
        assert take(exported / f"sheet-{coder}.csv", package, coder) == 0
    log, path = coding.read_log(package / "judgements.csv"), package / "sample_records.csv"
    sample = coding.sample_of(str(log["sheet_id"].iloc[0]))
    before = {one.field: one for one in coding.contradictions(log, coding.read_records(path), sample)}
    data = registry.load(package)
    data.agreements["status"] = "unknown"
    again = [
        coding.Judgement(*row) for row in log[[one.name for one in fields(coding.Judgement)]].to_numpy(dtype=object)
    ]
    coding.keep_record(again, data.agreements, path)
    after = {one.field: one for one in coding.contradictions(log, coding.read_records(path), sample)}
    assert after == before
    assert before["status"].contradicted > 0


def test_a_day_that_is_none_is_refused(exported: Path, package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = exported / "sheet-reader-a.csv"
    fill(sheet, package)
    before = (package / "judgements.csv").read_bytes()
    for day in ("yesterday", "2019-02-30", "2019-02"):
        assert main(["code", "import", str(sheet), "--coder", "reader-a", "--registry", str(package), "--on", day]) == 1
        assert "expected a day" in capsys.readouterr().err
    assert (package / "judgements.csv").read_bytes() == before


def test_two_imports_at_once_are_told_apart(package: Path) -> None:
    path = package / "judgements.csv"
    with exclusive(path, busy="busy"), pytest.raises(OutputError, match="another import"):
        coding.append([], path)


def test_reliability_of_nothing_is_refused(package: Path) -> None:
    with pytest.raises(NoDataError, match="import two filled-in sheets"):
        coding.reliability(coding.read_log(package / "judgements.csv"))


def test_ordinal_and_year_fields_compare_what_they_say(package: Path, tmp_path: Path) -> None:
    out = tmp_path / "coding"
    options = ["--sample", "8", "--seed", "3", "--format", "csv", "--registry", str(package), "--out", str(out)]
    assert main(["code", "export", *options, "--fields", "announced", "confidence"]) == 0
    drawn = np.random.default_rng(1)
    for coder, month in zip(CODERS, ("05", "06"), strict=True):
        rows = cells(out / f"sheet-{coder}.csv")
        for row in rows[1:]:
            row[4], row[5] = f"2014-{month}", str(drawn.choice(["high", "medium", "low"]))
        save(out / f"sheet-{coder}.csv", rows)
        assert take(out / f"sheet-{coder}.csv", package, coder) == 0
    found = {one.field: one.agreement for one in coding.reliability(coding.read_log(package / "judgements.csv"))}
    exact, year = found["announced"], found["announced_year"]
    assert exact is not None
    assert year is not None
    assert (exact.percent.value, year.percent.value) == (0, 100)
    assert year.alpha.value is None
    assert "no variation" in year.alpha.note
