"""Learning from judged candidates: the probability of the ranking, corrected by what people included and excluded."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Embed = Callable[[Sequence[str]], Array]

_WORD = re.compile(r"[^\W\d_]{2,}")
_HAN = re.compile("[\u3400-\u9fff]")
_ANSWERS = (
    "verdict", "act", "term", "vendor", "party", "figures", "topics", "talk", "kind", "language", "admitted_by",
)  # fmt: skip
_LISTS = ("products_with_act", "products_apart", "vendors", "country_iso3")
# Strength of the ridge: how sure we are, before anybody judged, that the probability of the ranking is right.
_RIDGE_SLOPE, _RIDGE_CONSTANT, _RIDGE_SIGNS, _RIDGE_MEANING = 10.0, 0.1, 1.0, 1.0
_EDGE = 1e-6


def signs(row: Mapping[str, Any], passages: Sequence[str]) -> Counter[str]:
    """What the learner sees of a candidate: its answers, its lists, the words of its title and passages.

    Args:
        row: Row of ``candidates``.
        passages: Sentences that its answers rest on.
    """
    found = Counter(f"{name}={row[name]}" for name in _ANSWERS if row.get(name))
    for name in _LISTS:
        found.update(f"{name}:{word}" for word in str(row.get(name) or "").split("; ") if word)
    found.update(words(" ".join([str(row.get("title") or ""), *dict.fromkeys(passages)])))
    return found


def words(text: str) -> list[str]:
    """Words in lower case; of Chinese, pairs of characters."""
    found = []
    for piece in _WORD.findall(text.casefold()):
        if _HAN.search(piece):
            found += [piece[at : at + 2] for at in range(len(piece) - 1)]
        else:
            found.append(piece)
    return found


def learn(
    probabilities: Sequence[float],
    seen: Sequence[Counter[str]],
    labels: Mapping[int, bool],
    *,
    meanings: Array | None = None,
) -> Array:
    """Probabilities after learning, for ranking; they are not calibrated, because readers did not pick at random.

    A logistic regression with a ridge: constant, slope of the log odds of the ranking (pulled towards 1), TF-IDF of the signs and,
    if given, the meanings. Without judgements the probabilities of the ranking come back.

    Args:
        probabilities: Fitted ones of all candidates, 0 to 1.
        seen: Signs of all candidates.
        labels: Whether a candidate was included, by position; unsure ones are left out.
        meanings: Embeddings of all candidates, rows of length 1; None without the extra ``semantic``.

    Returns:
        Probabilities of all candidates, in order.
    """
    from scipy.optimize import minimize
    from scipy.sparse import csr_array, hstack

    fitted = np.clip(np.asarray(probabilities, dtype="float64"), _EDGE, 1 - _EDGE)
    odds = np.log(fitted / (1 - fitted))
    if not labels:
        return np.asarray(fitted, dtype="float64")
    parts = [csr_array(np.column_stack([np.ones(odds.size), odds])), _tf_idf(seen)]
    ridge = [_RIDGE_CONSTANT, _RIDGE_SLOPE, *[_RIDGE_SIGNS] * parts[1].shape[1]]
    if meanings is not None:
        parts.append(csr_array(meanings))
        ridge += [_RIDGE_MEANING] * meanings.shape[1]
    matrix = hstack(parts, format="csr")
    places = sorted(labels)
    some, truth = matrix[places], np.array([labels[place] for place in places], dtype="float64")
    centre = np.zeros(matrix.shape[1])
    centre[1] = 1.0
    strength = np.asarray(ridge)

    def loss(weights: Array) -> tuple[float, Array]:
        scores = some @ weights
        away = weights - centre
        value = np.logaddexp(0.0, scores).sum() - truth @ scores + 0.5 * (strength * away * away).sum()
        return float(value), some.T @ (_logistic(scores) - truth) + strength * away

    found = minimize(loss, centre, jac=True, method="L-BFGS-B", options={"maxiter": 300})
    return _logistic(matrix @ found.x)


def _logistic(scores: Array) -> Array:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * scores)), dtype="float64")


def _tf_idf(seen: Sequence[Counter[str]]) -> Any:
    """Rows of length 1; a sign that stands in one candidate only tells nothing of others and is left out."""
    from scipy.sparse import csr_array

    spread = Counter(name for one in seen for name in one)
    kept = {name: at for at, name in enumerate(sorted(name for name, count in spread.items() if count > 1))}
    values: list[float] = []
    columns: list[int] = []
    ends = [0]
    for one in seen:
        row = {
            kept[name]: (1 + math.log(count)) * math.log(1 + len(seen) / spread[name])
            for name, count in sorted(one.items())
            if name in kept
        }
        length = math.sqrt(sum(value * value for value in row.values())) or 1.0
        values += [value / length for value in row.values()]
        columns += row
        ends.append(len(columns))
    return csr_array((values, columns, ends), shape=(len(seen), len(kept)))
