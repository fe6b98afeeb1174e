"""Does the source bear out what the brief says about people in cities?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.findings.facts import read
from citywatch.findings.plain import plain
from citywatch.indicators import Indicators, urban_share
from citywatch.uncertainty import percent

KEY = "urban-2050"


@dataclass(frozen=True, slots=True)
class Check:
    """A statement beside the figure of its source.

    Attributes:
        key: Permanent key.
        statement: The statement in our own words.
        published_pct: Round number that it uses.
        computed_pct: Figure of the source.
        holds: Whether the figure fits the wording, by the cut-off in ``published.yml``.
        source: The source.
        verdict_text: The result in words.
    """

    key: str
    statement: str
    published_pct: float
    computed_pct: float
    holds: bool
    source: str
    verdict_text: str

    def to_dict(self) -> dict[str, Any]:
        """Plain dictionary for JSON."""
        return dict(plain(self))


def urban_check(indicators: Indicators) -> Check:
    """Look the figure up and compare.

    Args:
        indicators: The indicators.

    Raises:
        NoDataError: If the indicators hold no such figure.
    """
    facts: Mapping[str, Any] = read("published")["checks"][KEY]
    computed = urban_share(indicators, facts["entity"], facts["year"])
    published = float(facts["published_pct"])
    holds = 0 <= published - computed <= facts["nearly_points"]
    text = facts["verdicts"]["holds" if holds else "fails"]
    verdict = text.format(computed=percent(computed, 1), year=facts["year"], published=percent(published))
    return Check(KEY, facts["statement"], published, computed, holds, facts["source"], verdict)
