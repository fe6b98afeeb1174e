"""Drawing the units that are coded."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from citywatch.errors import InputError


@dataclass(frozen=True, slots=True)
class Sample:
    """A simple random sample of agreements.

    Attributes:
        sample_id: Names size, seed and content; the same registry, size and seed give the same one.
        units: Opaque unit name by agreement id; the order is that of the sheet.
    """

    sample_id: str
    units: dict[str, str]


def draw_sample(agreement_ids: Sequence[str], size: int, seed: int) -> Sample:
    """Draw without replacement.

    Args:
        agreement_ids: What can be drawn.
        size: How many.
        seed: Seed.

    Raises:
        InputError: If the size is not between 1 and the number of agreements.
    """
    if not 1 <= size <= len(agreement_ids):
        raise InputError(f"sample of {size}: expected from 1 to {len(agreement_ids)}.")
    pool = sorted(agreement_ids)
    picked = np.random.default_rng(seed).permutation(len(pool))[:size]
    drawn = [pool[at] for at in picked]
    digest = hashlib.sha256("\n".join(drawn).encode()).hexdigest()[:8]
    units = {agreement_id: f"u{at:03d}" for at, agreement_id in enumerate(drawn, start=1)}
    return Sample(f"n{size}-s{seed}-{digest}", units)


def sources_of(evidence: pd.DataFrame, sources: pd.DataFrame) -> dict[str, list[str]]:
    """Addresses of the sources of each agreement, sorted.

    Args:
        evidence: The table evidence.
        sources: The table sources.
    """
    pairs = (
        evidence[["agreement_id", "source_id"]].drop_duplicates().merge(sources[["source_id", "url"]], on="source_id")
    )
    return {str(name): sorted(group) for name, group in pairs.groupby("agreement_id")["url"]}


def sample_of(sheet_id: str) -> str:
    """Sample that a sheet belongs to."""
    return sheet_id.partition(":")[0]
