"""One entrance to every classification: a dimension and a variant give the class of each country, with labels."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from citywatch.indicators.freedom import classify_freedom, freedom_status
from citywatch.indicators.load import Indicators, load_indicators
from citywatch.indicators.lookups import income, region
from citywatch.indicators.rules import ClassLabel, Scheme, Variant, pick


@dataclass(frozen=True, eq=False)
class Classification:
    """Countries in classes.

    Attributes:
        dimension: ``freedom``, ``income`` or ``region``.
        variant: Id of the variant.
        label: The variant in a few words.
        description: How a country comes into a class.
        classes: Classes in their order, residual ones last.
        by_country: Class id by country code, for every code of the region table.
    """

    dimension: str
    variant: str
    label: str
    description: str
    classes: tuple[ClassLabel, ...]
    by_country: pd.Series


def classes(scheme: str, ind: Indicators | None = None) -> tuple[ClassLabel, ...]:
    """Classes of a scheme in their order.

    Args:
        scheme: ``freedom``, ``income``, ``m49``, ``wb-fy2020`` or ``wb-fy2026``.
        ind: The indicators; without it the embedded ones.

    Raises:
        VocabularyError: If the scheme is unknown.
    """
    rules = (ind or load_indicators()).rules
    return pick(rules.schemes, scheme, "scheme").classes


def variants(ind: Indicators, dimension: str) -> tuple[str, ...]:
    """Known variants of a dimension, the default first.

    Raises:
        VocabularyError: If the dimension is unknown.
    """
    known = pick(ind.rules.variants, dimension, "dimension")
    default = ind.rules.defaults[dimension]
    return (default, *(variant for variant in known if variant != default))


def classify(ind: Indicators, dimension: str, variant: str = "") -> Classification:
    """Put every country into a class.

    Args:
        ind: The indicators.
        dimension: ``freedom``, ``income`` or ``region``.
        variant: A variant of the dimension; empty for its default.

    Raises:
        VocabularyError: If the dimension or the variant is unknown; the message names the known ones.
    """
    known = pick(ind.rules.variants, dimension, "dimension")
    chosen = pick(known, variant or ind.rules.defaults[dimension], f"{dimension} variant")
    scheme = ind.rules.schemes[chosen.scheme or dimension]
    label, description = _words(ind, chosen, scheme)
    return Classification(dimension, chosen.id, label, description, scheme.classes, _by_country(ind, chosen))


def _by_country(ind: Indicators, variant: Variant) -> pd.Series:
    if variant.reading:
        return classify_freedom(ind, variant.reading, variant.rule)
    if variant.edition:
        return freedom_status(ind, variant.edition)
    if variant.fiscal_year:
        return income(ind, variant.fiscal_year)
    return region(ind, variant.scheme)


def _words(ind: Indicators, variant: Variant, scheme: Scheme) -> tuple[str, str]:
    if variant.reading:
        rule, reading = ind.rules.freedom_rules[variant.rule], ind.rules.readings[variant.reading]
        what = "ten-year mean rating" if rule.bounds else "ten-year status"
        return f"{scheme.label}, {what}, {reading.label}; {rule.label}", rule.description
    if variant.edition:
        return (
            f"{scheme.label} {variant.edition}",
            f"Status in the edition; it describes the year {variant.edition - 1}.",
        )
    if variant.fiscal_year:
        published, data = variant.fiscal_year - 1, variant.fiscal_year - 2
        return (
            f"{scheme.label}, FY{variant.fiscal_year}",
            f"Published in July {published} from the income per head of {data}.",
        )
    return scheme.label, "As the publisher assigns countries to regions."
