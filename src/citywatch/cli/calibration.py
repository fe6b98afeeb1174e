"""``citywatch calibration``: can the probabilities of a run be believed?"""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict
from pathlib import Path

from citywatch import screening
from citywatch.cli.text import table
from citywatch.errors import NoDataError
from citywatch.screening import UNSURE, Calibration

DESCRIPTION = """\
Compare the probabilities of a run with what people judged: Brier score and a reliability table, with intervals. Only candidates that make
up a random sample of the run count: those of its fixed random order, from which citywatch queue takes its random share."""
EPILOG = """\
examples:
  citywatch calibration --in screened --judgements batch-1.csv --judgements batch-2.csv
  citywatch calibration --in screened --judgements batch-1.csv --prevalence 0.001       stated for another pile
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    parser.add_argument("--in", dest="folder", required=True, metavar="DIR", help="folder that citywatch screen wrote")
    parser.add_argument(
        "--judgements",
        action="append",
        required=True,
        metavar="FILE",
        help="sheets filled in, the oldest first (repeat)",
    )
    parser.add_argument(
        "--prevalence", type=float, metavar="P", help="state it for a pile with this share of agreements"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    """Compare and print."""
    folder = Path(options.folder)
    results = screening.read_results(folder)
    given = dict(
        zip(results.candidates["candidate_id"].to_pylist(), results.candidates["probability"].to_pylist(), strict=True)
    )
    judged = screening.read_judgements([Path(name) for name in options.judgements], given)
    sample = screening.random_sample(given, judged)
    settled = [name for name in sample if judged[name].word != UNSURE]
    if not settled:
        raise NoDataError(
            "calibration: no candidate was picked at random and judged. Judge sheets of citywatch queue, its random picks among them."
        )
    stated = screening.stated_prevalence(folder)
    found = screening.calibrate(
        [given[name] for name in settled],
        [judged[name].word == "include" for name in settled],
        stated,
        options.prevalence,
    )
    if options.json:
        print(json.dumps(asdict(found) | {"stated": stated, "unsure": len(sample) - len(settled)}, indent=1))
    else:
        print(_told(found, stated, len(sample) - len(settled)))
    return 0


def _told(found: Calibration, stated: float, unsure: int) -> str:
    interval = found.brier_interval
    rows = [("probability", "n", "mean", "share seen", "95 %", "")]
    rows += [
        (
            f"{band.low:.3g} to {band.high:.3g}", str(band.n), f"{band.mean:.3g}", f"{band.share:.3g}",
            f"{band.interval.low:.3g} to {band.interval.high:.3g}", "" if band.is_kept else "not as stated",
        )
        for band in found.bands
    ]  # fmt: skip
    left_out = f"; {unsure} unsure left out" if unsure else ""
    return "\n".join([
        f"{found.n} candidates judged at random, {found.relevant} of them relevant{left_out}",
        f"probabilities of the run are stated at a prevalence of {stated:g}; this is for {found.prevalence:.3g}",
        f"Brier score {found.brier:.3g} ({interval.low:.3g} to {interval.high:.3g}); always saying the prevalence: {found.brier_base:.3g}"
        + (f"; {interval.note}" if interval.note else ""),
        "",
        table(rows, numbers=(1, 2, 3)),
    ])  # fmt: skip
