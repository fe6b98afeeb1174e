"""Kept claims and series with reviewed verdicts: a change of a rule shows here."""

from __future__ import annotations

import csv
from pathlib import Path

from citywatch import claims
from citywatch.claims import Verdict

KEPT = Path(__file__).parent / "claims"


def line(one: Verdict) -> dict[str, str]:
    figures = one.figures
    change = next((row.change for row in figures.compared if row.series_id == figures.chosen), None)
    return {
        "claim_id": one.claim_id,
        "verdict": one.verdict,
        "checkable": one.checkable.word,
        "arithmetic": one.arithmetic.word,
        "series_id": figures.chosen,
        "change": "" if change is None else f"{change:.2f}",
        "implied": "; ".join(f"{row.place} {row.implied:.1f}" for row in figures.implied),
    }


def test_kept_claims_keep_their_verdicts() -> None:
    result = claims.verify_files(*(KEPT / f"{name}.csv" for name in ("claims", "series", "observations")))
    assert result.refused == ()
    with (KEPT / "expected.csv").open(encoding="utf-8", newline="") as file:
        expected = list(csv.DictReader(file))
    assert [line(one) for one in result.verdicts] == expected


def test_the_same_input_gives_the_same_bytes() -> None:
    paths = [KEPT / f"{name}.csv" for name in ("claims", "series", "observations")]
    assert claims.to_json(claims.verify_files(*paths)) == claims.to_json(claims.verify_files(*paths))
