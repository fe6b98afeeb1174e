"""``citywatch code``: blind double coding by file."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import re
from collections import Counter
from pathlib import Path

from citywatch import coding, registry
from citywatch.cli import settings
from citywatch.errors import InputError, SettingError, VocabularyError
from citywatch.places import country_name
from citywatch.registry import Registry
from citywatch.tables import PartialDate, join_list, split_list

DESCRIPTION = """\
Blind double coding: export draws a random sample and writes one sheet per coder, with the rule and the codebook and
without anything from the record; import checks a filled-in sheet row by row and adds it to the log of judgements."""
EPILOG = """\
examples:
  citywatch code export --sample 60 --seed 7 --coders reader-a,reader-b --out coding/
  citywatch code import coding/sheet-reader-a.xlsx --coder reader-a --kind person
  citywatch code import coding/sheet-reader-b.csv --coder reader-b --kind automated --key coding/key.csv

In a cell write words of the codebook; "not stated" if the sources do not say, "unsure" if you cannot decide; leave it empty
if you did not code it. A sheet is imported whole or not at all, and only once.
"""
_CODER = re.compile(r"[a-z0-9][a-z0-9.-]*\Z", re.ASCII)
WHOLE_COUNTRY = "national"
SUBJECT = ("agreement_id", "country_iso3", "place", "buyer")
COLUMNS_HELP = "scope, vendors, kind, announced, status, products, value_usd, cameras, in_brief_window, confidence"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="export|import")
    export = actions.add_parser("export", help="draw a sample and write sheets")
    export.add_argument("--sample", type=int, required=True, metavar="N", help="agreements to draw")
    export.add_argument("--seed", type=int, required=True, metavar="S", help="seed of the draw")
    export.add_argument("--coders", default="reader-a,reader-b", help="pseudonyms, joined by commas")
    export.add_argument("--fields", nargs="+", metavar="FIELD", help=f"fields to code ({COLUMNS_HELP})")
    export.add_argument("--out", default="coding", help="folder for the sheets (default: coding)")
    export.add_argument("--format", choices=("xlsx", "csv"), default="xlsx", help="form of the sheets (default: xlsx)")
    export.add_argument("--vendor", help="draw only agreements that name this vendor")
    take = actions.add_parser("import", help="check a sheet and add it to the log")
    take.add_argument("file", metavar="FILE", help="the filled-in sheet, .xlsx or .csv")
    take.add_argument("--coder", required=True, help="pseudonym that the sheet was made for")
    take.add_argument("--kind", choices=("person", "automated"), default="person", help="who coded (default: person)")
    take.add_argument("--key", help="key.csv of the export (default: beside the sheet)")
    take.add_argument("--on", metavar="DATE", help="day of the judgements (default: today)")
    take.add_argument("--log", help="log of judgements (default: judgements.csv of the registry)")
    for action in (export, take):
        action.add_argument("--registry", metavar="DIR", help="data package (default: the embedded one)")
        action.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Export or import."""
    folder = settings.resolve("registry", options.registry).value
    data = registry.load(Path(folder) if folder else None)
    return _export(options, data) if options.action == "export" else _import(options, data)


def log_path(options: argparse.Namespace) -> Path:
    """The log in force: the flag, or ``judgements.csv`` of the registry."""
    folder = settings.resolve("registry", options.registry).value
    return (
        Path(options.log)
        if options.log
        else (Path(folder) if folder else registry.embedded_folder()) / "judgements.csv"
    )


def day_of(flag: str | None) -> str:
    """The day of the judgements: the flag, or today.

    Raises:
        SettingError: If the flag is no day.
    """
    if flag is None:
        return dt.datetime.now(dt.UTC).date().isoformat()
    try:
        if PartialDate.parse(flag).precision == "day":
            return flag
    except InputError:
        pass
    raise SettingError(f"--on {flag!r}: expected a day as YYYY-MM-DD.")


def _export(options: argparse.Namespace, data: Registry) -> int:
    coders = options.coders.split(",")
    if bad := [name for name in coders if not _CODER.match(name)]:
        raise SettingError(f"coder {bad[0]!r}: expected a pseudonym of lower-case letters, digits, dots and dashes.")
    drawn = data.agreements
    if options.vendor and options.vendor not in set(data.vendors["vendor_id"]):
        raise VocabularyError(f"vendor {options.vendor!r}: expected an id of the table vendors.")
    if options.vendor:
        drawn = drawn[drawn["vendors"].str.split("; ").map(lambda names: options.vendor in names)]
    sample = coding.draw_sample(list(drawn["agreement_id"]), options.sample, options.seed)
    addresses = coding.sources_of(data.evidence, data.sources)
    served = Counter(address for found in addresses.values() for address in found)
    about = {}
    for name, country, place, buyer in zip(*(data.agreements[column] for column in SUBJECT), strict=True):
        found = addresses.get(str(name), [])
        shared = any(served[address] > 1 for address in found)
        about[str(name)] = (_subject(country_name(country), str(place), str(buyer) if shared else ""), found)
    fields = options.fields or coding.default_fields()
    written = coding.export_sheets(sample, coders, fields, about, Path(options.out), workbook=options.format == "xlsx")
    if options.json:
        print(json.dumps({"sample": sample.sample_id, "files": [str(path) for path in written]}, indent=1))
    else:
        print(f"sample {sample.sample_id}: {len(sample.units)} agreements, {len(fields)} fields, {len(coders)} coders")
        print("\n".join(f"wrote {path}" for path in written))
        print("Keep key.csv from the coders; the importer needs it.")
    return 0


def _subject(country: str, place: str, buyer: str) -> str:
    """What the coder is told: country and places, and the buyer where a source also serves another agreement.

    A whole country is not called so, because the scope is coded.
    """
    places = [one for one in split_list(place) if one != WHOLE_COUNTRY]
    told = f"{country}: {join_list(places)}" if places else country
    return f"{told} (buyer: {buyer})" if buyer else told


def _import(options: argparse.Namespace, data: Registry) -> int:
    path = Path(options.file)
    key = coding.read_key(Path(options.key) if options.key else path.with_name("key.csv"))
    known = set(data.agreements["agreement_id"])
    if gone := sorted(set(key.values()) - known):
        raise SettingError(
            f"key: agreement {gone[0]!r} is not in the registry; import into the registry of the export."
        )
    sheet = coding.read_sheet(path, options.coder, key, registry.vocabulary_sets())
    day = day_of(options.on)
    made = coding.judgements_of(sheet, key, coder_kind=options.kind, role="coder", judged_on=day)
    log = coding.append(made, log_path(options))
    coding.keep_record(made, data.agreements, coding.record_path(log_path(options)))
    facts = {
        "sheet": sheet.sheet_id,
        "added": len(made),
        "not_coded": sheet.not_coded,
        "log_lines": len(log),
        "digest": str(log["digest"].iloc[-1]),
    }
    if options.json:
        print(json.dumps(facts, indent=1))
    else:
        print(
            f"added {len(made)} judgements of {options.coder}; {sheet.not_coded} cells not coded; log {log_path(options)}"
        )
        print(f"digest of the last line: {facts['digest']} (keep it: it shows if lines are cut off)")
    return 0
