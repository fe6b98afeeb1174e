"""Fit the weights of the ranking on labelled pages that are not held out: ``python tools/fit_ranking.py [--write]``.

Reads the git-ignored cache of bench/screening_accuracy.py. A logistic model over the features of candidates; pages without a candidate
are no part of it, since screening ranks candidates only. A ridge draws the weights towards those set by hand (``PRIOR``), because the
labelled pages were all found by searching for such agreements: they cannot teach how ordinary pages differ. The strength of the ridge
is the one with the least log loss over folds of whole groups (countries or sites). ``--write`` puts the result into
data/screening/ranking.yml.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.screening_accuracy import DATE, FOLDS, TARGET_RECALL, fold_of, read_cache, screen_all, settled  # noqa: E402

from citywatch.screening.ranking import FEATURES, features  # noqa: E402

Array = NDArray[np.float64]
WEIGHTS = ROOT / "src" / "citywatch" / "data" / "screening" / "ranking.yml"
RIDGES = (1.0, 3.0, 10.0, 30.0, 100.0)
PRIOR = {
    "done": 1.0, "planned": 0.3, "apart": 0.1, "denied": -1.0, "term": 0.3, "product": 0.4, "vendor_near": 0.5, "vendor_apart": 0.2,
    "party_near": 0.6, "figures": 0.3, "pact": 0.4, "deployment": 0.3, "log_done": 0.4, "log_products": 0.2, "density": 0.4,
    "talk_some": -0.2, "talk_much": -0.7, "topics": -0.2, "buyer_near": 0.2, "places": 0.1, "plans": -0.3, "watching": 0.2, "amounts": 0.1,
    "planned_share": -0.5,
}  # fmt: skip
HEAD = """\
# Weights of the ranking: a logistic model over what screening counted, written by tools/fit_ranking.py.
# Fitted on {n} candidates among {pages} labelled pages ({why}); {groups} groups of pages, ridge {ridge:g}.
# Over folds of whole groups: Brier score {brier:.3f} (always saying the share: {base:.3f}), log loss {loss:.3f}.
# threshold: keeps {recall:.0%} of the agreements among these pages, those without a candidate counted as missed.
"""


def main(arguments: Sequence[str]) -> int:
    """Fit, print, and write if asked."""
    labels, _ = settled()
    rows = [row for row in read_cache(labels) if not row.get("held_out")]
    if not rows:
        print(f"no labelled pages in {ROOT / '.cache' / 'screening'}", file=sys.stderr)
        return 1
    pages = screen_all(rows)
    known = [page for page in pages if page.candidate is not None]
    columns = np.array([[features(page.candidate.evidence)[name] for name in FEATURES] for page in known])  # type: ignore[union-attr]
    truth = np.array([page.is_agreement for page in known], dtype="float64")
    folds = np.array([fold_of(page) for page in known])
    ridge, guessed = min(
        ((one, across(columns, truth, folds, one)) for one in RIDGES), key=lambda pair: log_loss(pair[1], truth)
    )
    weights = fit(columns, truth, ridge)
    missed = sum(page.is_agreement for page in pages) - truth.sum()
    facts = HEAD.format(
        n=len(known), pages=len(pages), why=f"not held out, {DATE}", groups=len({page.group for page in known}),
        ridge=ridge, brier=np.mean((guessed - truth) ** 2), base=truth.mean() * (1 - truth.mean()),
        loss=log_loss(guessed, truth), recall=TARGET_RECALL,
    )  # fmt: skip
    content = {
        "version": "2",
        "prevalence": round(float(truth.mean()), 4),
        "threshold": threshold(guessed, truth, int(missed)),
        "intercept": round(float(weights[0]), 3),
        "weights": {name: round(float(weight), 3) for name, weight in zip(FEATURES, weights[1:], strict=True)},
    }
    text = facts + yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=130)
    print(text)
    if "--write" in arguments:
        WEIGHTS.write_text(text, encoding="utf-8")
    return 0


def fit(columns: Array, truth: Array, ridge: float) -> Array:
    """Constant and weights; the constant is free."""
    wide = np.column_stack([np.ones(len(columns)), columns])
    strength = np.r_[0.0, np.full(columns.shape[1], ridge)]
    centre = np.r_[0.0, [PRIOR[name] for name in FEATURES]]

    def loss(weights: Array) -> tuple[float, Array]:
        scores, away = wide @ weights, weights - centre
        value = np.logaddexp(0.0, scores).sum() - truth @ scores + 0.5 * (strength * away**2).sum()
        return float(value), wide.T @ (chance(scores) - truth) + strength * away

    return np.asarray(minimize(loss, centre, jac=True, method="L-BFGS-B").x)


def across(columns: Array, truth: Array, folds: NDArray[np.int64], ridge: float) -> Array:
    """Probabilities of each page from the pages of the other folds."""
    found = np.zeros(len(truth))
    for one in range(FOLDS):
        weights = fit(columns[folds != one], truth[folds != one], ridge)
        found[folds == one] = chance(np.column_stack([np.ones((folds == one).sum()), columns[folds == one]]) @ weights)
    return found


def chance(scores: Array) -> Array:
    """Logistic function, without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)))


def log_loss(guessed: Array, truth: Array) -> float:
    """Mean logarithmic loss."""
    kept = np.clip(guessed, 1e-9, 1 - 1e-9)
    return float(-np.mean(truth * np.log(kept) + (1 - truth) * np.log(1 - kept)))


def threshold(guessed: Array, truth: Array, missed: int) -> float:
    """Highest probability that keeps the wanted recall, rounded down; 0 where it cannot be kept."""
    scores = sorted(guessed[truth == 1], reverse=True)
    wanted = math.ceil(TARGET_RECALL * (len(scores) + missed))
    return math.floor(1000 * scores[wanted - 1]) / 1000 if wanted <= len(scores) else 0.0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
