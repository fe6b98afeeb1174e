"""How much searching is behind each group of vendors?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from citywatch.findings.facts import read
from citywatch.registry import Registry
from citywatch.tables import split_list

_NO_WORD_BOUNDARY = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")  # Chinese and Japanese script
_ACRONYM = re.compile(r"\(([A-Z]{3,})\)")
NONE = "none"


@dataclass(frozen=True, slots=True)
class Effort:
    """Searches and the pages read in them."""

    searches: int
    pages_read: int


def search_effort(registry: Registry, groups: Iterable[str]) -> Mapping[str, Effort]:
    """Searches whose query names a vendor of a group, by group; ``none`` for those that name no vendor at all.

    A search that names vendors of two groups counts in both.

    Args:
        registry: Holds searches and vendors.
        groups: Groups of vendors.
    """
    queries, pages = registry.searches["query"], registry.searches["pages_read"]
    hits = {group: _hits(queries, _names(registry, group)) for group in groups}
    anyone = _hits(queries, _names(registry, ""))
    return {name: Effort(int(hit.sum()), int(pages[hit].sum())) for name, hit in {**hits, NONE: ~anyone}.items()}


def searches_naming(registry: Registry, group: str) -> pd.Series:
    """Whether the query of each search names a vendor of a group.

    Args:
        registry: Holds searches and vendors.
        group: Group of vendors; the empty text for any.
    """
    return _hits(registry.searches["query"], _names(registry, group))


def names_any(text: str, names: Iterable[str]) -> bool:
    """Whether a text holds one of the names: whole words, any case; no word boundary around Chinese and Japanese.

    Args:
        text: Text as typed.
        names: Names and aliases.
    """
    return _holds_any(text.casefold(), [name.casefold() for name in names])


def _holds_any(folded: str, names: Iterable[str]) -> bool:
    return any(name in folded and _stands_alone(name, folded) for name in names)


def _stands_alone(name: str, text: str) -> bool:
    if _NO_WORD_BOUNDARY.search(name):
        return True
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _hits(queries: pd.Series, names: list[str]) -> pd.Series:
    texts = [query.casefold() for query in queries]
    everything = "\n".join(texts)
    occurring = [name for name in dict.fromkeys(name.casefold() for name in names) if name in everything]
    return pd.Series([_holds_any(text, occurring) for text in texts], index=queries.index, dtype=bool)


def _names(registry: Registry, group: str) -> list[str]:
    """Names, acronyms in brackets and aliases of the vendors of a group; of all vendors for the empty text."""
    vendors = registry.vendors
    chosen = vendors[vendors["vendor_group"] == group] if group else vendors
    not_counted = {name.casefold() for name in read("contrasts")["search_effort"]["not_counted_names"]}
    found = [
        name
        for full, aliases in zip(chosen["name"], chosen["aliases"], strict=True)
        for name in (_ACRONYM.sub("", full).strip(), *_ACRONYM.findall(full), *split_list(aliases))
    ]
    return [name for name in found if name.casefold() not in not_counted]
