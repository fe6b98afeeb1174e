"""Small text rules of the pages: names of files, order of names, safe addresses, titles of claims."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from markupsafe import Markup

from citywatch.publish.figures import MINUS, NBSP, is_known, plain
from citywatch.publish.messages import Catalogue

Labels = Callable[[str, str], str]
"""Label of (vocabulary, word)."""


def sort_key(name: str) -> str:
    """Order of names: accents and case do not count."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower() or name


def file_name(identifier: str) -> str:
    """Name of a page; ``:`` is no file name everywhere."""
    return identifier.replace(":", "_")


def in_sentence(label: str) -> str:
    """A label inside a sentence: lower first letter unless it is an abbreviation."""
    return label if label[:2].isupper() else label[:1].lower() + label[1:]


def sentence(text: str) -> str:
    """The text with a capital letter in front."""
    return text[:1].upper() + text[1:]


def safe_url(address: str) -> str:
    """The address if it is http or https; nothing otherwise, so that no page links to a script."""
    return address if address.lower().startswith(("https://", "http://")) else ""


def host(address: str) -> str:
    """Host of an address without ``www.``."""
    return address.partition("://")[2].partition("/")[0].removeprefix("www.")


def short(text: str, limit: int) -> str:
    """The text, cut at a word and marked with an ellipsis where it is longer than the limit."""
    return text if len(text) <= limit else text[:limit].rsplit(" ", 1)[0].rstrip(",;:") + "…"


def signed_percent(value: float) -> str:
    """A change in percent with its sign; the digits it has."""
    sign = MINUS if value < 0 else "+"
    return f"{sign}{plain(abs(value))}{NBSP}%"


def claim_figure(t: Catalogue, row: Mapping[str, Any]) -> Markup:
    """What the claim says in figures; nothing where it holds none."""
    if is_known(row["change_pct"]):
        return Markup("{}").format(signed_percent(float(row["change_pct"])))
    before, after = row["value_before"], row["value_after"]
    unit = row["unit"] or "none"
    if is_known(before) and is_known(after):
        return t("claim.from_to", before=plain(float(before)), after=plain(float(after)), unit=t(f"unit.{unit}"))
    if is_known(after):
        return t("claim.level", value=plain(float(after)), unit=t(f"unit.{unit}"))
    return Markup("")


def claim_title(t: Catalogue, label: Labels, row: Mapping[str, Any]) -> Markup:
    """``Nairobi: crime −46 %``."""
    figure = claim_figure(t, row) or t(f"claim.{row['direction'] or 'no_change'}")
    key = f"claim.metric_{row['metric']}"
    metric = t(key) if key in t else in_sentence(label("claim_metric", row["metric"]))
    return t("claim.title", place=row["system_place"], metric=metric, figure=figure)
