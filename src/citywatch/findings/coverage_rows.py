"""How many sources, of which class, does each agreement have; what is known of law and oversight; which pages were coded?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pandas as pd

from citywatch.codebook import vocabulary
from citywatch.findings.base import PERCENT
from citywatch.findings.coverage_records import CodedLabel, HeadlineKeys, RowCount, Rows, Topic
from citywatch.findings.facts import read, rules, scenarios
from citywatch.registry import Registry
from citywatch.tables import split_list

MAIN_UNIT = "agreement"


def count_rows(registry: Registry) -> Rows:
    """Agreements by number and class of their sources, and by vendor group.

    Args:
        registry: The registry.
    """
    most = read("coverage")["most_sources"]
    kinds = _kinds(registry)
    groups = _groups(registry)
    ids = list(registry.agreements["agreement_id"])
    numbers = {one: str(min(len(kinds.get(one, ())), most)) for one in ids}
    classes = {one: _class(kinds.get(one, ())) for one in ids}
    return Rows(
        len(ids),
        _counted("sources", [str(number) for number in range(most + 1)], numbers, groups),
        _counted("class", [entry["id"] for entry in read("coverage")["source_classes"]], classes, groups),
    )


def _kinds(registry: Registry) -> dict[str, list[str]]:
    """Kind of every different source, by agreement."""
    kind = dict(zip(registry.sources["source_id"], registry.sources["kind"], strict=True))
    links = registry.evidence[["agreement_id", "source_id"]].drop_duplicates()
    found: dict[str, list[str]] = {}
    for agreement, source in zip(links["agreement_id"], links["source_id"], strict=True):
        found.setdefault(agreement, []).append(kind[source])
    return found


def _class(kinds: Sequence[str]) -> str:
    return next(str(entry["id"]) for entry in read("coverage")["source_classes"] if _fits(entry, kinds))


def _fits(entry: Mapping[str, Sequence[str]], kinds: Sequence[str]) -> bool:
    if "all" in entry:
        return bool(kinds) and all(kind in entry["all"] for kind in kinds)
    return any(kind in entry["any"] for kind in kinds) if "any" in entry else not kinds


def _groups(registry: Registry) -> dict[str, str]:
    """The group that colours the mark of each agreement: the first of the vocabulary that it names."""
    of_vendor = dict(zip(registry.vendors["vendor_id"], registry.vendors["vendor_group"], strict=True))
    order = [word.word for word in vocabulary("vendor_group")]
    found = {}
    for agreement, cell in zip(registry.agreements["agreement_id"], registry.agreements["vendors"], strict=True):
        named = {of_vendor[vendor] for vendor in split_list(cell)}
        found[agreement] = next((group for group in order if group in named), order[-1])
    return found


def _counted(
    name: str, words: Sequence[str], word_of: Mapping[str, str], group_of: Mapping[str, str]
) -> tuple[RowCount, ...]:
    pairs = Counter((word, group_of[agreement]) for agreement, word in word_of.items())
    order = [word.word for word in vocabulary("vendor_group")]
    found = []
    for word in words:
        by_group = {group: pairs[word, group] for group in order}
        count = sum(by_group.values())
        share = PERCENT * count / len(word_of) if word_of else 0.0
        found.append(RowCount(f"coverage.agreements.{name}.{word}", word, count, share, by_group))
    return tuple(found)


def count_topics(registry: Registry) -> tuple[Topic, ...]:
    """Countries with an agreement by what is on record of each topic; a country without a line was not searched.

    Args:
        registry: The registry.
    """
    adopting = set(registry.agreements["country_iso3"])
    known, gaps = registry.institutions, registry.institution_gaps
    missing = gaps[gaps["outcome"] == "not_found"]
    found = []
    for word in (word.word for word in vocabulary("institution_topic")):
        have = set(known.loc[known["topic"] == word, "country_iso3"]) & adopting
        not_found = (set(missing.loc[missing["topic"] == word, "country_iso3"]) & adopting) - have
        rest = len(adopting) - len(have) - len(not_found)
        found.append(Topic(f"coverage.institutions.{word}", word, len(have), len(not_found), rest))
    return tuple(found)


def count_coded_pages(registry: Registry) -> tuple[CodedLabel, ...]:
    """Pages in Chinese that were coded, inside and outside China, by label.

    Args:
        registry: The registry.
    """
    language = dict(zip(registry.sources["source_id"], registry.sources["language"], strict=True))
    pages = registry.coded_pages
    chinese = pages[pd.Series([language[one] == "zh" for one in pages["source_id"]], index=pages.index, dtype=bool)]
    counts = Counter(zip(chinese["label"], chinese["is_in_china"], strict=True))
    return tuple(
        CodedLabel(f"coverage.coded_pages.{word.word}", word.word, counts[word.word, "yes"], counts[word.word, "no"])
        for word in vocabulary("page_label")
    )


def headline_keys() -> tuple[HeadlineKeys, ...]:
    """Keys of the shares and published figures that the headlines rest on."""
    facts = read("coverage")["headlines"]
    name = facts["scenario"]
    variants = scenarios()[name].variants
    return tuple(
        HeadlineKeys(
            f"coverage.headline.{share['dimension']}",
            share["dimension"],
            share["category"],
            {
                rule: f"{name}.{rule}.{MAIN_UNIT}.{share['dimension']}.{variants[share['dimension']]}.{share['category']}"
                for rule in rules()
            },
            f"published.{name}.{share['figure']}",
        )
        for share in facts["shares"]
    )
