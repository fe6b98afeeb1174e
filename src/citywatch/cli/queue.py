"""``citywatch queue``: what to read next, learned from what was judged."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from citywatch import screening
from citywatch.errors import SettingError
from citywatch.screening import Judged
from citywatch.tables.files import is_there

DESCRIPTION = """\
Put the candidates of a run in the order of reading: the likeliest first, learned from those judged so far, and a share picked at random,
so that the learner does not see one kind only. The sheet has an empty column judgement: include, exclude or unsure."""
EPILOG = """\
examples:
  citywatch queue --in screened --out batch-1.csv                                        nothing judged yet
  citywatch queue --in screened --judgements batch-1.csv --out batch-2.csv               learn from the first sheet
  citywatch queue --in screened --judgements batch-1.csv --judgements batch-2.csv --second-look --out batch-3.csv
  citywatch calibration --in screened --judgements batch-1.csv --judgements batch-2.csv  can the probabilities be believed?
  citywatch stopping --in screened --judgements batch-1.csv --judgements batch-2.csv --draw 200 --out sample.csv

The likelihood on the sheet is for ranking alone. A later judgement replaces an earlier one; unsure ones teach nothing.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--in", dest="folder", required=True, metavar="DIR", help="folder that citywatch screen wrote")
    parser.add_argument(
        "--judgements",
        action="append",
        default=[],
        metavar="FILE",
        help="sheets filled in so far, the oldest first (repeat)",
    )
    parser.add_argument("--out", required=True, metavar="FILE", help="sheet to write")
    parser.add_argument("--size", type=int, default=20, help="candidates on the sheet (default: 20)")
    parser.add_argument("--random-share", type=float, default=0.1, help="share of them picked at random (default: 0.1)")
    parser.add_argument("--second-look", action="store_true", help="put those judged unsure first")
    parser.add_argument(
        "--semantic", action="store_true", help="learn from meanings too (extra semantic; a twentieth of a second each)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Write the sheet and print what is on it."""
    out = Path(options.out)
    if is_there(out):
        raise SettingError(f"--out {out}: exists already. Choose another name; a sheet may hold judgements.")
    results = screening.read_results(Path(options.folder))
    rows = {row["candidate_id"]: row for row in results.candidates.to_pylist()}
    judged = screening.read_judgements([Path(name) for name in options.judgements], rows)
    likely = screening.likelihoods(results, judged, screening.embed if options.semantic else None)
    picks = screening.next_picks(
        likely, judged, options.size, random_share=options.random_share, is_second_look=options.second_look
    )
    screening.write_queue(out, picks, rows)
    facts = {
        "out": str(out),
        "candidates": len(rows),
        "judged": words(judged),
        "unread": len(rows) - len(judged),
        "picked": dict(sorted(Counter(pick.picked for pick in picks).items())),
    }
    if options.json:
        print(json.dumps(facts, indent=1))
        return 0
    said = ", ".join(f"{count} {word}" for word, count in words(judged).items())
    picked = ", ".join(
        f"{count} {how.replace('_', ' ')}" for how, count in Counter(pick.picked for pick in picks).items()
    )
    print(f"{len(rows):,} candidates; judged: {said}; {facts['unread']:,} unread")
    print(
        f"{out}: {len(picks)} to read ({picked or 'nothing is left'}); fill in the column judgement: include, exclude or unsure"
    )
    return 0


def words(judged: Mapping[str, Judged]) -> dict[str, int]:
    """Candidates by judgement, and how many were judged otherwise before."""
    counts = Counter(one.word for one in judged.values())
    return {word: counts[word] for word in ("include", "exclude", "unsure")} | {
        "changed": sum(one.changed > 0 for one in judged.values())
    }
