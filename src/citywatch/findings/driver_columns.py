"""The columns of the drivers: indicators by country, scaled, with every value that had to be filled in named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from citywatch.errors import InputError, NoDataError, VocabularyError
from citywatch.findings.facts import read
from citywatch.findings.study import Study
from citywatch.indicators import panel
from citywatch.places import country_name
from citywatch.uncertainty import percent

Matrix = NDArray[np.float64]
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Filled:
    """A value that was filled in."""

    country_iso3: str
    column: str
    note: str


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        id: Its name.
        label: As readers see it.
        block: Its block.
        is_yes_no: Whether it is 0 or 1; others are centred and divided by two standard deviations.
        centre: What was taken off.
        scale: What it was divided by.
    """

    id: str
    label: str
    block: str
    is_yes_no: bool
    centre: float
    scale: float


@dataclass(frozen=True)
class Columns:
    """Columns of the eligible countries.

    Attributes:
        columns: One per column, in the order of the blocks.
        values: Scaled values, countries x columns.
        filled: Values that were filled in.
        panels: Raw values of each column, countries x years from the first of the panel on; fixed ones repeat.
        years: Years of the panels.
    """

    columns: tuple[Column, ...]
    values: Matrix
    filled: tuple[Filled, ...]
    panels: tuple[Matrix, ...]
    years: tuple[int, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Ids of the columns."""
        return tuple(column.id for column in self.columns)

    def block(self, name: str) -> Matrix:
        """Values of one block."""
        return self.values[:, [at for at, column in enumerate(self.columns) if column.block == name]]

    def cube(self, years: Sequence[int], lag: int) -> Matrix:
        """Scaled values of the year ``lag`` years earlier, countries x years x columns; NaN where there is none.

        Raises:
            NoDataError: If a year lies outside the panel.
        """
        if beyond := sorted({year - lag for year in years} - set(self.years)):
            text = read("drivers")["refusals"]["no_year"]
            raise NoDataError(text.format(year=beyond[0], first=self.years[0], last=self.years[-1]))
        places = [self.years.index(year - lag) for year in years]
        scaled = [
            (values[:, places] - column.centre) / column.scale
            for column, values in zip(self.columns, self.panels, strict=True)
        ]
        return np.stack(scaled, axis=2)


def chosen_blocks(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Blocks asked for, or the main ones.

    Raises:
        VocabularyError: If a block is unknown, absent from the data, or asked for twice.
    """
    facts = read("drivers")
    blocks = tuple(wanted) if wanted is not None else tuple(facts["main"])
    for block in blocks:
        if block in facts["absent"]:
            reason = facts["absent"][block].strip()
            raise VocabularyError(facts["refusals"]["absent"].format(block=block, reason=reason))
        if block not in facts["blocks"]:
            raise VocabularyError(facts["refusals"]["unknown"].format(block=block, blocks=", ".join(facts["blocks"])))
        if blocks.count(block) > 1:
            raise VocabularyError(facts["refusals"]["twice"].format(block=block))
    return blocks


def columns_of(study: Study, blocks: Sequence[str], year: int) -> Columns:
    """Columns of the eligible countries in one year, and their panels.

    Args:
        study: The scenario.
        blocks: Blocks in order.
        year: Year that the columns describe.

    Raises:
        InputError: If an indicator is missing for too many countries, does not exist, is the same everywhere, or a
            country stands twice; the message names which.
    """
    countries = study.query.eligible
    last = max(year, int(study.registry.version()[:4]))
    years = tuple(range(read("drivers")["panel_from"], last + 1))
    table = panel(study.indicators, years)
    made = [_column(study, (table, years, year), block, spec) for block in blocks for spec in _specs(block)]
    _refuse_constant(study, made, years.index(year))
    found = Columns(
        columns=tuple(column for column, _, _ in made),
        values=np.empty((len(countries), 0)),
        filled=tuple(one for _, _, filled in made for one in filled),
        panels=tuple(values for _, values, _ in made),
        years=years,
    )
    return Columns(found.columns, found.cube([year], 0)[:, 0, :], found.filled, found.panels, years)


def _specs(block: str) -> list[Mapping[str, Any]]:
    return list(read("drivers")["blocks"][block]["columns"])


def _column(
    study: Study, where: tuple[pd.DataFrame, tuple[int, ...], int], block: str, spec: Mapping[str, Any]
) -> tuple[Column, Matrix, list[Filled]]:
    table, years, year = where
    countries = list(study.query.eligible)
    if "classes" in spec:
        classes = study.classification(spec["dimension"], spec["variant"]).by_country
        inside = classes.reindex(countries).isin(spec["classes"]).to_numpy().astype("float64")
        fixed = np.repeat(inside[:, None], len(years), axis=1)
        return _scaled(spec, block, fixed, 0), fixed, []
    if spec["indicator"] not in table.columns:
        texts = read("drivers")["refusals"]["no_indicator"]
        raise InputError(texts.format(key=study.query.key, indicator=spec["indicator"], column=spec["label"]))
    raw = _wide(table, spec, countries, years)
    values, filled = _fill(study, raw, spec, (table, years, year))
    if spec["transform"] == "log":
        values = np.log(values)
    return _scaled(spec, block, values, years.index(year)), values, filled


def _scaled(spec: Mapping[str, Any], block: str, values: Matrix, at: int) -> Column:
    is_yes_no = spec["transform"] == "yes"
    column = values[:, at]
    spread = float(np.std(column))
    centre, scale = (0.0, 1.0) if is_yes_no else (float(column.mean()), 2 * spread or 1.0)
    return Column(spec["id"], spec["label"], block, is_yes_no, centre, scale)


def _wide(table: pd.DataFrame, spec: Mapping[str, Any], countries: list[str], years: Sequence[int]) -> Matrix:
    wide = table.pivot_table(
        index="country_iso3", columns="year", values=spec["indicator"], aggfunc="first", observed=True, dropna=False
    ).reindex(index=countries, columns=list(years))
    if spec["transform"] != "yes":
        return wide.to_numpy("float64")
    return wide.replace({"yes": 1.0, "no": 0.0, "": np.nan}).to_numpy("float64")


def _fill(
    study: Study, raw: Matrix, spec: Mapping[str, Any], where: tuple[pd.DataFrame, tuple[int, ...], int]
) -> tuple[Matrix, list[Filled]]:
    """Values with what the declaration fills in; the rest of a year's missing values is refused by name."""
    table, years, year = where
    at, rule = years.index(year), spec.get("missing", {})
    lacking = np.flatnonzero(np.isnan(raw[:, at]))
    _refuse_missing(study, lacking, spec, year, can_fill=bool(rule))
    if "value" in rule:
        values = np.where(np.isnan(raw), float(rule["value"]), raw)
        return values, [_filled(study, place, spec, (year, rule["reason"])) for place in lacking.tolist()]
    if not rule:
        return _carried(raw), []
    carried = _carried(raw)
    groups = _wide_groups(table, rule["by"], list(study.query.eligible), years)
    values = np.where(np.isnan(carried), _group_medians(carried, groups), carried)
    texts, found = read("drivers")["texts"], []
    for place in lacking.tolist():
        earlier = [known for known, value in zip(years[: at + 1], raw[place], strict=False) if not np.isnan(value)]
        how = texts["how_last_known"].format(year=earlier[-1]) if earlier else texts["how_group_median"]
        found.append(_filled(study, place, spec, (year, how)))
    return values, found


def _filled(study: Study, place: int, spec: Mapping[str, Any], why: tuple[int, str]) -> Filled:
    country = study.query.eligible[place]
    text = read("drivers")["texts"]["filled"]
    note = text.format(column=spec["label"], country=country_name(country), year=why[0], how=why[1])
    return Filled(country, spec["id"], note)


def _carried(raw: Matrix) -> Matrix:
    """Each missing value is that of the latest earlier year; none before the first."""
    return pd.DataFrame(raw).ffill(axis=1).to_numpy("float64")


def _wide_groups(table: pd.DataFrame, column: str, countries: list[str], years: Sequence[int]) -> NDArray[np.object_]:
    wide = table.pivot_table(index="country_iso3", columns="year", values=column, aggfunc="first", observed=True)
    wide = wide.reindex(index=countries, columns=list(years)).replace("", np.nan).ffill(axis=1).bfill(axis=1)
    return wide.fillna("").to_numpy(dtype=object)


def _group_medians(values: Matrix, groups: NDArray[np.object_]) -> Matrix:
    """Median of the known values of the same group and year; of all countries where the group has none."""
    medians = np.full(values.shape, np.nan)
    for at in range(values.shape[1]):
        known = pd.Series(values[:, at])
        if known.notna().any():
            by_group = known.groupby(groups[:, at]).transform("median")
            medians[:, at] = by_group.fillna(known.median()).to_numpy("float64")
    return medians


def _refuse_missing(
    study: Study, lacking: NDArray[np.int64], spec: Mapping[str, Any], year: int, *, can_fill: bool
) -> None:
    facts = read("drivers")
    countries = study.query.eligible
    most = facts["most_filled_pct"] if can_fill else 0
    if PERCENT * len(lacking) / len(countries) > most:
        named = ", ".join(country_name(countries[place]) for place in lacking)
        text = facts["refusals"]["missing"]
        raise InputError(
            text.format(key=study.query.key, column=spec["label"], indicator=spec["indicator"], year=year,
                        count=len(lacking), countries=len(countries), most=percent(most), named=named)
        )  # fmt: skip


def refuse_duplicates(study: Study) -> None:
    """Stop where a country stands twice among the eligible ones.

    Raises:
        InputError: If one does; the message names it.
    """
    countries = study.query.eligible
    if named := sorted({country for country in countries if countries.count(country) > 1}):
        text = read("drivers")["refusals"]["duplicates"]
        raise InputError(text.format(key=study.query.key, countries=", ".join(map(country_name, named))))


def _refuse_constant(study: Study, made: Sequence[tuple[Column, Matrix, list[Filled]]], at: int) -> None:
    still = [column for column, values, _ in made if np.ptp(values[:, at]) == 0]
    if not still:
        return
    texts = read("drivers")["refusals"]
    specs = {spec["id"]: spec for column in still for spec in _specs(column.block)}
    for column in still:
        spec = specs[column.id]
        if spec.get("dimension") != "region":
            continue
        classification = study.classification(spec["dimension"], spec["variant"])
        present = set(classification.by_country.reindex(list(study.query.eligible)))
        if len(present) == 1:
            labels = {entry.id: entry.label for entry in classification.classes}
            raise InputError(texts["one_region"].format(key=study.query.key, region=labels[present.pop()]))
    raise InputError(texts["constant"].format(key=study.query.key, columns=", ".join(one.label for one in still)))
