"""Every number of the home page, traced: its key leads to a share, a count or rows that give the same number."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from publish_release import TinyRelease
from test_publish import Read

from citywatch import findings, indicators, registry
from citywatch.publish.engine import environment, render
from citywatch.publish.messages import load_catalogue
from citywatch.publish.settings import settings
from citywatch.publish.views import home
from citywatch.publish.views.book import Book
from citywatch.tables import split_list
from citywatch.uncertainty import plain

FIXED = {"axis", "release.licence"}


@pytest.fixture(scope="module")
def release(embedded: registry.Registry, tmp_path_factory: pytest.TempPathFactory) -> TinyRelease:
    known = indicators.load_indicators()
    found = findings.all_findings(embedded, known)
    frames = {**embedded.frames(), **known.frames()}
    return TinyRelease(frames, tmp_path_factory.mktemp("release"), embedded.version(), found)


@pytest.fixture(scope="module")
def page(release: TinyRelease) -> Read:
    book = Book(release, load_catalogue("en"))
    read = Read()
    read.feed(render(environment(book), next(home.pages(book))))
    return read


def numbers(text: str) -> list[str]:
    return re.findall(r"\d+(?:\.\d+)?", text.replace(",", ""))


class Trace:
    """Numbers that a key allows, worked out from tables and findings without the code of the site."""

    def __init__(self, release: TinyRelease) -> None:
        self.release = release
        self.findings = release.findings
        self.shares = {share["key"]: share for one in self.findings["findings"] for share in one["shares"]}
        groups = dict(zip(*(release.table("vendors")[name] for name in ("vendor_id", "vendor_group")), strict=True))
        agreements = release.table("agreements")
        self.group = [
            next((g for g in ("huawei", "china", "other") if g in {groups[v] for v in split_list(cell)}), "none")
            for cell in agreements["vendors"]
        ]
        self.country = list(agreements["country_iso3"])

    def allowed(self, key: str) -> set[str]:
        kind, _, rest = key.partition(".")
        table, _, row = key.partition(":")
        if key in self.shares or key.rpartition(".")[2] in {"base", "ratio", "level"}:
            return self._share(key)
        if row:
            return self._row(table, row)
        by_kind: dict[str, Callable[[], set[str]]] = {
            "count": lambda: {str(self.findings["counts"][rest]["value"])},
            "scenario": lambda: self._scenario(rest),
            "vendor_group": lambda: {str(self.group.count(rest))},
            "indicator": lambda: self._indicator(rest),
            "release": lambda: set(numbers(self.release.version)) | {self.release.version[8:].lstrip("0")},
            "agreements": self._agreements,
            "searches": self._searches,
            "claims": self._claims,
            "published": lambda: self._published(key),
            "published_totals": lambda: set(numbers(str(self.findings["published_totals"]) + self._source())),
        }
        return by_kind[kind]()

    def _source(self) -> str:
        return str(self.findings["published_source"])

    def _share(self, key: str) -> set[str]:
        share: Mapping[str, Any] = self.shares.get(key) or self.shares[key.rpartition(".")[0]]
        values = [share["share_pct"], share["count"], share["total"], 100 * share["interval"]["level"]]
        values += [share["interval"]["low"], share["interval"]["high"], *share["base"].values()]
        texts = {plain(value) for value in values}
        texts |= {plain(share["ratio"], 1), *(plain(share["ratio_interval"][end], 1) for end in ("low", "high"))}
        figures = [
            figure for figure in self.findings["published"] for one in figure["rebuilt"].values() if one["key"] == key
        ]
        return texts | {plain(figure["published_pct"]) for figure in figures}

    def _row(self, table: str, row: str) -> set[str]:
        if table == "claims":
            frame = self.release.table("claims")
            record = frame[frame["claim_id"] == row].iloc[0]
            return set(numbers(" ".join(str(value).removesuffix(".0") for value in record))) | set("01234")
        pairs = [group for group, country in zip(self.group, self.country, strict=True) if country == row]
        return {str(len(pairs)), str(pairs.count("huawei"))}

    def _scenario(self, name: str) -> set[str]:
        scenario = next(one for one in self.findings["scenarios"] if one["id"] == name)
        return set(numbers(str({**scenario, "description": "", "set_aside": ""})))

    def _indicator(self, name: str) -> set[str]:
        table, column = {
            "freedom": ("freedom", "edition_year"),
            "income": ("income", "fiscal_year"),
            "democracy": ("democracy", "year"),
        }[name]
        steps = {f"{edge:g}" for edge in (0, *settings()["democracy_steps"], 1)}
        return {str(self.release.table(table)[column].max()), *(steps if name == "democracy" else ())}

    def _agreements(self) -> set[str]:
        regions = dict(
            zip(*(self.release.table("regions")[name] for name in ("country_iso3", "un_region")), strict=True)
        )
        found = [regions[country] for country in self.country]
        return {str(found.count(name)) for name in set(found)} | {str(len(set(self.country)))}

    def _searches(self) -> set[str]:
        searches = self.release.table("searches")
        looked = searches.loc[searches["outcome"] != "recheck", "countries"]
        named = {code for cell in looked for code in split_list(cell)}
        eligible = self.release.table("eligible")
        without = set(eligible.loc[eligible["is_eligible"] == "yes", "country_iso3"]) - set(self.country)
        return {str(len(without & named)), str(len(without - named))}

    def _claims(self) -> set[str]:
        claims = self.release.table("claims")
        flags = claims[["is_area_stated", "is_period_stated", "is_source_stated"]] == "yes"
        return {str(int(flags.all(axis=1).sum()))}

    def _published(self, key: str) -> set[str]:
        if key == "published":
            inside = sum(one["inside_interval"]["all-rows"] for one in self.findings["published"])
            return {str(inside), str(len(self.findings["published"])), *numbers(self._source())}
        figure = next(one for one in self.findings["published"] if one["key"] == key)
        bounds = figure["rebuilt"]["all-rows"]["bounds"]
        return {plain(value) for value in (figure["published_pct"], bounds["low_pct"], bounds["high_pct"])}


def test_every_number_of_the_home_page_leads_to_rows(page: Read, release: TinyRelease) -> None:
    trace = Trace(release)
    seen: dict[str, int] = {}
    for text, around in page.texts:
        keys = [element.attributes["data-f"] for element in around if "data-f" in element.attributes]
        if not numbers(text) or not keys or keys[-1] in FIXED:
            continue
        seen[keys[-1]] = seen.get(keys[-1], 0) + 1
        assert set(numbers(text)) <= trace.allowed(keys[-1]), (keys[-1], text)
    assert len(seen) > 30


def test_an_altered_count_is_seen(page: Read, release: TinyRelease) -> None:
    counts = {**release.findings["counts"], "agreements": {"key": "count.agreements", "value": -5}}
    wrong = TinyRelease(release.frames, Path(), release.version, {**release.findings, "counts": counts})
    with pytest.raises(AssertionError, match=r"count\.agreements"):
        test_every_number_of_the_home_page_leads_to_rows(page, wrong)
