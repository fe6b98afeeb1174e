"""What the record of a scenario leaves open, drawn many times: which rows count, where, in which reading of the class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.findings.facts import read
from citywatch.findings.study import Study, prepare
from citywatch.tables import PartialDate, split_list

Mask = NDArray[np.bool_]
Matrix = NDArray[np.float64]
CARRIED, NO_BEARING, NOT_MEASURED = "carried", "no_bearing", "not_measured"
DOUBTS = ("dates", "places", "classes", "confidence", "duplicates", "coders", "linkage")


@dataclass(frozen=True)
class Doubt:
    """One kind of doubt, drawn.

    Attributes:
        name: Word in ``doubt.yml``.
        state: ``carried``, ``no_bearing`` or ``not_measured``.
        text: How it is drawn, or why it is not.
        rows: Rows that it touches.
    """

    name: str
    state: str
    text: str
    rows: int


@dataclass(frozen=True)
class Drawn:
    """Every draw of every doubt of one scenario; one row per imputation.

    Attributes:
        countries: Place of each row's country among the eligible ones, as recorded.
        recorded: Rows that count as recorded.
        window: Rows inside the cut-off when the dates are drawn.
        low: Rows that are kept when low confidence is drawn.
        coder_drop: Rows that are kept when the coding of the vendor is drawn.
        coder_flip: Rows whose side of the cut-off turns when its coding is drawn; none that was announced after it.
        moved: Place of each row's country when it is drawn; as recorded for nearly all.
        joined: Group of rows that are one agreement; a group of its own for most.
        doubts: What was drawn, by name.
    """

    countries: NDArray[np.int64]
    recorded: Mask
    window: Mask
    low: Mask
    coder_drop: Mask
    coder_flip: Mask
    moved: NDArray[np.int64]
    joined: NDArray[np.int64]
    doubts: Mapping[str, Doubt]

    def weights(self, without: str = "") -> tuple[Matrix, NDArray[np.int64]]:
        """Weight of every row in every imputation, and the place of its country.

        Args:
            without: A doubt to leave out; all are in when empty.
        """
        inside = np.broadcast_to(self.recorded, self.window.shape) if without == "dates" else self.window
        if without != "coders":
            inside = inside ^ self.coder_flip
        kept = inside.astype("float64")
        if without != "confidence":
            kept = kept * self.low
        if without != "coders":
            kept = kept * self.coder_drop
        if without != "duplicates":
            kept = kept / _group_sizes(self.joined, kept)
        places = np.broadcast_to(self.countries, self.moved.shape) if without == "coders" else self.moved
        return kept, places

    def turnover(self) -> tuple[float, float]:
        """Rows that come in, and counted rows that drop out, on average over the imputations."""
        mean = self.weights()[0].mean(axis=0)
        return float(mean[~self.recorded].sum()), float((1 - mean[self.recorded]).sum())


def _group_sizes(joined: NDArray[np.int64], kept: Matrix) -> Matrix:
    """Rows of the group of each row that count, at least 1."""
    sizes = np.zeros_like(kept)
    for draw, groups in enumerate(joined):
        sizes[draw] = np.bincount(groups, weights=kept[draw], minlength=int(groups.max(initial=0)) + 1)[groups]
    return np.maximum(sizes, 1.0)


def draw_doubts(study: Study) -> tuple[Study, Drawn]:
    """Draw every doubt of a scenario.

    Args:
        study: The scenario, with its cut-off.

    Returns:
        The scenario without its cut-off, whose rows may all come in, and the draws over these rows.
    """
    facts = read("doubt")
    wide = _without_cut_off(study)
    rows = wide.admitted.rows
    generator = np.random.Generator(np.random.PCG64(facts["seed"]))
    shape = (int(facts["imputations"]), len(rows))
    uniform = {name: generator.random(shape) for name in ("dates", "confidence", "vendor", "window", "country")}
    recorded = rows["agreement_id"].isin(study.admitted.rows["agreement_id"]).to_numpy(dtype=bool)
    late = _announced_late(study, rows)
    inside = _window_chance(study, rows, recorded, late)
    low = (rows["confidence"] == "low").to_numpy(dtype=bool)
    joined, in_groups = _joined(rows, generator, shape[0])
    rates = _error_rates(study, generator, shape[0])
    places = pd.Index(study.query.eligible).get_indexer(pd.Index(rows["country_iso3"])).astype("int64")
    return wide, Drawn(
        countries=places,
        recorded=recorded,
        window=uniform["dates"] < inside,
        low=~low | (uniform["confidence"] < facts["low_confidence"]),
        coder_drop=uniform["vendor"] >= _column(rates.get("vendor"), shape),
        coder_flip=(uniform["window"] < _column(rates.get("window"), shape)) & ~(late & ~recorded),
        moved=_moved(places, uniform["country"], _column(rates.get("country"), shape), generator),
        joined=joined,
        doubts=_states(study, inside, low, in_groups, rates),
    )


def _without_cut_off(study: Study) -> Study:
    if not study.query.scenario.until:
        return study
    scenario = study.query.scenario
    return prepare(study.registry, study.indicators, scenario.id, until="")


def _announced_late(study: Study, rows: pd.DataFrame) -> Mask:
    """Rows that were surely announced after the cut-off: no source can have told of them before."""
    until = study.query.scenario.until
    if not until:
        return np.zeros(len(rows), dtype=bool)
    last = PartialDate.parse(until).latest
    return np.array([bool(text) and PartialDate.parse(text).earliest > last for text in rows["announced"]], dtype=bool)


def _window_chance(study: Study, rows: pd.DataFrame, recorded: Mask, late: Mask) -> Matrix:
    """Chance that each row has a source dated up to the cut-off.

    A row as recorded counts unless its best source is coarse. A row that was set aside has the chance of its coarse source, or
    of its undated one; none if it was surely announced after the cut-off.
    """
    until = study.query.scenario.until
    if not until:
        return np.ones(len(rows))
    last = PartialDate.parse(until).latest
    published = study.registry.sources.set_index("source_id")["published"]
    links = study.registry.evidence[["agreement_id", "source_id"]].drop_duplicates()
    links = links[links["agreement_id"].isin(rows["agreement_id"])]
    texts = links["source_id"].map(published)
    shares = {text: _share_before(text, last) for text in texts.unique() if text}
    dated = texts[texts != ""].map(shares).astype("float64")
    by_row = dated.groupby(links["agreement_id"])
    best = by_row.max().reindex(rows["agreement_id"]).to_numpy(dtype="float64")
    undated = rows["agreement_id"].isin(links.loc[texts == "", "agreement_id"]).to_numpy(dtype=bool)
    usual = float(dated.mean()) if len(dated) else 0.0
    of_undated = np.where(best == 0, _share_beside_late(by_row), usual)
    chance = np.where(recorded, 1.0, np.where(undated & ~(best > 0), of_undated, 0.0))
    chance = np.where((best > 0) & (best < 1), best, chance)
    return np.asarray(np.where(late & ~recorded, 0.0, chance), dtype="float64")


def _share_beside_late(by_row: Any) -> float:
    """Share before the cut-off of sources whose row has others, all of which are later; 0 where there is none.

    It stands for an undated source of a row that was set aside because its dated ones are late.
    """
    found = []
    for _, shares in by_row:
        early = shares.to_numpy() > 0
        if len(early) > 1 and early.sum() <= 1:
            found += [float(share) for share, is_early in zip(shares, early, strict=True) if is_early == early.any()]
    return float(np.mean(found)) if found else 0.0


def _share_before(text: str, last: date) -> float:
    """Share of the days that a date can mean which lie up to the last one."""
    parsed = PartialDate.parse(text)
    days = (parsed.latest - parsed.earliest).days + 1
    return min(1.0, max(0, (last - parsed.earliest).days + 1) / days)


def _joined(rows: pd.DataFrame, generator: np.random.Generator, imputations: int) -> tuple[NDArray[np.int64], Mask]:
    """Group of each row in each imputation, and the rows that could be grouped."""
    facts = read("doubt")
    projects = _components(rows, [rows["project_id"].map(lambda text: (text,))])
    sites = _components(rows, [_sites(rows)])
    found = np.tile(np.arange(len(rows)), (imputations, 1))
    touched = np.zeros(len(rows), dtype=bool)
    for groups, chance in ((projects, facts["same_project"]), (sites, facts["same_place_and_vendor"])):
        for members in groups:
            touched[members] = True
            hit = generator.random(imputations) < chance
            found[np.ix_(hit, members)] = members[0]
    return found, touched


def _sites(rows: pd.DataFrame) -> pd.Series:
    """Place and vendor of each row, every pair of them, with its country."""
    cells = zip(rows["country_iso3"], rows["place_ids"], rows["vendors"], strict=True)
    return pd.Series(
        [
            tuple(f"{country}|{place}|{vendor}" for place in split_list(places) for vendor in split_list(vendors))
            for country, places, vendors in cells
        ],
        index=rows.index,
    )


def _components(rows: pd.DataFrame, keys: Iterable[pd.Series]) -> list[list[int]]:
    """Rows that share a key, chained; groups of one are left out."""
    head = list(range(len(rows)))

    def find(row: int) -> int:
        while head[row] != row:
            head[row] = head[head[row]]
            row = head[row]
        return row

    first: dict[str, int] = {}
    for column in keys:
        for row, held in enumerate(column):
            for key in held:
                head[find(row)] = find(first.setdefault(key, row))
    groups: dict[int, list[int]] = defaultdict(list)
    for row in range(len(rows)):
        groups[find(row)].append(row)
    return [members for members in groups.values() if len(members) > 1]


def _error_rates(study: Study, generator: np.random.Generator, imputations: int) -> dict[str, Matrix]:
    """Rate of error of each field in each imputation, drawn from what was measured; a field without a measure is absent.

    Wrong and right answers make a beta distribution (Jeffreys).
    """
    facts, scenario = read("doubt"), study.query.scenario
    counted = {name: _checked(study.registry.reliability, field) for name, field in facts["coded_fields"].items()}
    for name, field in facts["looked_up_fields"].items():
        counted[name] = _looked_up(study.registry.verifications, field)
    bears = {"vendor": bool(scenario.vendor), "window": bool(scenario.until)}
    return {
        name: generator.beta(wrong + 0.5, checked - wrong + 0.5, imputations)
        for name, (checked, wrong) in counted.items()
        if checked and bears.get(name, True)
    }


def _checked(reliability: pd.DataFrame, field: str) -> tuple[int, int]:
    """Answers on which the readers agree, and how many of them contradict the record."""
    rows = reliability[reliability["field"] == field]
    return int(rows["checked"].sum()), int(rows["contradicted"].sum())


def _looked_up(verifications: pd.DataFrame, field: str) -> tuple[int, int]:
    verdicts = verifications.loc[verifications["field"] == field, "verdict"]
    wrong = int((verdicts == "contradicted").sum())
    return wrong + int((verdicts == "confirmed").sum()), wrong


def _column(rate: Matrix | None, shape: tuple[int, int]) -> Matrix:
    return np.zeros((shape[0], 1)) if rate is None else rate[:, None]


def _moved(
    places: NDArray[np.int64], uniform: Matrix, rate: Matrix, generator: np.random.Generator
) -> NDArray[np.int64]:
    """Countries after the draw: a wrong one becomes that of another row."""
    elsewhere = places[generator.integers(0, max(1, len(places)), size=uniform.shape)] if len(places) else places
    return np.asarray(np.where(uniform < rate, elsewhere, places), dtype="int64")


def _states(study: Study, inside: Matrix, low: Mask, in_groups: Mask, rates: Mapping[str, Matrix]) -> dict[str, Doubt]:
    open_dates = int(((inside > 0) & (inside < 1)).sum())
    touched: dict[str, int] = {
        "dates": open_dates,
        "confidence": int(low.sum()),
        "duplicates": int(in_groups.sum()),
        "coders": len(inside) if rates else 0,
    }
    made: dict[str, Callable[[Mapping[str, Any]], Doubt]] = {
        "places": lambda words: Doubt("places", NO_BEARING, words["none"], 0),
        "classes": lambda words: Doubt("classes", CARRIED, words["how"].strip(), 0),
        "linkage": lambda words: _linkage(study, words),
    }
    words = read("doubt")["doubts"]
    return {
        name: made[name](words[name]) if name in made else _touched(name, touched[name], words[name]) for name in DOUBTS
    }


def _touched(name: str, rows: int, words: Mapping[str, Any]) -> Doubt:
    if rows:
        return Doubt(name, CARRIED, " ".join(words["how"].split()), rows)
    state = NOT_MEASURED if "unmeasured" in words else NO_BEARING
    return Doubt(name, state, words.get("unmeasured") or words["none"], 0)


def _linkage(study: Study, words: Mapping[str, Any]) -> Doubt:
    """Until the registry holds links, nothing measures this doubt."""
    table = read("doubt")["linkage_table"]
    frames = study.registry.frames()
    text = words["unmeasured"] if table not in frames else f"not measured; the table {table} is not read yet"
    return Doubt("linkage", NOT_MEASURED, text, 0)
