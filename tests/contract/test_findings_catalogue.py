"""Every question, scenario, rule and figure of the findings is whole and refers to things that exist."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from citywatch.findings import FINDINGS, FindingSet, compute, rules, scenarios, settings
from citywatch.findings.facts import read
from citywatch.findings.study import Question
from citywatch.indicators import load_indicators, variants
from citywatch.registry import Registry

FOLDER = Path(str(files("citywatch") / "data" / "findings"))


@pytest.fixture(scope="module", params=["brief-2019", "current"])
def found(request: pytest.FixtureRequest, embedded: Registry) -> FindingSet:
    return compute(embedded, load_indicators(), scenario=request.param)


@pytest.mark.parametrize("question", FINDINGS, ids=lambda question: question.dimension)
def test_every_question_has_its_texts(question: Question) -> None:
    texts = question.texts()
    assert texts["question"]
    assert texts["definition"]
    assert texts["would_be_false_if"]
    assert ("base_reason" in texts) != ("in_class" in texts), "either a base rate or the reason why there is none"


def test_every_file_of_facts_is_yaml_with_a_comment_on_top() -> None:
    for path in FOLDER.glob("*.yml"):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("#"), path.name
        assert isinstance(yaml.safe_load(text), dict), path.name


def test_scenarios_name_known_variants() -> None:
    known = load_indicators()
    for scenario in scenarios().values():
        for dimension, variant in scenario.variants.items():
            further = scenario.sensitivity.get(dimension, ())
            assert {variant, *further} <= set(variants(known, dimension)), scenario.id
            assert variant not in further


def test_the_first_rule_changes_nothing() -> None:
    first = next(iter(rules().values()))
    assert not first.excluded
    assert not first.one_per


def test_published_figures_are_asked(embedded: Registry) -> None:
    facts = read("published")
    found = compute(embedded, load_indicators(), scenario=facts["scenario"])
    for figure in facts["figures"]:
        category = "+".join(figure["categories"])
        assert found.finding(figure["dimension"]).share(category).category == category


def test_every_finding_is_whole(found: FindingSet) -> None:
    keys = [finding.key for finding in found.findings]
    assert len(set(keys)) == len(keys)
    assert {finding.dimension for finding in found.findings} == {question.dimension for question in FINDINGS}
    for finding in found.findings:
        assert "{" not in finding.answer + finding.question + finding.definition + finding.method
        assert finding.not_covered
        assert finding.assumptions
        assert finding.would_be_false_if


def test_every_share_is_whole(found: FindingSet) -> None:
    minimum = settings().minimum_countries
    for share in (share for finding in found.findings for share in finding.shares):
        assert 0 <= share.share_pct <= 100
        assert share.share_pct in share.interval or "does not contain" in share.interval.note
        assert share.share_pct in share.wilson
        assert len(share.ids) == share.count
        assert list(share.ids) == sorted(set(share.ids))
        is_exact = share.countries < minimum or share.count in {0, share.total}
        assert (share.interval.method == "clopper_pearson_effective") == is_exact, share.key
        assert share.interval.note.startswith("marked") == is_exact
        assert (share.base is None) == bool(share.base_reason)
        if share.ratio is not None and share.ratio_interval is not None:
            assert share.ratio in share.ratio_interval
