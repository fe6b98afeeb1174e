"""A tiny release in memory: a few real rows, three of them made hostile, and findings in the form of findings.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from citywatch import claims, findings, indicators, registry
from citywatch.tables import Table

HOSTILE = "<script>alert('x')</script>\" onmouseover=alert(1) x=\""
HOSTILE_URL = "javascript:alert(1)"
KEPT = (
    "ken-nairobi-mombasa-huawei-2014",
    "ken-konza-huawei-2019",
    "afg-national-huawei-2023",
    "ago-luanda-korea-2020",
    "eth-national-huawei",
    "ago-national-beijing-gs-2022",
    "alb-national-presight-2024",
    "bgd-sylhet-huawei-2019",
)
COUNTRIES = ("KEN", "AFG", "AGO", "ETH", "ALB", "BGD", "CHE", "TWN")
BASE = {"low": 27.0, "high": 58.4, "level": 0.95, "method": "country_bootstrap", "note": ""}


@dataclass
class TinyRelease:
    """What publish reads of a release, in memory."""

    frames: Mapping[str, pd.DataFrame]
    folder: Path
    version: str = "2026-11-23"
    findings: Mapping[str, Any] = field(default_factory=dict)
    verdicts: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[Mapping[str, Any], ...] = ()

    @property
    def tables(self) -> dict[str, Table]:
        return {table.name: table for table in (*registry.TABLES, *indicators.TABLES)}

    def table(self, name: str) -> pd.DataFrame:
        return self.frames[name]


def tiny_release(data: registry.Registry, folder: Path) -> TinyRelease:
    """A few agreements with everything that hangs on them."""
    frames = {name: frame.copy() for name, frame in data.frames().items()}
    kept = [name for name in KEPT if name in set(frames["agreements"]["agreement_id"])]
    for name in ("agreements", "evidence", "events", "verifications"):
        frames[name] = frames[name][frames[name]["agreement_id"].isin(kept)].reset_index(drop=True)
    frames["claims"] = frames["claims"][frames["claims"]["country_iso3"].isin(["KEN", ""])].reset_index(drop=True)
    frames["institutions"] = _few(frames["institutions"])
    frames |= {name: _few(frame) for name, frame in indicators.load_indicators().frames().items()}
    _harm(frames)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agreements.csv").write_bytes(b"agreement_id\n")
    files = ({"path": "agreements.csv", "bytes": 13, "sha256": "0" * 64, "description": "Agreements"},)
    known = registry.Registry.from_frames({table.name: frames[table.name] for table in registry.TABLES})
    counted = findings.coverage(known, indicators.load_indicators()).to_dict()
    checked = claims.verify(
        frames["claims"], frames["series"], frames["observations"], frames["evaluations"],
        events=frames["events"], sources=frames["sources"],
    )  # fmt: skip
    verdicts = json.loads(claims.to_json(checked))
    found = {**_findings(kept), "coverage": counted}
    return TinyRelease(frames, folder, findings=found, verdicts=verdicts, files=files)


def _few(frame: pd.DataFrame) -> pd.DataFrame:
    if "country_iso3" not in frame.columns:
        return frame.copy()
    return frame[frame["country_iso3"].isin(COUNTRIES)].reset_index(drop=True)


def _harm(frames: dict[str, pd.DataFrame]) -> None:
    agreements, sources = frames["agreements"], frames["sources"]
    first = agreements.index[agreements["agreement_id"] == KEPT[0]][0]
    for column in ("note", "buyer", "partners", "place", "financing"):
        agreements.loc[first, column] = HOSTILE
    used = frames["evidence"].loc[frames["evidence"]["agreement_id"] == KEPT[0], "source_id"].iloc[0]
    row = sources.index[sources["source_id"] == used][0]
    sources.loc[row, ["url", "archived_url"]] = HOSTILE_URL
    sources.loc[row, ["publisher", "title"]] = HOSTILE
    frames["claims"].loc[frames["claims"].index[0], ["claimant", "system_place", "note"]] = HOSTILE


def _share(key: str, category: str, label: str, ids: list[str], base: float | None) -> dict[str, Any]:
    return {
        "key": f"{key}.{category}", "category": category, "label": label, "count": len(ids), "total": len(KEPT),
        "countries": 2, "share_pct": 42.1, "interval": BASE, "effective_n": 5.0, "wilson": BASE,
        "leave_one_out": [40.0, "KEN", 45.0, "AFG"],
        "base": None if base is None else {"countries_pct": base, "people_pct": 48.6, "countries_with_home_pct": 24.0,
                                           "people_with_home_pct": 40.0},
        "base_reason": "" if base else "no property of countries", "ratio": 1.8 if base else None,
        "ratio_interval": {**BASE, "low": 1.2, "high": 2.4} if base else None, "ratio_people": None,
        "ratio_people_interval": None, "lean": "clear", "lean_text": "a clear lean", "ids": ids,
    }  # fmt: skip


def _finding(rule: str, unit: str, dimension: str, variant: str, ids: list[str]) -> dict[str, Any]:
    key = f"brief-2019.{rule}.{unit}.{dimension}.{variant}"
    words = {
        "freedom": ("partly_free+not_free", "free"),
        "income": ("lower_middle", "low"),
        "region": ("asia+sub_saharan_africa", "europe"),
        "kind": ("contract", "mou"),
    }[dimension]
    base = None if dimension == "kind" else 23.7
    shares = [_share(key, word, word.replace("_", " "), ids[at:], base) for at, word in enumerate(words)]
    return {
        "key": key, "question": f"Do agreements of 2019 lean by {dimension}?", "answer": "A clear lean: 42 % of 8.",
        "scenario": "brief-2019", "rule": rule, "unit": unit, "dimension": dimension, "variant": variant,
        "definition": "By 2019.", "total": len(ids), "unclassified": {"undated": 1}, "set_aside": {"other": 162},
        "shares": shares, "method": "95 % bootstrap", "assumptions": ["Countries are independent."],
        "would_be_false_if": ["Rows of 2018 are wrong."], "not_covered": "Not what was never found.", "notes": [],
    }  # fmt: skip


def _findings(ids: list[str]) -> dict[str, Any]:
    found = [
        _finding("all-rows", "agreement", dimension, "v1", ids) for dimension in ("freedom", "income", "region", "kind")
    ]
    found += [
        _finding("all-rows", "country", "freedom", "v1", ids),
        _finding("without-low", "agreement", "freedom", "v2", ids),
    ]
    found.append({**_finding("all-rows", "agreement", "freedom", "v1", ids), "scenario": "current"})
    main = found[0]["shares"][0]
    names = ("agreements", "countries", "sources", "claims", "searches", "evidence_values", "evidence_with_source")
    return {
        "schema": "citywatch-findings/1",
        "scenarios": [
            {
                "id": "brief-2019", "label": "The 2019 brief", "description": "Of 2019.", "vendor": "huawei",
                "until": "2019-09", "home_iso3": "CHN", "n_eligible": 194, "agreements": 8, "countries": 5,
            }
        ],
        "rules": [
            {"id": "all-rows", "label": "All rows", "description": ""},
            {"id": "without-low", "label": "Without low", "description": ""},
        ],
        "units": [],
        "findings": found,
        "published": [
            {
                "key": "published.a", "figure_id": "a", "label": "Partly Free or Not Free", "published_pct": 71.0,
                "rebuilt": {"all-rows": {"key": main["key"], "share_pct": 42.1,
                                         "bounds": {"low_pct": 39.6, "high_pct": 52.9, "missing": 7}}},
                "inside_interval": {"all-rows": False},
            }
        ],
        "published_totals": {"agreements": 73, "countries": 52},
        "published_source": {"title": "CSIS, November 2019", "as_of": "2019-09"},
        "brief_countries": {
            "source": "A blog of 2019", "source_url": HOSTILE_URL, "known": ["KEN", "ETH"], "in_both": ["KEN"],
            "brief_only": ["ETH"], "ours_only_same_region": ["COD"], "notes": {"ETH": HOSTILE},
        },
        "contrasts": [
            {
                "key": "contrast.a", "question": "Do groups differ in 2019?", "caveat": "Effort differs.",
                "dimension": "freedom", "variant": "v1", "category": "free",
                "groups": [{"group": "huawei", "label": "Huawei", "total": 5, "share_pct": 60.0, "interval": BASE,
                            "searches": 342, "pages_read": 10}],
                "differences": [{"a": "Huawei", "b": "Others", "difference_points": 12.0, "interval": BASE}],
            }
        ],
        "checks": [{"key": "urban-2050", "statement": "By 2050 …", "verdict_text": "68.4 %.", "source": "UN 2018"}],
        "counts": {name: {"key": f"count.{name}", "value": 7} for name in names},
    }  # fmt: skip
