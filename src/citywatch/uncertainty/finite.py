"""Exact bounds from a simple random sample of a finite population."""

from __future__ import annotations

from dataclasses import dataclass

from citywatch.errors import InputError, NoDataError, SettingError

_ROUNDING = 1e-11  # a chance that equals alpha but for rounding does not exceed it


def most_in_population(population: int, sample: int, hits: int, alpha: float) -> int:
    """Largest number of hits in a population that a simple random sample does not rule out.

    Args:
        population: Units drawn from, the sample included.
        sample: Units drawn without replacement, 0..population.
        hits: Hits among them, 0..sample.
        alpha: Chance that the population holds more than the answer, 0 < alpha < 1; one-sided.

    Returns:
        The largest K with P(X <= hits) > alpha, where X is hypergeometric; between ``hits`` and
        ``population - sample + hits``.

    Raises:
        InputError: If the counts do not fit together.
        SettingError: If ``alpha`` is not between 0 and 1.

    Source: Buonaccorsi (1987), Biometrika 74, the one-sided exact bound; the test inverted is Fisher's.
    """
    from scipy.stats import hypergeom  # here, so that other commands start without scipy

    _check(population, sample, hits)
    if not 0 < alpha < 1:
        raise SettingError(f"alpha {alpha}: expected a chance strictly between 0 and 1")
    low, high = hits, population - sample + hits
    while low < high:  # P(X <= hits) falls as K grows
        middle = (low + high + 1) // 2
        if float(hypergeom.cdf(hits, population, middle, sample)) > alpha * (1 + _ROUNDING):
            low = middle
        else:
            high = middle - 1
    return low


def spent_alpha(alpha: float, look: int, looks: int | None = None) -> float:
    """Part of a chance of error that one of several looks may use, so that all looks together keep it.

    Args:
        alpha: For all looks together, 0 < alpha < 1.
        look: Number of this look, from 1.
        looks: How many looks were planned beforehand; None if any number may follow.

    Returns:
        ``alpha / looks``, or ``alpha / (look * (look + 1))``; the latter adds up to ``alpha`` over all looks. Both hold
        whatever the looks have to do with each other (Boole's inequality).

    Raises:
        SettingError: If ``look`` is not 1 or more, or beyond the plan.
    """
    if look < 1 or (looks is not None and not look <= looks):
        plan = "" if looks is None else f" of {looks} planned"
        raise SettingError(f"look {look}{plan}: expected a number from 1{' to the number planned' if plan else ' on'}")
    return alpha / looks if looks is not None else alpha / (look * (look + 1))


@dataclass(frozen=True, slots=True)
class RecallBound:
    """How much of what is relevant was found, at least.

    Attributes:
        found: Relevant among what was read before the sample was drawn.
        unread: What was unread then.
        sample: Drawn from it at random.
        relevant: Relevant in the sample.
        most: Relevant among the unread, the sample included, at most.
        level: One-sided level of the statement over all looks, 0 to 1.
        alpha: Chance of error spent on this look.
        low: Lower bound of recall once the sample is read as well: ``(found + relevant) / (found + most)``.
        low_before: Lower bound of recall without what the sample brought: ``found / (found + most)``.
        estimate: Recall once the sample is read, if the unread hold as much as the sample says; no bound.
    """

    found: int
    unread: int
    sample: int
    relevant: int
    most: int
    level: float
    alpha: float
    low: float
    low_before: float
    estimate: float

    @property
    def missed(self) -> int:
        """Relevant that are still unread once the sample is read, at most."""
        return self.most - self.relevant


def recall_bound(
    found: int, unread: int, sample: int, relevant: int, *, level: float = 0.95, look: tuple[int, int | None] | None = None
) -> RecallBound:  # fmt: skip
    """Lower bound of recall from a simple random sample of the unread.

    Args:
        found: Relevant among what was read before the sample was drawn, 0 or more.
        unread: Candidates unread when the sample was drawn, the sample included.
        sample: Candidates drawn from them at random, without replacement, and read.
        relevant: Relevant among these.
        level: One-sided level, 0 < level < 1; over all looks together.
        look: Number of this look, and how many were planned (None if any number may follow); None if nobody looked
            before and nobody will look again.

    Raises:
        InputError: If the counts do not fit together.
        NoDataError: If nothing relevant was found and none can be left; recall of nothing is not 100 %.
        SettingError: If the level or the look makes no sense.
    """
    if found < 0:
        raise InputError(f"{found} found: expected 0 or more")
    if not 0 < level < 1:
        raise SettingError(f"level {level}: expected a share strictly between 0 and 1, such as 0.95")
    alpha = 1 - level if look is None else spent_alpha(1 - level, *look)
    most = most_in_population(unread, sample, relevant, alpha)
    if found + most == 0:
        raise NoDataError(
            "recall: nothing relevant was found and nothing is left unread; there is nothing to take a share of"
        )
    expected = relevant * unread / sample if sample else 0.0
    total = found + expected
    return RecallBound(
        found, unread, sample, relevant, most, level, alpha,
        low=(found + relevant) / (found + most),
        low_before=found / (found + most),
        estimate=(found + relevant) / total if total and sample else float("nan"),
    )  # fmt: skip


def _check(population: int, sample: int, hits: int) -> None:
    if not 0 <= sample <= population:
        raise InputError(f"sample of {sample} from {population}: expected from 0 to {population}")
    if not 0 <= hits <= sample:
        raise InputError(f"{hits} in a sample of {sample}: expected from 0 to {sample}")
