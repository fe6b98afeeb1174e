"""How many units no list holds: capture tables, a lower bound, and two lists under an assumed dependence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import combinations
from math import exp, log, sqrt

from citywatch.errors import InputError, NoDataError
from citywatch.uncertainty.interval import DEFAULT_LEVEL, Interval
from citywatch.uncertainty.proportions import normal_quantile

Pattern = tuple[bool, ...]


@dataclass(frozen=True)
class CaptureTable:
    """Units by the lists that hold them.

    Attributes:
        lists: Names of the lists, in the order of the patterns.
        cells: Units of every pattern but the one of no list; a pattern that is not there counts 0.
    """

    lists: tuple[str, ...]
    cells: Mapping[Pattern, int]

    def __post_init__(self) -> None:
        if len(set(self.lists)) != len(self.lists):
            raise InputError(f"capture table: expected each list once; found {', '.join(self.lists)}")
        for pattern, count in self.cells.items():
            if len(pattern) != len(self.lists) or not any(pattern) or count < 0:
                raise InputError(f"capture table: no cell {pattern!r} with {count!r} units in {len(self.lists)} lists")

    @classmethod
    def of_members(cls, members: Mapping[str, Set[str]]) -> CaptureTable:
        """Count units from the members of each list.

        Args:
            members: Units by list.
        """
        lists = tuple(members)
        cells: dict[Pattern, int] = {}
        for unit in set[str]().union(*members.values()):
            pattern = tuple(unit in members[name] for name in lists)
            cells[pattern] = cells.get(pattern, 0) + 1
        return cls(lists, cells)

    @property
    def units(self) -> int:
        """Units on any list."""
        return sum(self.cells.values())

    @property
    def overlap(self) -> int:
        """Units on two lists or more."""
        return sum(count for pattern, count in self.cells.items() if sum(pattern) > 1)

    def seen(self, times: int) -> int:
        """Units on exactly so many lists."""
        return sum(count for pattern, count in self.cells.items() if sum(pattern) == times)

    def alone(self) -> tuple[int, ...]:
        """Units that only one list holds, by list."""
        size = len(self.lists)
        return tuple(self.cells.get(tuple(at == place for at in range(size)), 0) for place in range(size))

    def pair(self, first: int, second: int) -> tuple[int, int, int]:
        """Two lists by themselves: units on both, on the first alone, on the second alone."""
        both = sum(count for pattern, count in self.cells.items() if pattern[first] and pattern[second])
        one = sum(count for pattern, count in self.cells.items() if pattern[first] and not pattern[second])
        other = sum(count for pattern, count in self.cells.items() if pattern[second] and not pattern[first])
        return both, one, other


@dataclass(frozen=True, slots=True)
class Population:
    """An estimate of all units, seen and unseen.

    Attributes:
        units: Units seen.
        unseen: Estimate of those that no list holds.
        total: Both together.
        interval: Interval of the total; its lower end is never below ``units``.
    """

    units: int
    unseen: float
    total: float
    interval: Interval


def lower_bound(table: CaptureTable, level: float = DEFAULT_LEVEL) -> Population:
    """Lower bound of the number of units, when some are easier to find than others and lists differ in size.

    ``unseen >= sum over pairs of lists of f1j * f1k / (f2 + 1)``, with ``f1j`` the units that list j alone holds and
    ``f2`` those on exactly two lists; the 1 takes out the bias of small numbers. With two lists this is Chapman's
    estimator. It is a bound if finding a unit on one list makes it no less likely on another.

    Args:
        table: The lists.
        level: Two-sided coverage.

    Raises:
        NoDataError: If no unit is on exactly two lists; then nothing bounds what was missed.

    Source: Chao (1987), Biometrics 43, with lists of different size as in Rivest and Baillargeon (2007), Biometrics 63;
    Chapman (1951), University of California Publications in Statistics 1. Interval: log-normal, Chao (1987).
    """
    twice = table.seen(2)
    if twice == 0:
        raise NoDataError(f"lower bound from {', '.join(table.lists)}: no unit is on exactly two lists")
    alone = table.alone()
    pairs = sum(one * other for one, other in combinations(alone, 2))
    unseen = pairs / (twice + 1)
    slopes = [(sum(alone) - own) / (twice + 1) for own in alone]
    variance = sum(count * slope**2 for count, slope in zip(alone, slopes, strict=True))
    variance += twice * (unseen / (twice + 1)) ** 2 + unseen
    return _population(table.units, unseen, variance, level, "chao_log_normal")


def assumed_dependence(both: int, one: int, other: int, odds_ratio: float, level: float = DEFAULT_LEVEL) -> Population:
    """All units from two lists, if being on one list multiplies the odds of being on the other.

    Args:
        both: Units on both lists.
        one: Units on the first alone.
        other: Units on the second alone.
        odds_ratio: Assumed odds ratio between the lists; 1 stands for independent lists.
        level: Two-sided coverage, given the odds ratio.

    Raises:
        InputError: If the odds ratio is not positive.
        NoDataError: If no unit is on both lists.

    Source: Gerritse, van der Heijden and Bakker (2015), Journal of Official Statistics 31: the missing cell of a
    two-by-two table with a fixed odds ratio; 1 is added to ``both`` as in Chapman (1951).
    """
    if not odds_ratio > 0:
        raise InputError(f"odds ratio {odds_ratio!r}: expected a positive number; 1 stands for independent lists")
    if both == 0:
        raise NoDataError("two lists without a common unit: nothing bounds what both missed")
    unseen = odds_ratio * one * other / (both + 1)
    relative = (1 / one + 1 / other if one and other else 0.0) + both / (both + 1) ** 2
    return _population(both + one + other, unseen, unseen**2 * relative + unseen, level, "log_normal_fixed_odds")


def _population(units: int, unseen: float, variance: float, level: float, method: str) -> Population:
    if unseen == 0:
        return Population(units, 0.0, float(units), Interval(units, units, level, method, "no list adds to another"))
    spread = exp(normal_quantile(level) * sqrt(log(1 + variance / unseen**2)))
    interval = Interval(units + unseen / spread, units + unseen * spread, level, method)
    return Population(units, unseen, units + unseen, interval)


def merge_lists(members: Mapping[str, Set[str]], links: Sequence[tuple[str, str]]) -> dict[tuple[str, ...], Set[str]]:
    """Join lists that are not separate: each group of linked lists becomes one.

    Args:
        members: Units by list.
        links: Pairs of lists that are one; links chain.

    Returns:
        Units by the names of the joined lists, in the order of ``members``.

    Raises:
        InputError: If a link names a list that is not there.
    """
    group = {name: name for name in members}
    for first, second in links:
        if unknown := [name for name in (first, second) if name not in group]:
            raise InputError(f"list {unknown[0]!r}: there is none; there are {', '.join(members)}")
        keep, gone = group[first], group[second]
        group = {name: keep if held == gone else held for name, held in group.items()}
    heads = dict.fromkeys(group.values())
    names = {head: tuple(name for name in members if group[name] == head) for head in heads}
    return {
        joined: frozenset[str]().union(*(members[name] for name in joined))
        for joined in sorted(names.values(), key=lambda joined: list(members).index(joined[0]))
    }
