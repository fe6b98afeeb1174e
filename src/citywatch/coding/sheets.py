"""Coding sheets: one per coder, blind; written as XLSX or CSV and read back strictly."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from citywatch.codebook import inclusion_rule, vendors, vocabulary
from citywatch.coding.fields import CodedField, asked_fields, coded_fields, settings
from citywatch.coding.log import Judgement
from citywatch.coding.sample import Sample
from citywatch.errors import InputError, MissingExtraError, TableError, Violation
from citywatch.tables import Column, Kind, Table, parse_table, split_list
from citywatch.tables.files import readable_errors
from citywatch.tables.read import decode
from citywatch.tables.values import escape_cell
from citywatch.tables.workbook import read_workbook

FIXED = ("sheet_id", "unit", "subject", "sources")
NOTE = "note"
CODING_SHEET = "coding"
_CREATED = dt.datetime(2000, 1, 1)  # noqa: DTZ001 - a fixed stamp; the format has no time zone


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled-in sheet.

    Attributes:
        sheet_id: Names sample and coder.
        coder: Pseudonym it was made for.
        answers: Cells by unit and field; empty cells (not coded) are left out.
        notes: Notes by unit.
        not_coded: Cells left empty.
    """

    sheet_id: str
    coder: str
    answers: Mapping[tuple[str, str], str]
    notes: Mapping[str, str]
    not_coded: int


def sheet_id(sample: Sample, coder: str) -> str:
    """Name of a sheet: sample and coder."""
    return f"{sample.sample_id}:{coder}"


def codebook_digest() -> str:
    """First twelve hex digits of the digest of everything a coder is shown."""
    text = "\n".join("\t".join(row) for row in codebook_rows(tuple(coded_fields().values())))
    return hashlib.sha256((inclusion_rule().text + text).encode()).hexdigest()[:12]


def codebook_rows(fields: Sequence[CodedField]) -> list[tuple[str, str, str]]:
    """Field, word and meaning, one row per allowed word; a row without word asks the question."""
    rows: list[tuple[str, str, str]] = []
    for field in fields:
        if field.is_asked:
            rows.append((field.name, "", field.question))
            if field.column.vocabulary:
                rows += [
                    (field.name, word.word, f"{word.label}: {word.meaning}")
                    for word in vocabulary(field.column.vocabulary)
                ]
    words = settings()
    rows.append(("any field", words["not_stated"], "You read the sources and they do not state it."))
    rows.append(("any field", words["unsure"], "You read the sources and cannot decide; say why in the note."))
    rows.append(("any field", "(empty)", "You did not code it."))
    return rows


def export_sheets(
    sample: Sample,
    coders: Sequence[str],
    fields: Sequence[str],
    about: Mapping[str, tuple[str, Sequence[str]]],
    folder: Path,
    *,
    workbook: bool,
) -> list[Path]:
    """Write one sheet per coder and the key that only the importer needs.

    The sheets show the place and the addresses of the sources, and nothing of the record.

    Args:
        sample: The units.
        coders: Pseudonyms.
        fields: Fields to code.
        about: By agreement id: what it is (place), and the addresses of its sources.
        folder: Where the files go; made if missing.
        workbook: XLSX instead of CSV.

    Returns:
        The files written.

    Raises:
        InputError: If a file is already there.
        MissingExtraError: If XLSX is wanted and xlsxwriter is not installed.
    """
    asked = asked_fields(fields)
    if len(set(coders)) != len(coders):
        raise InputError(f"coders {', '.join(coders)}: expected each pseudonym once.")
    with readable_errors(folder):
        return _write_sheets(sample, coders, asked, about, folder, workbook=workbook)


def _write_sheets(
    sample: Sample,
    coders: Sequence[str],
    asked: Sequence[CodedField],
    about: Mapping[str, tuple[str, Sequence[str]]],
    folder: Path,
    *,
    workbook: bool,
) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "xlsx" if workbook else "csv"
    paths = [folder / f"sheet-{coder}.{suffix}" for coder in coders]
    key = folder / "key.csv"
    for path in (*paths, key):
        if path.exists():
            raise InputError(
                f"{path}: a sheet is already there. Choose another --out, or remove it if it is not in use."
            )
    written = [key, *paths]
    key.write_text(
        _csv([("unit", "agreement_id"), *((unit, name) for name, unit in sample.units.items())]), encoding="utf-8"
    )
    for coder, path in zip(coders, paths, strict=True):
        rows = _blank_rows(sample, coder, asked, about)
        if workbook:
            _write_workbook(path, rows, asked)
        else:
            path.write_text(_csv(rows), encoding="utf-8")
    if not workbook:
        written.append(folder / "codebook.csv")
        written[-1].write_text(
            _csv([("field", "word", "meaning"), *codebook_rows(asked), *_vendor_rows()]), encoding="utf-8"
        )
        written.append(folder / "rule.txt")
        written[-1].write_text(inclusion_rule().text + "\n", encoding="utf-8")
    return written


