"""``citywatch explain``: why a candidate is one."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from citywatch import screening
from citywatch.cli.text import harmless
from citywatch.codebook import inclusion_rule

DESCRIPTION = """\
Show a candidate: its verdict with the reason, the answers to the questions of the rule, its fields, and the passages that all of
them rest on."""
EPILOG = """\
examples:
  citywatch explain 1 --in screened            the first of the list
  citywatch explain can-0123456789abcdef --in screened
  citywatch explain 1 --in screened --json
"""
_FIELDS = (
    "vendors", "country_iso3", "places", "place_precision", "kind", "products", "announced", "announced_from", "amounts", "cameras",
    "buyer", "partners", "companies",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("candidate", metavar="CANDIDATE", help="id, its beginning, or rank")
    parser.add_argument("--in", dest="folder", required=True, metavar="DIR", help="folder that citywatch screen wrote")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Explain and print."""
    row, passages = screening.one_candidate(screening.read_results(Path(options.folder)), options.candidate)
    if options.json:
        print(json.dumps(row | {"passages": passages}, ensure_ascii=False, indent=1))
    else:
        print(harmless(_told(row, passages)))
    return 0


def _told(row: Mapping[str, Any], passages: Sequence[Mapping[str, Any]]) -> str:
    by_limb = f", admitted by {row['admitted_by']}" if row["admitted_by"] else ""
    where = " ".join(str(part) for part in (row["path"], row["record"]) if part)
    lines = [
        f"{row['candidate_id']}  rank {row['rank']}  {row['title'] or ''}".rstrip(),
        f"{row['address'] or 'no address'}  ({where}; {row['language'] or 'language not told'}; {row['published'] or 'undated'})",
        f"verdict: {row['verdict']}{by_limb}; {row['because']} (rule {row['rule_version']}); probability {row['probability']:.2f}",
        "",
        "answers",
    ]
    rule = inclusion_rule()
    for question, answer in screening.stored_answers(row).under(rule).items():
        lines += [f"  {question}: {rule.meanings[question]}", f"    {answer}. {rule.questions[question][answer]}"]
        name = {"limb": ("term", "product"), "topics": ("topic",), "talk": ("general",)}.get(question, (question,))
        lines += _quoted(one for one in passages if one["question"] in name)
    lines += ["", "fields"]
    for field in _FIELDS:
        if row[field] not in (None, ""):
            lines.append(f"  {field}: {row[field]}")
    lines += ["", "passages of the fields", *_quoted(one for one in passages if one["question"].startswith("field:"))]
    return "\n".join(lines)


def _quoted(passages: Any) -> list[str]:
    return [
        f"    [{one['found_start']}-{one['found_end']}] {one['question'].removeprefix('field:')}"
        f"{' ' + one['value'] if one['value'] else ''}: «{one['found']}» in: {one['passage'][:300]}"
        for one in passages
    ]
