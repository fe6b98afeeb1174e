"""Probability that a document reports an agreement, from what was counted in it; corrected for prevalence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from citywatch.errors import SettingError
from citywatch.screening.evidence import Evidence
from citywatch.screening.settings import read_data

FEATURES = (
    "done", "planned", "apart", "denied", "term", "product", "vendor_near", "vendor_apart", "party_near", "figures", "pact",
    "deployment", "log_done", "log_products", "density", "talk_some", "talk_much", "topics", "buyer_near", "places", "plans",
    "watching", "amounts", "planned_share",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ranking:
    """A logistic model.

    Attributes:
        version: Version of the weights.
        prevalence: Share of agreements among the candidates that the weights were fitted on, 0 to 1.
        threshold: Probability from which on a page counts as an agreement.
        intercept: Constant.
        weights: Weight per feature of ``FEATURES``.
    """

    version: str
    prevalence: float
    threshold: float
    intercept: float
    weights: Mapping[str, float]

    def probability(self, evidence: Evidence) -> float:
        """Probability at the prevalence that the model was fitted on, 0 to 1."""
        values = features(evidence)
        return logistic(self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in values.items()))


@cache
def ranking() -> Ranking:
    """The model in force."""
    raw = read_data("ranking.yml")
    return Ranking(str(raw["version"]), raw["prevalence"], raw["threshold"], raw["intercept"], dict(raw["weights"]))


def features(evidence: Evidence) -> dict[str, float]:
    """Numbers that the model weighs, all between 0 and about 3."""
    answers, counts = evidence.answers, evidence.counts
    near = counts["n_done"] + counts["n_planned"]
    return {
        "done": float(answers.act == "done"),
        "planned": float(answers.act == "planned"),
        "apart": float(answers.act == "apart"),
        "denied": float(answers.act == "denied"),
        "term": float(answers.term == "with_act"),
        "product": float(bool(answers.products)),
        "vendor_near": float(answers.vendor == "with_act"),
        "vendor_apart": float(answers.vendor == "apart"),
        "party_near": float(answers.party == "with_act"),
        "figures": float(answers.figures == "some"),
        "pact": counts["has_pact"],
        "deployment": counts["has_deployment"],
        "log_done": math.log1p(min(near, 12)),
        "log_products": math.log1p(min(counts["n_products"], 6)),
        "density": min(1.0, counts["n_named"] / counts["n_sentences"]),
        "talk_some": float(answers.talk == "some"),
        "talk_much": float(answers.talk == "much"),
        "topics": float(answers.topics == "some"),
        "buyer_near": counts["is_buyer_near"],
        "places": math.log1p(min(counts["n_places"], 10)),
        "plans": math.log1p(min(counts["n_planned"], 6)),
        "watching": math.log1p(min(counts["n_watch"], 6)),
        "amounts": math.log1p(min(counts["n_amounts"], 6)),
        "planned_share": counts["n_planned"] / max(1.0, near),
    }


def logistic(x: float) -> float:
    """1 / (1 + exp(-x)), without overflow."""
    return 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x))


def shift_prior(probability: float, fitted: float, actual: float) -> float:
    """A probability corrected for another prevalence.

    Args:
        probability: At the prevalence it was fitted on.
        fitted: That prevalence, strictly between 0 and 1.
        actual: Prevalence in the pile at hand, strictly between 0 and 1.

    Raises:
        SettingError: If a prevalence is not strictly between 0 and 1.

    Source: Saerens, Latinne, Decaestecker (2002), Neural Computation 14, eq. 2.4.
    """
    for share in (fitted, actual):
        if not 0 < share < 1:
            raise SettingError(f"prevalence {share}: expected a share strictly between 0 and 1")
    yes = probability * actual / fitted
    no = (1 - probability) * (1 - actual) / (1 - fitted)
    return yes / (yes + no)