def _blank_rows(
    sample: Sample, coder: str, asked: Sequence[CodedField], about: Mapping[str, tuple[str, Sequence[str]]]
) -> list[tuple[str, ...]]:
    head = (*FIXED, *(field.name for field in asked), NOTE)
    blank = ("",) * (len(asked) + 1)
    rows = [
        (sheet_id(sample, coder), unit, about[name][0], " ".join(about[name][1]), *blank)
        for name, unit in sample.units.items()
    ]
    return [head, *rows]


def _vendor_rows() -> list[tuple[str, str, str]]:
    return [("vendors", vendor.id, vendor.name) for vendor in vendors()]


def _csv(rows: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator="\n").writerows([escape_cell(cell) for cell in row] for row in rows)
    return buffer.getvalue()


def _write_workbook(path: Path, rows: Sequence[Sequence[str]], asked: Sequence[CodedField]) -> None:
    try:
        import xlsxwriter
    except ImportError:
        raise MissingExtraError("sheets", "Writing a coding sheet as a workbook") from None
    with xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        book.set_properties({"title": "Citywatch coding sheet", "created": _CREATED})
        bold = book.add_format({"bold": True, "bottom": 1})
        coding = book.add_worksheet(CODING_SHEET)
        coding.freeze_panes(1, 3)
        coding.set_column(0, len(rows[0]) - 1, 20)
        pages = (
            (coding, rows),
            (book.add_worksheet("codebook"), [("field", "word", "meaning"), *codebook_rows(asked)]),
            (book.add_worksheet("vendors"), [("field", "id", "name"), *_vendor_rows()]),
            (book.add_worksheet("rule"), [("rule",), (inclusion_rule().text,)]),
        )
        for sheet, content in pages:
            for at, row in enumerate(content):
                for column, cell in enumerate(row):
                    sheet.write_string(at, column, escape_cell(cell), bold if at == 0 else None)
        for at, field in enumerate(asked, start=len(FIXED)):
            words = [*field.words, settings()["not_stated"], settings()["unsure"]]
            if field.words and field.level != "set" and sum(map(len, words)) + len(words) < 255:
                coding.data_validation(1, at, len(rows) - 1, at, {"validate": "list", "source": words})


def read_sheet(path: Path, coder: str, key: Mapping[str, str], vocabularies: Mapping[str, frozenset[str]]) -> Sheet:
    """Read a filled-in sheet and check it row by row.

    Args:
        path: .xlsx or .csv; it may be hostile.
        coder: Pseudonym that the sheet must be of.
        key: Agreement id by unit.
        vocabularies: Allowed words by vocabulary.

    Raises:
        InputError: If it is no sheet of ours, or of another coder.
        TableError: If cells break the codebook; it carries every one of them.
    """
    raw, name = _bytes(path)
    header = _header(raw, name)
    asked = _asked_in(header, name)
    parsed = parse_table(raw, _declare(asked), _with_answers(vocabularies, asked), name)
    violations = list(parsed.violations)
    frame = parsed.frame
    ids = sorted(set(frame["sheet_id"])) if not violations else []
    if len(ids) > 1 or (ids and not ids[0].endswith(f":{coder}")):
        raise InputError(f"{name}: expected a sheet of coder {coder}; found {', '.join(ids)}.")
    violations += [
        Violation(name, int(str(at)) + 2, "unit", "a unit of the key", repr(unit))
        for at, unit in frame["unit"].items()
        if unit not in key
    ]
    answers = {
        (unit, field.name): cell for field in asked for unit, cell in zip(frame["unit"], frame[field.name], strict=True)
    }
    violations += _unfit(name, frame["unit"].tolist(), asked, answers)
    if violations:
        raise TableError(violations)
    filled = {at: cell for at, cell in answers.items() if cell}
    notes = dict(zip(frame["unit"], frame[NOTE], strict=True))
    return Sheet(ids[0], coder, filled, notes, len(answers) - len(filled))


def _bytes(path: Path) -> tuple[bytes, str]:
    if path.suffix.lower() == ".xlsx":
        sheets = read_workbook(path)
        if CODING_SHEET not in sheets:
            raise InputError(f"{path}: expected a sheet named {CODING_SHEET}; found {', '.join(sheets) or 'none'}.")
        buffer = io.StringIO(newline="")
        csv.writer(buffer, lineterminator="\n").writerows(sheets[CODING_SHEET])
        return buffer.getvalue().encode("utf-8"), f"{path} ({CODING_SHEET})"
    try:
        return path.read_bytes(), str(path)
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}).") from error


