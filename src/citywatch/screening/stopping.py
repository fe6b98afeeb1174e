"""When reading may stop: a lower bound on recall from a simple random sample of what is unread.

Nothing else bounds what was missed: neither the order of reading nor a run of misses does. The sample is drawn from the unread
alone, each document with the same chance, and read whole.
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from citywatch.errors import InputError


@dataclass(frozen=True, slots=True)
class Stopping:
    """What a sample of the unread says.

    Attributes:
        most_missed: Agreements among the unread at most, those in the sample included, at the level.
        recall: Lower bound on the share of all agreements that are known, those in the sample included.
        level: One-sided confidence of both, at this look.
    """

    most_missed: int
    recall: float
    level: float


def recall_bound(known: int, unread: int, sampled: int, met: int, *, level: float = 0.95, look: int = 1) -> Stopping:
    """Lower bound on recall.

    Args:
        known: Agreements found in what was read before the sample.
        unread: Documents that were unread when the sample was drawn.
        sampled: Documents of the sample, all read; 0 to ``unread``.
        met: Agreements among them.
        level: One-sided confidence over all looks together, between 0 and 1.
        look: 1 for the first sample one looks at, 2 for the next, and so on. Who may stop at any look pays for it: look k
            spends (1 - level) / (k (k + 1)), which adds up to 1 - level over any number of looks.

    Raises:
        InputError: If the numbers cannot be.

    Source: exact hypergeometric test inverted; Callaghan and Müller-Hansen (2020), Systematic Reviews 9, 273, with the
    looks paid for as above.
    """
    if not (0 <= met <= sampled <= unread and known >= 0 and 0 < level < 1 and look >= 1):
        raise InputError(
            f"recall bound: expected 0 <= met <= sampled <= unread, known >= 0 and look >= 1; found {met}, {sampled}, "
            f"{unread}, {known}, {look}"
        )
    spent = (1 - level) / (look * (look + 1))
    most = _most(unread, sampled, met, spent)
    total = known + most
    return Stopping(most, (known + met) / total if total else 1.0, 1 - spent)


def _most(unread: int, sampled: int, met: int, alpha: float) -> int:
    """Largest number of agreements among the unread under which so few in the sample have a chance over alpha."""
    low, high = met, unread - (sampled - met)
    while low < high:
        middle = (low + high + 1) // 2
        if stats.hypergeom.cdf(met, unread, middle, sampled) > alpha:
            low = middle
        else:
            high = middle - 1
    return low
