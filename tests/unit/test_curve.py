"""The specification curve: its grid, what collapses, known and no effects, the store, and the joint test."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from citywatch.cli import main
from citywatch.errors import NoDataError, OutputError, VocabularyError
from citywatch.findings import curve, input_hashes, joint_test
from citywatch.findings.curve import Curve
from citywatch.findings.curve_fit import Work, log_ratios, refusals
from citywatch.findings.curve_grid import grid, question_of, questions
from citywatch.findings.curve_store import Folder
from citywatch.findings.curve_test import statistics
from citywatch.findings.facts import read
from citywatch.indicators import load_indicators
from citywatch.publish.curve_drawing import draw
from citywatch.registry import Registry
from citywatch.uncertainty import plain, times

KINDS = {"equivalent", "debatable", "different_question"}


@pytest.fixture(scope="module")
def freedom(embedded: Registry) -> Curve:
    return curve(embedded, load_indicators(), "freedom")


@pytest.fixture(scope="module")
def contrast(embedded: Registry) -> Curve:
    return curve(embedded, load_indicators(), "huawei-or-others")


@pytest.mark.parametrize("name", questions())
def test_every_choice_is_declared_with_kind_and_reason(name: str) -> None:
    question = question_of(name)
    for choice in question.choices:
        assert choice.options[0].kind != "different_question"
        for option in choice.options:
            assert option.kind in KINDS
            assert option.reason
            assert option.label
    ids = [spec.id for spec in grid(question)]
    assert len(set(ids)) == len(ids)
    assert bool(question.facts["permuted"]) != bool(question.facts.get("no_null"))


def test_the_headline_question_has_many_distinct_results(freedom: Curve) -> None:
    assert len(freedom.lines) >= 200
    assert sum(len(line.same) for line in freedom.lines) + sum(
        bool(point.refused) for point in freedom.points if not point.spec.is_aside
    ) == sum(not point.spec.is_aside for point in freedom.points)
    numbers = [(line.point.ratio, line.point.low, line.point.high, line.point.countries) for line in freedom.lines]
    assert len({tuple(f"{value:.8g}" for value in one) for one in numbers}) >= len(numbers) * 0.98


def test_the_plain_specification_is_the_ratio_of_the_counts(freedom: Curve) -> None:
    point = freedom.main.point
    outcome, inside = freedom.base.outcome(point.spec), freedom.base.focal(point.spec)
    used = freedom.base.weights(point.spec) > 0
    expected = outcome[used & (inside == 1)].mean() / outcome[used & (inside == 0)].mean()
    assert point.spec.chosen["covariates"] == "none"
    assert point.ratio == pytest.approx(expected)
    assert point.low < point.ratio < point.high


def test_a_point_opens_to_its_rows(freedom: Curve, embedded: Registry) -> None:
    for line in freedom.lines[:: len(freedom.lines) // 12]:
        rows = freedom.rows(line.point)
        assert len(rows) == line.point.agreements or line.point.spec.chosen["unit"] == "country"
        countries = set(embedded.agreements.set_index("agreement_id").loc[list(rows), "country_iso3"])
        assert len(countries) == line.point.adopting
    with pytest.raises(VocabularyError, match="no such specification"):
        freedom.point("00000000")


def test_different_questions_stand_apart(freedom: Curve) -> None:
    assert freedom.apart
    for line in freedom.lines:
        assert line.point.spec.chosen["vendors"] == "huawei"
        assert line.point.spec.chosen["window"] != "to-date"


def test_an_option_gets_every_result_that_one_of_its_specifications_gave(freedom: Curve, contrast: Curve) -> None:
    """Once a result was credited to the first of the specifications that gave it, and readings stood without a number."""
    for found in (freedom, contrast):
        by_id = {point.spec.id: point.spec for point in found.points}
        for choice in found.question.choices:
            for option in choice.options:
                expected = [
                    line.point.ratio
                    for line in found.lines
                    if any(by_id[name].chosen[choice.id] == option.id for name in line.same)
                ]
                if expected:
                    assert found.ratios(choice.id, option.id) == sorted(expected)
                    if found is freedom:
                        (median,) = found.medians(choice.id, option.id)
                        assert median == pytest.approx(np.median(expected), rel=1e-5)
                made = [point for point in found.points if point.spec.chosen[choice.id] == option.id]
                is_refused = all(point.refused for point in made)
                assert (found.medians(choice.id, option.id) == ()) == is_refused


def test_a_divided_question_has_an_answer_for_each_comparison(contrast: Curve) -> None:
    """One median over two comparisons described neither."""
    labels = {option.id: option.label for option in contrast.question.choice("against").options}
    assert [one.label for one in contrast.result.estimates] == list(labels.values())
    for name, one in zip(labels, contrast.result.estimates, strict=True):
        assert one.key == f"curve.huawei-or-others.median.{name}"
        assert one.value == pytest.approx(np.median(contrast.ratios("against", name)))
        assert f"{labels[name]}: median ratio {times(one.value)}" in contrast.result.answer
    assert all(len(line.options["against"]) == 1 for line in contrast.lines)
    for choice in contrast.question.choices:
        for option in choice.options:
            if choice.id != "against" and option.kind != "different_question":
                low, high = contrast.medians(choice.id, option.id)
                assert low is not None
                assert high is not None
                assert low < 1 < high, "no median is over both comparisons"


def test_the_answer_names_the_main_specification_and_the_median_by_other_columns(freedom: Curve) -> None:
    answer = freedom.result.answer
    assert f"The main specification gives {times(freedom.main.point.ratio)} (" in answer
    for option in freedom.question.choice("covariates").options:
        ratios = freedom.ratios("covariates", option.id)
        assert f"{times(float(np.median(ratios)))} ({len(ratios)} results)" in answer


def test_a_part_without_ratios_keeps_its_place(contrast: Curve) -> None:
    names = [option.id for option in contrast.question.choice("against").options]
    kept = next(line.options["against"] for line in contrast.lines)
    some = replace(contrast, lines=tuple(one for one in contrast.lines if one.options["against"] == kept), apart=())
    option = contrast.question.choice("rule").options[0].id
    held = some.medians("rule", option)
    assert [one is not None for one in held] == [name in kept for name in names]


def test_the_command_and_the_page_show_one_median(freedom: Curve, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", "freedom"]) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    rows = [row for choice in draw(freedom.to_dict()).choices for row in choice.rows if row.medians]
    assert len(rows) > 15
    for row in rows:
        (median,) = row.medians
        assert median is not None
        assert any(line[-2:] == [plain(median, 2), str(row.count)] for line in printed), row.label


def test_an_unknown_question_is_refused() -> None:
    with pytest.raises(VocabularyError, match="freedom, income"):
        question_of("weather")


def made(ratio: float, seed: int, model: str, specifications: int = 200) -> tuple[Work, float]:
    """Outcomes of a world in which the class has a set ratio."""
    generator = np.random.default_rng(seed)
    inside = (np.arange(194) % 2).astype("float64")
    mean = 0.24 * np.where(inside == 1, ratio, 1.0)
    drawn = generator.poisson(mean, size=(specifications, 194)).astype("float64")
    outcomes = np.minimum(drawn, 1) if model == "logit" else drawn
    truth = (1 - np.exp(-0.24 * ratio)) / (1 - np.exp(-0.24)) if model == "logit" else ratio
    columns = np.column_stack([np.ones(194), inside])
    return Work(np.arange(specifications), columns, outcomes, np.ones_like(outcomes), model), float(np.log(truth))


@pytest.mark.parametrize("model", ["log", "logit", "negative_binomial"])
@pytest.mark.parametrize("ratio", [1.0, 3.0])
def test_intervals_hold_a_known_effect_and_none(model: str, ratio: float) -> None:
    work, truth = made(ratio, 1, model)
    centre, half, converged = log_ratios(work)
    assert converged.all()
    assert centre.mean() == pytest.approx(truth, abs=0.08)
    assert (np.abs(centre - truth) <= half).mean() > 0.9


def test_too_few_rows_and_constant_columns_are_refused_with_the_reason() -> None:
    work, _ = made(1.0, 2, "log", 2)
    outcomes = np.zeros_like(work.outcomes)
    outcomes[0, :4] = 1
    reasons = refusals(replace(work, outcomes=outcomes))
    assert "fewer than" in reasons[0]
    assert "no agreement" in reasons[1]
    still = np.column_stack([work.columns, np.ones(194)])
    assert "same for every country" in refusals(replace(work, columns=still))[0]


def test_the_contrast_is_a_ratio_of_ratios(contrast: Curve) -> None:
    point = contrast.main.point
    own, other = contrast.base.pair(point.spec)
    inside = contrast.base.focal(point.spec)
    used = contrast.base.weights(point.spec) > 0
    ratios = [side[used & (inside == 1)].mean() / side[used & (inside == 0)].mean() for side in (own, other)]
    assert point.ratio == pytest.approx(ratios[0] / ratios[1])
    assert len(contrast.rows(point)) == own[used].sum() + other[used].sum()


def test_a_contrast_without_a_valid_null_gets_no_joint_test(contrast: Curve) -> None:
    with pytest.raises(NoDataError, match=r"huawei-or-others.*refused"):
        joint_test(contrast, 10)


@pytest.fixture(scope="module")
def small(freedom: Curve) -> Curve:
    return replace(freedom, lines=freedom.lines[::60])


def test_a_step_of_the_joint_test_does_not_depend_on_where_it_starts(small: Curve) -> None:
    whole, part = statistics(small, 0, 6), statistics(small, 4, 2)
    for name, values in whole.items():
        assert part[name][0] == pytest.approx(values[0])
        assert part[name][1:] == pytest.approx(values[5:])


def test_the_joint_test_goes_on_where_it_stopped(
    small: Curve, embedded: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(read("curves"), "chunk", 5)
    hashes = input_hashes(embedded, load_indicators())
    folder = Folder(tmp_path / "out", "freedom", hashes)
    folder.write(small)
    known, keep = folder.steps()
    first = joint_test(small, 10, known, keep)
    again = Folder(tmp_path / "out", "freedom", hashes)
    assert again.is_current
    (tmp_path / "out" / "joint" / "0000005-5.parquet").unlink()
    made_steps: list[int] = []
    known, keep = again.steps()

    def noted(at: int, values: dict[str, np.ndarray]) -> None:
        made_steps.append(at)
        keep(at, values)

    second = joint_test(small, 10, known, noted)
    assert made_steps == [5]
    assert second == first
    assert first.draws == 10
    assert 0 < first.p_values["median_log_ratio"] <= 1


def test_the_store_is_the_same_twice_and_refuses_strange_folders(
    small: Curve, embedded: Registry, tmp_path: Path
) -> None:
    hashes = input_hashes(embedded, load_indicators())
    for name in ("a", "b"):
        Folder(tmp_path / name, "freedom", hashes).write(small)
    for file in ("citywatch-curve.json", "points.parquet"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()
    content = json.loads((tmp_path / "a" / "citywatch-curve.json").read_text())
    assert content["input_sha256"] == hashes
    with pytest.raises(OutputError, match="other files"):
        Folder(tmp_path / "a", "income", hashes)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "mine.txt").write_text("mine")
    with pytest.raises(OutputError, match="other files"):
        Folder(tmp_path / "c", "freedom", hashes)
    assert not Folder(tmp_path / "a", "freedom", {**hashes, "citywatch": "0"}).is_current
    assert not (tmp_path / "a" / "points.parquet").exists()
