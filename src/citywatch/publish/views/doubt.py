"""The doubt of the records on the page of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from citywatch.publish.marks import Strip, strip
from citywatch.publish.views.book import Book

CARRIED = "carried"
SHARE = "share"


@dataclass(frozen=True, slots=True)
class DoubtView:
    """One headline with the doubt of the records in it.

    Attributes:
        doubt: The headline as the release holds it.
        recorded: Drawing of the number as recorded; None for a ratio, which has no common axis.
        total: Drawing with the doubt in it; None for a ratio.
        lines: What each doubt adds, with a drawing of the interval without it.
        others: Doubts that are not carried.
    """

    doubt: Mapping[str, Any]
    recorded: Strip | None
    total: Strip | None
    lines: tuple[tuple[Mapping[str, Any], Strip | None], ...]
    others: tuple[Mapping[str, Any], ...]

    @property
    def key(self) -> str:
        """Key that the numbers carry."""
        return str(self.doubt["record"]["key"])


def doubt_views(book: Book, finding: Mapping[str, Any]) -> list[DoubtView]:
    """Headlines of one finding, the share before the ratio; none where the release carries none.

    Args:
        book: The release.
        finding: A finding.
    """
    keys = {share["key"] for share in finding["shares"]}
    return [_view(one) for one in book.findings.get("doubt", ()) if one["share_key"] in keys]


def _view(one: Mapping[str, Any]) -> DoubtView:
    record, sampling = one["record"], one["sampling"]
    is_share = one["measure"] == SHARE
    recorded = strip(one["recorded"], sampling["low"], sampling["high"]) if is_share else None
    total = strip(record["estimate"], record["interval"]["low"], record["interval"]["high"]) if is_share else None
    carried = tuple((line, _without(line) if is_share else None) for line in one["lines"] if line["state"] == CARRIED)
    others = tuple(line for line in one["lines"] if line["state"] != CARRIED)
    return DoubtView(one, recorded, total, carried, others)


def _without(line: Mapping[str, Any]) -> Strip | None:
    interval = line["interval_without"]
    return strip(line["estimate_without"], interval["low"], interval["high"]) if interval else None
