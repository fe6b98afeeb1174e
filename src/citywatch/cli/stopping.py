"""``citywatch stopping``: how much was found at least, from a random sample of the unread."""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import asdict
from pathlib import Path
from typing import Any

from citywatch.errors import InputError, MissingExtraError, SettingError
from citywatch.tables.files import is_there
from citywatch.uncertainty import RecallBound, recall_bound
from citywatch.uncertainty.format import percent

DESCRIPTION = """\
Say how much of what is relevant among the candidates of a run was found, at least: an exact, one-sided bound from a simple random sample
of the unread candidates. Anything but a random sample is refused, because the next ones of a ranking say nothing of what was missed."""
EPILOG = """\
examples:
  citywatch stopping --in screened --judgements judged.csv --draw 200 --out sample.csv     draw; then fill the column judgement
  citywatch stopping --in screened --judgements judged.csv --sample-file sample.csv        the bound; the draw is proved
  citywatch stopping --found 80 --unread 1200 --sample 200 --relevant 1                    from counts of your own
  citywatch stopping --found 80 --unread 1200 --sample 200 --relevant 1 --look 2           looked before, and may look again

Whoever looks, reads on and looks again must say so (--look, and --looks if the number was planned): the chance of error is then shared
out. The bound is about the candidates of the run. Pages in which screening met no term or product are not among them.
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    counts = parser.add_argument_group("from counts")
    counts.add_argument(
        "--found", type=int, metavar="N", help="relevant among what was read before the sample was drawn"
    )
    counts.add_argument(
        "--unread", type=int, metavar="M", help="unread candidates when it was drawn, the sample included"
    )
    counts.add_argument("--sample", type=int, metavar="n", help="drawn from the unread at random, and read")
    counts.add_argument("--relevant", type=int, metavar="k", help="relevant in the sample")
    counts.add_argument(
        "--drawn",
        default="random",
        choices=("random", "ranked", "other"),
        help="how the sample was drawn (default: random)",
    )
    files = parser.add_argument_group("from files")
    files.add_argument("--in", dest="folder", metavar="DIR", help="folder that citywatch screen wrote")
    files.add_argument(
        "--judgements", action="append", default=[], metavar="FILE", help="what was judged before (repeat)"
    )
    files.add_argument("--draw", type=int, metavar="n", help="draw so many of the unread")
    files.add_argument("--out", metavar="FILE", help="sheet to write, with --draw")
    files.add_argument("--sample-file", metavar="FILE", help="sheet that --draw wrote, filled in")
    parser.add_argument("--level", type=float, default=0.95, help="one-sided level of the statement (default: 0.95)")
    parser.add_argument("--look", type=int, help="number of this look, if there is more than one")
    parser.add_argument("--looks", type=int, help="how many looks were planned beforehand")
    parser.add_argument("--target", type=float, default=0.95, help="recall wanted (default: 0.95)")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Draw, or bound and print."""
    if options.drawn != "random":
        raise InputError(
            f"sample drawn {options.drawn}: expected a simple random sample of the unread. The next ones of a ranking, or those "
            "somebody chose, say nothing of what was missed; no bound is given. Draw one: citywatch stopping --draw"
        )
    if options.looks is not None and options.look is None:
        raise SettingError("--looks: expected --look as well, the number of this look")
    if not 0 < options.target <= 1:
        raise SettingError(f"--target {options.target}: expected a share above 0 and up to 1")
    look = None if options.look is None else (options.look, options.looks)
    counts = [options.found, options.unread, options.sample, options.relevant]
    if options.folder is None:
        if any(count is None for count in counts):
            raise SettingError(
                "expected --found, --unread, --sample and --relevant, or --in with --draw or --sample-file"
            )
        return _tell(options, recall_bound(*counts, level=options.level, look=look), "as stated, not proved")
    if any(count is not None for count in counts) or (options.draw is None) == (options.sample_file is None):
        raise SettingError("with --in: expected either --draw or --sample-file, and no counts")
    return _from_files(options, look)


def _from_files(options: argparse.Namespace, look: Any) -> int:
    try:
        from citywatch import screening
    except ImportError:
        raise MissingExtraError("screen", "Reading the candidates of a run") from None
    rows = {row["candidate_id"]: row for row in screening.read_results(Path(options.folder)).candidates.to_pylist()}
    judged = screening.read_judgements([Path(name) for name in options.judgements], rows)
    if options.sample_file is not None:
        sampled = screening.read_sample(Path(options.sample_file), rows, judged)
        return _tell(options, screening.bound_of(sampled, level=options.level, look=look), "proved", sampled.unsure)
    if options.out is None:
        raise SettingError("--draw: expected --out, the sheet to write")
    out = Path(options.out)
    if is_there(out):
        raise SettingError(f"--out {out}: exists already. Choose another name; a sheet may hold judgements.")
    drawn = screening.draw(rows, judged, options.draw)
    screening.write_sample(out, drawn, set(rows) - set(judged), rows)
    facts = {"drawn": len(drawn), "unread": len(rows) - len(judged), "out": str(out)}
    told = f"{out}: {facts['drawn']} of {facts['unread']:,} unread candidates, drawn at random; fill in the column judgement"
    print(json.dumps(facts) if options.json else told)
    return 0


def _tell(options: argparse.Namespace, bound: RecallBound, drawn: str, unsure: int = 0) -> int:
    is_enough = bound.low >= options.target
    if options.json:
        facts = asdict(bound) | {
            "missed_at_most": bound.missed,
            "unsure": unsure,
            "random": drawn,
            "target": options.target,
            "is_enough": is_enough,
            "estimate": None if math.isnan(bound.estimate) else bound.estimate,
        }
        print(json.dumps(facts, indent=1))
        return 0
    looks = (
        ""
        if options.look is None
        else f" (look {options.look}: {bound.alpha:.4f} of the chance of error is spent on it)"
    )
    seen = f"{bound.relevant} relevant" + (f" and {unsure} unsure" if unsure else "")
    lines = [
        f"{seen} in a random sample ({drawn}) of {bound.sample:,} of {bound.unread:,} unread; {bound.found:,} found before",
        f"still unread and relevant: at most {bound.missed:,}, at a one-sided level of {100 * bound.level:g}\u00a0%{looks}",
        f"recall, with the sample read: at least {percent(100 * _floor(bound.low), 1)}",
        f"the target of {100 * options.target:g}\u00a0% is {'reached' if is_enough else 'not shown: read on, or draw a larger sample'}",
        "This is about the candidates of the run, not about pages in which screening met nothing.",
    ]
    if options.look is None:
        lines.append("It holds for one look. Whoever looks again must count looks: --look.")
    print("\n".join(lines))
    return 0


def _floor(share: float) -> float:
    """A bound is never rounded up."""
    return math.floor(share * 1000 + 1e-9) / 1000
