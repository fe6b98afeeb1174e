"""Published effects of cameras and sensors: which rows of the table evaluations can be pooled, and with which."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from citywatch.uncertainty.meta import Effect

COMPARED = ("rct", "quasi_experimental")
FIRM = ("interval", "printed_error", "p_value", "spread")


def usable_effects(evaluations: pd.DataFrame, *, bounded: bool = False) -> pd.DataFrame:
    """Rows that a pooled effect may rest on.

    Left out are summaries of several studies, comparisons with no control, secondary sources, and rows without an effect and
    its error; a study that only says that it found nothing has no row here and is no zero.

    Args:
        evaluations: The table evaluations.
        bounded: Also take errors that are only a bound or rest on an assumed count. Such errors are too large where they
            are bounds, and studies that reached significance are more likely to have one.
    """
    keep = (
        evaluations["log_rate_ratio"].notna()
        & evaluations["design"].isin(COMPARED)
        & (evaluations["is_primary"] == "yes")
        & (bounded | evaluations["error_basis"].isin(FIRM))
    )
    return evaluations[keep]


def effects_of(rows: pd.DataFrame) -> tuple[Effect, ...]:
    """The rows as effects, in the order of the table."""
    columns = zip(rows["effect_id"], rows["study_id"], rows["log_rate_ratio"], rows["standard_error"], strict=True)
    return tuple(Effect(effect, study, float(ratio), float(error)) for effect, study, ratio, error in columns)


def by_class_and_level(rows: pd.DataFrame) -> Iterable[tuple[str, str, tuple[Effect, ...]]]:
    """Outcome class, level and effects of each group, sorted; effects of different classes or levels are never mixed."""
    for (outcome, level), group in rows.groupby(["outcome_class", "level"], sort=True):
        yield str(outcome), str(level), effects_of(group)
