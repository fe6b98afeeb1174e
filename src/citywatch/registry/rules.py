"""Rules of the registry that no single column can state."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pandas as pd

from citywatch.codebook import admitting_limb
from citywatch.errors import Violation
from citywatch.tables import split_series
from citywatch.tables.read import HEADER_ROWS
from citywatch.tables.write import number_text

Frames = Mapping[str, pd.DataFrame]
LOWEST_CHANGE = -100
"""Percent: everything is gone."""


def across_tables(folder: Path, frames: Frames) -> list[Violation]:
    """Check what ties tables and columns together.

    Args:
        folder: Where the CSV files lie, for the messages.
        frames: Sound tables by name.
    """
    found: list[Violation] = []
    for rule in RULES:
        for table, index, column, expected, value in rule(frames):
            found.append(
                Violation(str(folder / f"{table}.csv"), index + HEADER_ROWS + 1, column, expected, repr(value))
            )
    return found


Broken = Iterator[tuple[str, int, str, str, str]]


def _broken(table: str, frame: pd.DataFrame, bad: pd.Series, column: str, expected: str) -> Broken:
    for index in frame.index[bad]:
        yield table, int(index), column, expected, str(frame.at[index, column])


def places_match(frames: Frames) -> Broken:
    """Every place has its id, and the id lies in the agreement's country."""
    agreements = frames["agreements"]
    counts = agreements[["place", "place_ids"]].apply(lambda cells: cells.str.count(";"))
    differ = counts["place"] != counts["place_ids"]
    yield from _broken("agreements", agreements, differ, "place_ids", "one id for each place")
    ids = split_series(agreements["place_ids"])
    country = ids.map(frames["places"].set_index("place_id")["country_iso3"])
    wrong = ids.index[country != agreements["country_iso3"].reindex(ids.index)]
    abroad = pd.Series(agreements.index.isin(wrong), index=agreements.index)
    yield from _broken("agreements", agreements, abroad, "place_ids", "places in the country of the agreement")


def projects_have_a_head(frames: Frames) -> Broken:
    """A project is named after its first record, which names itself."""
    agreements = frames["agreements"]
    head = agreements["project_id"].map(agreements.set_index("agreement_id")["project_id"])
    yield from _broken(
        "agreements", agreements, head != agreements["project_id"], "project_id", "the first record of the project"
    )


def limb_is_derived(frames: Frames) -> Broken:
    """``admitted_by`` follows from the record by the rule of the codebook."""
    agreements = frames["agreements"]
    derived = pd.Series(
        [
            admitting_limb(products, note)
            for products, note in zip(agreements["products"], agreements["note"], strict=True)
        ],
        index=agreements.index,
        dtype="str",
    )
    yield from _broken(
        "agreements", agreements, derived != agreements["admitted_by"], "admitted_by", "the limb that the record shows"
    )


def located_places_have_both(frames: Frames) -> Broken:
    """A point has latitude and longitude, or neither and the precision ``none``."""
    places = frames["places"]
    half = places["latitude"].isna() != places["longitude"].isna()
    yield from _broken("places", places, half, "latitude", "latitude and longitude together")
    unlocated = places["latitude"].isna() != (places["precision"] == "none")
    yield from _broken("places", places, unlocated, "precision", "none exactly where there is no point")


def chosen_evidence_holds(frames: Frames) -> Broken:
    """Chosen evidence carries the value that the record holds; other evidence says why it was not chosen."""
    evidence = frames["evidence"]
    values = recorded_values(frames["agreements"])
    keys = pd.MultiIndex.from_frame(evidence[["agreement_id", "field"]])
    recorded = pd.Series(values.reindex(keys).to_numpy(), index=evidence.index).fillna("")
    chosen = evidence["is_chosen"] == "yes"
    same = evidence["relation"] == "same"
    yield from _broken("evidence", evidence, same & (evidence["value"] != recorded), "value", "the value in agreements")
    swapped = chosen & (evidence["relation"] == "other") | ~chosen & same
    yield from _broken("evidence", evidence, swapped, "relation", "same or part where chosen, part or other where not")
    silent = ~chosen & (evidence["choice_reason"] == "")
    yield from _broken("evidence", evidence, silent, "choice_reason", "why another value was chosen")


def observations_say_something(frames: Frames) -> Broken:
    """An observation holds a figure, a bound or a direction, and its bounds are in order."""
    rows = frames["observations"]
    silent = rows[["value", "low", "high"]].isna().all(axis=1) & (rows["direction"] == "")
    yield from _broken("observations", rows, silent, "value", "a figure, a bound or a direction")
    yield from _broken("observations", rows, rows["low"] > rows["high"], "low", "the lower bound first")


def claims_can_be(frames: Frames) -> Broken:
    """Nothing falls by more than all of it."""
    rows = frames["claims"]
    yield from _broken("claims", rows, rows["change_pct"] < LOWEST_CHANGE, "change_pct", "at least -100")


def ids_make_pages(frames: Frames) -> Broken:
    """Ids give addresses of pages: ``index`` is taken, and two ids must not give the same address."""
    for table, column in (("agreements", "agreement_id"), ("vendors", "vendor_id"), ("claims", "claim_id")):
        ids = frames[table][column]
        address = ids.str.replace(":", "_")
        yield from _broken(
            table,
            frames[table],
            (address == "index") | address.duplicated(),
            column,
            "an id with an address of its own",
        )


def effects_are_derived(frames: Frames) -> Broken:
    """An effect on the log rate ratio has its error and says how, where and by whom both were seen."""
    evaluations = frames["evaluations"]
    has_effect = evaluations["log_rate_ratio"].notna()
    errors = evaluations["standard_error"]
    half = has_effect != errors.notna()
    yield from _broken("evaluations", evaluations, half, "standard_error", "an error exactly where there is an effect")
    zero = errors.notna() & ~(errors > 0)
    yield from _broken("evaluations", evaluations, zero, "standard_error", "a positive number")
    for column in (
        "level",
        "outcome_class",
        "error_basis",
        "derivation",
        "is_primary",
        "locator",
        "read_as",
        "checked_on",
    ):
        empty = has_effect & (evaluations[column] == "")
        yield from _broken("evaluations", evaluations, empty, column, "a value beside a log rate ratio")
    claimed = has_effect & (evaluations["effect_measure"] == "no_significant_effect")
    yield from _broken(
        "evaluations", evaluations, claimed, "log_rate_ratio", "none where only 'no significant effect' was read"
    )


def recorded_values(agreements: pd.DataFrame) -> pd.Series:
    """Every value of every agreement as text, by ``(agreement_id, field)``.

    Args:
        agreements: The table agreements.
    """
    texts = agreements.copy()
    for column in ("value_usd", "cameras"):
        texts[column] = [number_text(float(value)) if pd.notna(value) else "" for value in texts[column]]
    stacked = pd.Series(texts.set_index("agreement_id").stack())
    return stacked.rename_axis(["agreement_id", "field"])


RULES: tuple[Callable[[Frames], Broken], ...] = (
    places_match,
    projects_have_a_head,
    limb_is_derived,
    located_places_have_both,
    chosen_evidence_holds,
    ids_make_pages,
    observations_say_something,
    claims_can_be,
    effects_are_derived,
)
