"""A large registry made from the embedded one: the same shapes and skew, new identifiers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from citywatch import registry
from citywatch.registry.store import Registry

NOT_COPIED = ("corrections", "judgements", "reliability")
TABLES_BY_AGREEMENT = ("evidence", "events", "verifications")


def synthetic(agreements: int, seed: int = 1) -> Registry:
    """A registry with this many agreements.

    Args:
        agreements: How many; copies of embedded rows with their evidence, events and sources.
        seed: Seed of the draw.
    """
    base = registry.load()
    frames = base.frames()
    drawn = np.random.default_rng(seed).choice(len(base.agreements), agreements)
    copies = base.agreements.iloc[drawn].reset_index(drop=True)
    old = copies["agreement_id"]
    copies["agreement_id"] = [f"{name}-x{at:06d}" for at, name in enumerate(old)]
    copies["project_id"] = copies["agreement_id"]
    copies["project_reason"] = ""
    names = pd.DataFrame({"agreement_id": old, "new_id": copies["agreement_id"], "copy": range(agreements)})
    frames["agreements"] = copies
    for name in TABLES_BY_AGREEMENT:
        merged = frames[name].merge(names, on="agreement_id")
        frames[name] = merged.assign(agreement_id=merged["new_id"])
    sources = _copy_sources(frames)
    frames["sources"] = pd.concat([base.sources, sources], ignore_index=True)
    for name in TABLES_BY_AGREEMENT:
        frames[name] = frames[name][base.frames()[name].columns]
    frames["claims"] = frames["claims"].assign(agreement_id="")
    frames["institutions"] = frames["institutions"].assign(agreement_id="")
    frames["institutions"] = frames["institutions"].drop_duplicates(["country_iso3", "topic", "name", "source_id"])
    for name in NOT_COPIED:
        frames[name] = frames[name].iloc[:0]
    return Registry.from_frames(frames)


def _copy_sources(frames: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A source of its own for each copy's evidence; rewrites the ids in ``evidence`` and ``events``."""
    used = []
    for name in ("evidence", "events"):
        frame = frames[name]
        named = frame["source_id"] != ""
        frame.loc[named, "old_source"] = frame.loc[named, "source_id"]
        frame.loc[named, "source_id"] = (
            frame.loc[named, "source_id"] + "-x" + (frame.loc[named, "copy"] % 4).astype("str")
        )
        used.append(frame.loc[named, ["old_source", "source_id"]])
    pairs = pd.concat(used).drop_duplicates().rename(columns={"source_id": "new_id"})
    copied = pairs.merge(frames["sources"], left_on="old_source", right_on="source_id")
    columns = list(frames["sources"].columns)
    return copied.assign(source_id=copied["new_id"], url=copied["url"] + "#" + copied["new_id"])[columns]


def write(agreements: int, folder: Path) -> Path:
    """Write a synthetic data package and return its folder."""
    folder.mkdir(parents=True, exist_ok=True)
    registry.save(synthetic(agreements), folder)
    return folder


def claim_files(claims: int, folder: Path) -> tuple[str, str, str]:
    """Write claims, series and observations as a user would give them; returns the names of the files.

    Args:
        claims: How many; copies of embedded claims under new ids.
        folder: An existing folder.
    """
    base = registry.load()
    rows = base.claims.iloc[[at % len(base.claims) for at in range(claims)]].reset_index(drop=True)
    rows["claim_id"] = [f"{name}-x{at:06d}" for at, name in enumerate(rows["claim_id"])]
    names = ("claims.csv", "series.csv", "observations.csv")
    for name, frame in zip(names, (rows, base.series, base.observations), strict=True):
        frame.to_csv(folder / name, index=False)
    return names
