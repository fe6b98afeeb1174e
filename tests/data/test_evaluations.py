"""The table evaluations: what may be pooled, and what pooling refuses."""

from __future__ import annotations

from math import exp
from pathlib import Path

import pytest

from citywatch import registry
from citywatch.findings.effects import published_effects
from citywatch.registry.effects import effects_of, usable_effects
from citywatch.registry.rules import effects_are_derived


@pytest.fixture(scope="module")
def record() -> registry.Registry:
    return registry.load()


def test_no_significant_effect_is_no_zero(record: registry.Registry) -> None:
    silent = record.evaluations[record.evaluations["effect_measure"] == "no_significant_effect"]
    assert len(silent) > 0
    assert silent["log_rate_ratio"].isna().all()


def test_only_compared_primary_effects_are_pooled(record: registry.Registry) -> None:
    rows = usable_effects(record.evaluations, bounded=True)
    assert set(rows["design"]) <= {"rct", "quasi_experimental"}
    assert set(rows["is_primary"]) == {"yes"}
    firm = usable_effects(record.evaluations)
    assert set(firm["effect_id"]) < set(rows["effect_id"])
    assert not {"bound", "assumed"} & set(firm["error_basis"])
    assert len(effects_of(rows)) == len(rows)


def test_classes_and_levels_are_not_mixed(record: registry.Registry) -> None:
    found = published_effects(record, bounded=True)
    keys = [(one.outcome_class, one.level) for one in found]
    assert keys == sorted(set(keys))
    for one in found:
        own = record.evaluations.set_index("effect_id").loc[[effect.id for effect in one.effects]]
        assert set(own["outcome_class"]) == {one.outcome_class}
        assert set(own["level"]) == {one.level}


def test_pooling_says_what_it_refuses(record: registry.Registry) -> None:
    for one in published_effects(record):
        if one.pooled is None:
            assert one.studies < 2
            assert "at least 2 independent studies" in one.refused
            continue
        assert one.pooled.studies == one.studies
        assert (one.pooled.prediction is None) == (one.studies < 5)
        assert one.pooled.standard_error >= one.pooled.plain_standard_error * (1 - 1e-9)


def test_percent_and_log_rate_ratio_agree(record: registry.Registry) -> None:
    rows = record.evaluations[record.evaluations["log_rate_ratio"].notna()]
    rows = rows[rows["effect_measure"] == "percent_change"]
    for ratio, percent in zip(rows["log_rate_ratio"].astype(float), rows["effect"].astype(float), strict=True):
        assert 100 * (exp(ratio) - 1) == pytest.approx(percent, abs=0.05)


def test_one_cluster_one_country(record: registry.Registry) -> None:
    countries = record.evaluations.groupby("study_id")["country_iso3"].nunique()
    assert (countries <= 1).all()


@pytest.mark.parametrize(
    ("changed", "value", "column"),
    [
        ("standard_error", float("nan"), "standard_error"),
        ("standard_error", 0.0, "standard_error"),
        ("derivation", "", "derivation"),
        ("locator", "", "locator"),
        ("effect_measure", "no_significant_effect", "log_rate_ratio"),
    ],
)
def test_a_half_derived_effect_is_refused(
    record: registry.Registry, changed: str, value: str | float, column: str
) -> None:
    table = record.evaluations
    row = table[table["log_rate_ratio"].notna()].head(1)
    broken = row.copy()
    broken[changed] = value
    assert column in [found[2] for found in effects_are_derived({"evaluations": broken})]
    assert not list(effects_are_derived({"evaluations": row}))


def test_the_method_page_counts_the_studies(record: registry.Registry) -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "meta-analysis.md").read_text(encoding="utf-8")
    firm = usable_effects(record.evaluations)["study_id"].nunique()
    more = usable_effects(record.evaluations, bounded=True)["study_id"].nunique() - firm
    assert f"{firm} independent studies with a firm error, {more} more" in " ".join(page.split())