def _header(raw: bytes, name: str) -> list[str]:
    text, problem = decode(raw, name)
    if problem is not None:
        raise TableError([problem])
    try:
        return next(csv.reader(io.StringIO(text, newline="")), [])
    except csv.Error as error:
        raise InputError(f"{name}: expected the header of the exported sheet; {error}.") from error


def _asked_in(header: Sequence[str], name: str) -> tuple[CodedField, ...]:
    known = {field.name: field for field in coded_fields().values() if field.is_asked}
    extra = [column for column in header if column not in {*FIXED, NOTE, *known}]
    missing = [column for column in (*FIXED, NOTE) if column not in header]
    if extra or missing or len(set(header)) != len(header):
        told = f"unknown column {extra[0]!r}" if extra else f"no column {missing[0]!r}" if missing else "a column twice"
        raise InputError(
            f"{name}: expected the columns of the exported sheet; found {told}. Do not rename or move columns."
        )
    return tuple(known[column] for column in header if column in known)


def _declare(asked: Sequence[CodedField]) -> Table:
    columns = (
        Column("sheet_id", Kind.ID, "Sheet.", required=True),
        Column("unit", Kind.ID, "Unit.", required=True),
        Column("subject", Kind.TEXT, "Subject."),
        Column("sources", Kind.TEXT, "Sources."),
        *(
            Column(
                field.name, Kind.LIST if field.level == "set" else Kind.TEXT, "Answer.", vocabulary=_vocabulary(field)
            )
            for field in asked
        ),
        Column(NOTE, Kind.TEXT, "Note."),
    )
    return Table("sheet", "One unit", columns, ("unit",), "", "")


def _vocabulary(field: CodedField) -> str:
    return f"answers of {field.name}" if field.words else ""


def _with_answers(vocabularies: Mapping[str, frozenset[str]], asked: Sequence[CodedField]) -> dict[str, frozenset[str]]:
    special = {settings()["not_stated"], settings()["unsure"]}
    return {**vocabularies, **{_vocabulary(field): frozenset(field.words) | special for field in asked if field.words}}


def _unfit(
    name: str, units: Sequence[str], asked: Sequence[CodedField], answers: Mapping[tuple[str, str], str]
) -> list[Violation]:
    """Answers without a vocabulary that do not fit their column: dates, numbers, a special word among others."""
    special = {settings()["not_stated"], settings()["unsure"]}
    found = []
    for field in asked:
        probe = Table(
            "probe",
            "",
            (Column(field.name, field.column.kind, "", minimum=field.column.minimum),),
            (),
            "",
            "",
            may_be_empty=True,
        )
        for at, unit in enumerate(units):
            cell = answers[unit, field.name]
            if not cell or cell in special:
                continue
            if special & set(split_list(cell)):
                found.append(Violation(name, at + 2, field.name, "a special word alone", repr(cell)))
            elif not field.words:
                told = parse_table(
                    f'{field.name}\n"{cell}"\n'.encode(), probe, {"countries": frozenset()}, name
                ).violations
                found += [Violation(name, at + 2, field.name, one.expected, one.found) for one in told]
    return found


def judgements_of(
    sheet: Sheet, key: Mapping[str, str], *, coder_kind: str, role: str, judged_on: str
) -> list[Judgement]:
    """The judgements of a sheet, in the order of its cells.

    Args:
        sheet: The sheet.
        key: Agreement id by unit.
        coder_kind: ``person`` or ``automated``.
        role: ``coder`` or ``adjudicator``.
        judged_on: Day.
    """
    special = {settings()["not_stated"]: "not_stated", settings()["unsure"]: "unsure"}
    codebook = codebook_digest()
    found = []
    for (unit, field), cell in sheet.answers.items():
        answer = special.get(cell, "value")
        value = "; ".join(sorted(split_list(cell))) if coded_fields()[field].level == "set" else cell
        found.append(
            Judgement(
                sheet_id=sheet.sheet_id,
                agreement_id=key[unit],
                field=field,
                value=value if answer == "value" else "",
                answer=answer,
                coder=sheet.coder,
                coder_kind=coder_kind,
                role=role,
                rule_version=inclusion_rule().version,
                codebook=codebook,
                judged_on=judged_on,
                note=sheet.notes[unit],
            )
        )
    return sorted(found, key=lambda one: (one.agreement_id, one.field))


def read_key(path: Path) -> dict[str, str]:
    """Agreement id by unit, from the key that :func:`export_sheets` wrote.

    Raises:
        InputError: If it cannot be read or is no key.
    """
    try:
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"{path}: expected the key.csv of the export; {error}. Give it with --key.") from error
    if not rows or rows[0] != ["unit", "agreement_id"] or any(len(row) != 2 for row in rows):
        raise InputError(f"{path}: expected the columns unit and agreement_id; this is no key of an export.")
    return {row[0]: row[1] for row in rows[1:]}
