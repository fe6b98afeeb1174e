"""What the method pages say of coverage is what ``bench/coverage.json`` holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from citywatch.publish.settings import FOLDER

BENCH = Path(__file__).parents[2] / "bench" / "coverage.json"
LEAST = 0.93
"""Least coverage of a nominal 95 % interval that the designs aim at."""


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BENCH.read_text(encoding="utf-8"))
    return found


def page(name: str) -> str:
    return (FOLDER / "pages" / "methods" / f"{name}.md").read_text(encoding="utf-8").replace("\n", " ")


def test_the_page_of_shares_names_the_worlds_that_fall_short(bench: dict[str, Any]) -> None:
    share, ratio = (
        {world["world"] for world in bench["worlds"] if world[method] < LEAST}
        for method in ("share_procedure", "ratio_procedure")
    )
    assert ratio == {"resampled current income lower_middle"}, "say it on the page of shares"
    assert share == ratio | {"parametric brief base 0.56 ratio 1.6"}, "say it on the page of shares"
    assert "lower-middle income in the list of all vendors" in page("shares")
    assert "share alone: nearly all agreements in the class" in page("shares")


def test_the_page_of_concentration_says_where_its_interval_falls_short(bench: dict[str, Any]) -> None:
    short = {
        (one["world"], name)
        for one in bench["concentration"]
        for name, held in one["measures"].items()
        if held["coverage"] < LEAST
    }
    assert short == {
        ("resampled vendors", "index"),
        ("resampled vendors", "largest"),
        ("parametric few equal", "largest"),
    }, "say it on the page of concentration"
    assert "somewhat less often for the index of sellers and their largest" in page("concentration")
    assert "too seldom for the share of the largest" in page("concentration")
    assert "%" not in page("concentration").partition("How often the interval")[2].partition("##")[0]
