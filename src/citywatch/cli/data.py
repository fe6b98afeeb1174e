"""``citywatch data``: what is generated from the schema and the codebook, in a working copy of Citywatch."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch import codebook, coding, findings, indicators, registry
from citywatch.cli.text import Progress
from citywatch.cli.verify import verify_registry
from citywatch.errors import InputError, Violation
from citywatch.registry.schema import RELIABILITY, VENDORS
from citywatch.registry.store import DESCRIPTOR, descriptor_head
from citywatch.tables import join_list, parse_table, table_bytes, write_descriptor
from citywatch.tables.dictionary import dictionary_markdown

DESCRIPTION = """\
For people who edit the embedded registry: rewrite vendors.csv, datapackage.json, the drivers and curves that ship with the data,
docs/data-dictionary.md and the cases in docs/claims.md. About half a minute, most of it for the drivers and curves. The joint
tests of the curves take minutes: they are kept while tables and code are the same, and computed anew only when asked for."""
CASES_MARK = "<!-- worked cases: written by citywatch data refresh -->"
EPILOG = """\
examples:
  citywatch data refresh                  after editing vendors.yml, a CSV table or a table declaration
  citywatch data refresh --joint-tests    before a release: the curves' pages show joint tests of the present tables only
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("action", choices=("refresh",), help="rewrite what is generated")
    parser.add_argument("--joint-tests", action="store_true", help="also compute the joint tests of the curves anew")


def run(options: argparse.Namespace) -> int:
    """Rewrite the generated files and name them."""
    docs = _docs()
    folder = registry.embedded_folder()
    vendors = folder / "vendors.csv"
    vendors.write_bytes(_vendors_csv())
    (folder / "reliability.csv").write_bytes(_reliability_csv())
    _write_descriptor(folder)
    _write_indicator_descriptor()
    docs.joinpath("data-dictionary.md").write_text(_dictionary(), encoding="utf-8")
    claims_page = docs / "claims.md"
    claims_page.write_text(with_cases(claims_page.read_text(encoding="utf-8")), encoding="utf-8")
    models = Path(str(findings.STORED_MODELS))
    data, known = registry.load(), indicators.load_indicators()
    tests = _joint_tests(data, known) if options.joint_tests else findings.joint_tests(data, known)
    models.write_text(findings.models_text(data, known, tests), encoding="utf-8")
    for path in (models, vendors, folder / DESCRIPTOR, docs / "data-dictionary.md", claims_page):
        print(f"wrote {path}")
    if not tests:
        print("no joint tests of these tables and this code: citywatch data refresh --joint-tests makes them")
    return 0


def _joint_tests(data: registry.Registry, known: indicators.Indicators) -> dict[str, Any]:
    progress, draws = Progress(), findings.default_draws()
    tests = findings.compute_joint_tests(data, known, lambda name, first: progress(f"{name}, draws", first, draws))
    progress.clear()
    return tests


def stale() -> tuple[Violation, ...]:
    """Generated files of the embedded registry that no longer match what they are generated from."""
    folder = registry.embedded_folder()
    made = (
        ("vendors.csv", "the vendors of the codebook", _vendors_csv),
        ("reliability.csv", "what judgements.csv gives", _reliability_csv),
    )
    return _stale_models() + tuple(
        Violation(str(folder / name), 0, "", expected, "other rows; run citywatch data refresh")
        for name, expected, content in made
        if (folder / name).read_bytes() != content()
    )


def _stale_models() -> tuple[Violation, ...]:
    """The shipped drivers and curves, if a table, a declaration or the code that they rest on has changed."""
    kept = findings.stored()
    try:
        data, known = registry.load(), indicators.load_indicators()
        wanted = findings.model_hashes(data, known)
    except InputError:
        return ()  # the tables break their schema, which is said elsewhere
    held = kept["input_sha256"] if kept else {}
    changed = [name for name in wanted if held.get(name) != wanted[name]]
    tests = () if findings.joint_tests(data, known) else ("joint tests",)
    advice = "citywatch data refresh --joint-tests" if tests else "citywatch data refresh"
    if not changed and not tests:
        return ()
    found = f"other {', '.join((*changed, *tests))}; run {advice}"
    return (Violation(str(findings.STORED_MODELS), 0, "", "drivers and curves of the present tables and code", found),)


def vendors_frame() -> pd.DataFrame:
    """The table vendors, from the codebook."""
    rows = [
        {
            "vendor_id": vendor.id,
            "name": vendor.name,
            "vendor_group": codebook.vendor_group([vendor.id]),
            "home_iso3": vendor.home_iso3,
            "home_basis": vendor.home_basis,
            "home_source": vendor.home_source,
            "owner": vendor.owner,
            "kind": vendor.kind,
            "aliases": join_list(vendor.aliases),
            "note": vendor.note,
        }
        for vendor in codebook.vendors()
    ]
    return pd.DataFrame(rows, dtype="str")


def _vendors_csv() -> bytes:
    return table_bytes(vendors_frame(), VENDORS)


def _reliability_csv() -> bytes:
    folder = registry.embedded_folder()
    log = coding.read_log(folder / "judgements.csv")
    records = coding.read_records(coding.record_path(folder / "judgements.csv"))
    return table_bytes(coding.reliability_frame(log, records), RELIABILITY)


def _write_descriptor(folder: Path) -> None:
    sets = registry.vocabulary_sets()
    frames = {
        table.name: parse_table((folder / f"{table.name}.csv").read_bytes(), table, sets, f"{table.name}.csv").frame
        for table in registry.TABLES
    }
    rows = {name: len(frame) for name, frame in frames.items()}
    version = registry.Registry.from_frames(frames).version()
    write_descriptor(folder, registry.TABLES, rows, descriptor_head(version))


def _write_indicator_descriptor() -> None:
    known = indicators.load_indicators()
    rows = {name: len(frame) for name, frame in known.frames().items()}
    head = {
        "profile": "tabular-data-package",
        "name": "citywatch-indicators",
        "schema_version": registry.SCHEMA_VERSION,
    }
    write_descriptor(known.folder, indicators.TABLES, rows, head)


def _dictionary() -> str:
    return dictionary_markdown((*registry.TABLES, *indicators.TABLES))


def with_cases(page: str) -> str:
    """The page on claims with its worked cases computed anew.

    Args:
        page: Content of ``docs/claims.md``.

    Raises:
        InputError: If the page has lost the mark before its cases.
    """
    head, mark, _ = page.partition(CASES_MARK)
    if not mark:
        raise InputError(
            f"docs/claims.md: expected the line {CASES_MARK} before the worked cases; it is gone. Put it back."
        )
    return f"{head}{mark}\n\n{verify_registry(registry.load()).cases_markdown()}"


def _docs() -> Path:
    docs = Path("docs")
    if not docs.is_dir():
        raise InputError(
            "docs/: expected the root of a working copy of Citywatch; found no docs folder. Change into it first."
        )
    return docs
