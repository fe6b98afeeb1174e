"""The inclusion rule, read from ``data/codebook/inclusion.yml``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from citywatch.codebook.vocabularies import vocabulary
from citywatch.tables import split_list


@dataclass(frozen=True, slots=True)
class InclusionRule:
    """What counts as an agreement.

    Attributes:
        version: Version of the rule.
        text: The rule in words.
        term: Pattern of the Safe City terms.
        products: Products that admit an agreement by themselves.
    """

    version: str
    text: str
    term: re.Pattern[str]
    products: frozenset[str]


@cache
def inclusion_rule() -> InclusionRule:
    """The rule in force."""
    raw = yaml.safe_load((files("citywatch") / "data" / "codebook" / "inclusion.yml").read_text(encoding="utf-8"))
    term = re.compile(r"\b(?:" + "|".join(raw["term_patterns"]) + r")\b", re.IGNORECASE)
    products = frozenset(word.word for word in vocabulary("product") if word.is_limb)
    return InclusionRule(raw["version"], raw["rule"], term, products)


def admitting_limb(products: str, note: str) -> str:
    """Limb of the rule that a record shows.

    Args:
        products: List cell of product words.
        note: Our note on the record.

    Returns:
        ``term``, ``product``, ``both``, or the empty string where the record shows neither.
    """
    rule = inclusion_rule()
    by_product = not rule.products.isdisjoint(split_list(products))
    by_term = rule.term.search(note) is not None
    return {(True, True): "both", (True, False): "product", (False, True): "term", (False, False): ""}[
        by_product, by_term
    ]
