"""Lists, what makes two of them one, refusals by name, and the command."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from citywatch.cli import main
from citywatch.errors import InputError, NoDataError, TableError, VocabularyError
from citywatch.findings import Undercount, undercount
from citywatch.findings.lists import facts, last_common_year
from citywatch.indicators import Indicators, load_indicators
from citywatch.registry import Registry
from citywatch.uncertainty.capture import CaptureTable, assumed_dependence, lower_bound, merge_lists
from citywatch.uncertainty.loglinear import average, fit_model, hierarchical_models, model_name


@pytest.fixture(scope="module")
def known() -> Indicators:
    return load_indicators()


@pytest.fixture(scope="module")
def found(embedded: Registry, known: Indicators) -> Undercount:
    return undercount(embedded, known)


def _own(tmp_path: Path, text: str, name: str = "own.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def _held(found: Undercount) -> list[str]:
    return [country for cell in found.cells for country in cell.countries]


def _third(tmp_path: Path, found: Undercount, every: int = 2) -> Path:
    held = [country for cell in found.cells for country in cell.countries][::every]
    return _own(tmp_path, "country_iso3\n" + "\n".join([*held, "FJI", "ISL", "BTN"]) + "\n")


def test_embedded_lists_refuse_an_estimate_and_give_a_bound(found: Undercount) -> None:
    assert len(found.separate) < facts()["minimum_lists"]
    assert found.models is None
    assert found.record.estimate is None
    assert found.record.interval is None
    assert "separate list" in found.record.refused
    assert found.bound is not None
    assert found.bound_interval is not None
    assert found.units < found.bound < found.bound_interval.high
    assert [one.odds_ratio for one in found.dependence] == facts()["odds_ratios"]
    totals = [one.total for one in found.dependence]
    assert all(left is not None and right is not None and left < right for left, right in pairwise(totals))


def test_the_cells_add_up(found: Undercount) -> None:
    assert sum(cell.count for cell in found.cells) == found.units
    assert sum(cell.count for cell in found.cells if len(cell.lists) > 1) == found.overlap
    countries = [country for cell in found.cells for country in cell.countries]
    assert len(countries) == len(set(countries)) == found.units
    assert "CHN" not in countries, "the vendor's home is no market abroad"


def test_every_list_says_where_it_comes_from(found: Undercount) -> None:
    for one in found.lists:
        assert one.provenance
        assert bool(one.separate) != (not one.countries)
        assert one.countries or one.why
    brief = next(one for one in found.lists if one.name == "brief")
    assert "part of the world" in brief.why


def test_three_lists_give_models(tmp_path: Path, embedded: Registry, known: Indicators, found: Undercount) -> None:
    three = undercount(embedded, known, own={"press": _third(tmp_path, found)})
    assert three.record.refused == ""
    assert three.models is not None
    assert three.models.fitted + sum(three.models.left_out.values()) == 8
    assert three.record.estimate == three.models.total
    assert three.models.interval is not None
    assert three.models.total in three.models.interval
    assert "Log-linear" in three.record.method


def test_a_citing_list_is_no_third(tmp_path: Path, embedded: Registry, known: Indicators, found: Undercount) -> None:
    own = {"press": _third(tmp_path, found)}
    two = undercount(embedded, known, own=own, cites=[("press", "aigs")])
    assert len(two.separate) == 2
    assert two.models is None
    assert "cites the other" in next(one for one in two.lists if one.name == "press").why


def test_a_copy_of_a_list_is_no_third(tmp_path: Path, embedded: Registry, known: Indicators, found: Undercount) -> None:
    held = next(one for one in found.lists if one.name == "aigs").countries
    copy = undercount(embedded, known, own={"copy": _own(tmp_path, "country_iso3\n" + "\n".join(held) + "\n")})
    assert len(copy.separate) == 2


def test_low_overlap_is_refused(tmp_path: Path, embedded: Registry, known: Indicators, found: Undercount) -> None:
    apart = sorted(set(known.aigs_universe["country_iso3"]) - set(_held(found)))[:12]
    path = _own(tmp_path, "country_iso3\n" + "\n".join([*apart, "KEN", "UGA"]) + "\n")
    few = undercount(embedded, known, own={"press": path})
    assert "shares 2 countries" in next(one for one in few.lists if one.name == "press").why
    assert len(few.separate) == 2
    assert few.models is None
    assert few.bound == found.bound


def test_a_list_of_one_country_changes_nothing(
    tmp_path: Path, embedded: Registry, known: Indicators, found: Undercount
) -> None:
    """It once made two lists three, so that models were fitted, and lifted the bound."""
    for vendor in ("huawei", "zte"):
        alone = undercount(embedded, known, vendor=vendor)
        with_one = undercount(embedded, known, vendor=vendor, own={"x": _own(tmp_path, "country_iso3\nKEN\n")})
        assert with_one.models is None
        assert with_one.bound == alone.bound
        assert with_one.units == alone.units
        line = next(one for one in with_one.lists if one.name == "x")
        assert "holds 1 of the countries" in line.why
        assert line.separate == ""
    assert found.bound is not None


def test_models_without_an_estimate_are_refused_by_name(tmp_path: Path, embedded: Registry, known: Indicators) -> None:
    found = undercount(embedded, known)
    held = [country for cell in found.cells for country in cell.countries]
    everything = undercount(embedded, known, own={"x": _own(tmp_path, "country_iso3\n" + "\n".join(held) + "\n")})
    assert everything.models is None
    assert "none gives an estimate" in everything.record.refused


def test_a_bound_from_little_is_refused(embedded: Registry, known: Indicators, tmp_path: Path) -> None:
    zte = undercount(embedded, known, vendor="zte")
    assert zte.bound is None
    assert "no lower bound" in zte.record.answer
    agreements = embedded.agreements
    kenya = replace(embedded, agreements=agreements[agreements["country_iso3"] == "KEN"])
    one = undercount(kenya, known)
    assert one.bound is None
    assert "fewer than two separate lists" in one.bound_refused
    assert next(line for line in one.lists if line.name == "registry_news").why
    held = next(line for line in undercount(embedded, known).lists if line.name == "aigs").countries[:30]
    inside = undercount(kenya, known, own={"part": _own(tmp_path, "country_iso3\n" + "\n".join(held) + "\n")})
    assert inside.bound is None
    assert "no other holds" in inside.bound_refused
    assert all("the other lacks" in one.refused for one in inside.dependence)


def test_lists_are_compared_over_one_world_and_the_same_years(
    embedded: Registry, known: Indicators, found: Undercount
) -> None:
    assert found.until == last_common_year()
    looked_at = set(known.aigs_universe["country_iso3"])
    assert set(_held(found)) <= looked_at
    assert found.eligible < len(looked_at)
    assert any("No country came or went" in one for one in found.record.assumptions)
    everything = undercount(embedded, known, until="")
    assert any("goes beyond" in note for note in everything.record.notes)
    assert everything.bound is not None
    assert found.bound is not None
    assert found.bound < everything.bound


def test_a_list_of_every_country_tells_nothing(tmp_path: Path, embedded: Registry, known: Indicators) -> None:
    everyone = known.eligible.loc[known.eligible["is_eligible"] == "yes", "country_iso3"].unique()
    full = undercount(
        embedded, known, own={"all_of_them": _own(tmp_path, "country_iso3\n" + "\n".join(everyone) + "\n")}
    )
    assert "tells nothing apart" in next(one for one in full.lists if one.name == "all_of_them").why


def test_dates_of_a_list_are_used(tmp_path: Path, embedded: Registry, known: Indicators) -> None:
    path = _own(tmp_path, "country_iso3,announced\nISL,2019\nFJI,2023-05\nBTN,\n")
    dated = undercount(embedded, known, until="2020", own={"press": path})
    press = next(one for one in dated.lists if one.name == "press")
    assert press.countries == ("BTN", "ISL")
    assert any("after 2020" in note for note in press.notes)
    assert any("undated" in note for note in press.notes)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("country_iso3\nKEN\nKEN\n", "tells its rows apart"),
        ("country_iso3,city\nKEN,Nairobi\nKEN,Nairobi\n", "a key used once"),
        ("country_iso3\nXXX\n", "a country on the list"),
        ("country_iso3\nken\n", "three capital letters"),
        ("country_iso3,colour\nKEN,red\n", "unknown column"),
        ("land\nKEN\n", "no such column"),
        ("country_iso3\n", "at least one row"),
        ("", "a header"),
        ("country_iso3,city\nKEN,=1+1\n", "no spreadsheet runs"),
        ("country_iso3,city\nKEN\n", "2 cells"),
        ("country_iso3\nKEN\n\0", "NUL"),
        ('country_iso3,city\nKEN,"Nai\n', "well-formed CSV"),
        ("country_iso3,announced\nKEN,2019-13\n", "a date that exists"),
    ],
)
def test_hostile_lists_are_refused_by_name(
    text: str, words: str, tmp_path: Path, embedded: Registry, known: Indicators
) -> None:
    path = _own(tmp_path, text)
    with pytest.raises(TableError, match=r"own\.csv") as caught:
        undercount(embedded, known, own={"press": path})
    assert words in str(caught.value)


def test_other_refusals(tmp_path: Path, embedded: Registry, known: Indicators) -> None:
    good = _own(tmp_path, "country_iso3\nKEN\n")
    with pytest.raises(InputError, match="cannot be read"):
        undercount(embedded, known, own={"press": tmp_path / "nowhere.csv"})
    with pytest.raises(InputError, match="larger than"):
        undercount(embedded, known, own={"press": _own(tmp_path, "x" * 2_000_001, "big.csv")})
    with pytest.raises(InputError, match="in use"):
        undercount(embedded, known, own={"aigs": good})
    with pytest.raises(InputError, match="list name"):
        undercount(embedded, known, own={"A b": good})
    with pytest.raises(InputError, match="four digits"):
        undercount(embedded, known, until="soon")
    with pytest.raises(VocabularyError, match="did you mean hikvision"):
        undercount(embedded, known, vendor="hikvison")
    with pytest.raises(VocabularyError, match="that cites or is cited"):
        undercount(embedded, known, own={"press": good}, cites=[("press", "nobody")])
    with pytest.raises(InputError, match="part of the world"):
        undercount(embedded, known, own={"press": good}, cites=[("press", "brief")])
    late = _own(tmp_path, "country_iso3,announced\nKEN,2020\n", "late.csv")
    with pytest.raises(NoDataError, match="dated up to 2015"):
        undercount(embedded, known, until="2015", own={"press": late})


def test_without_overlap_there_is_no_bound() -> None:
    apart = CaptureTable.of_members({"a": {"x"}, "b": {"y"}})
    with pytest.raises(NoDataError, match="exactly two lists"):
        lower_bound(apart)
    with pytest.raises(NoDataError, match="common unit"):
        assumed_dependence(0, 1, 1, 1)
    with pytest.raises(InputError, match="odds ratio"):
        assumed_dependence(1, 1, 1, 0)
    with pytest.raises(InputError, match="three or more"):
        average(apart, 1)


def test_a_full_overlap_misses_nobody() -> None:
    same = lower_bound(CaptureTable.of_members({"a": {"x", "y"}, "b": {"x", "y"}}))
    assert same.unseen == 0
    assert same.interval.low == same.interval.high == 2


def test_lists_merge_in_chains() -> None:
    merged = merge_lists({"a": {"x"}, "b": {"y"}, "c": {"z"}}, [("a", "b"), ("b", "c")])
    assert merged == {("a", "b", "c"): {"x", "y", "z"}}


def test_the_order_of_lists_does_not_matter() -> None:
    cells = {"110": 9, "101": 7, "011": 5, "111": 4, "100": 30, "010": 25, "001": 20}
    forward = CaptureTable(("a", "b", "c"), {tuple(m == "1" for m in key): n for key, n in cells.items()})
    backward = CaptureTable(("c", "b", "a"), {tuple(m == "1" for m in key[::-1]): n for key, n in cells.items()})
    first, second = average(forward, 2), average(backward, 2)
    assert first.total == pytest.approx(second.total)
    assert first.interval is not None
    assert second.interval is not None
    assert first.interval.high == pytest.approx(second.interval.high, rel=1e-4)


def test_models_are_hierarchical_and_named_by_what_is_widest() -> None:
    assert [len(list(hierarchical_models(*size))) for size in ((3, 2), (4, 3), (5, 2))] == [8, 113, 1024]
    assert model_name("abc", [(0, 1), (1, 2)]) == "a x b + b x c"
    assert model_name("abc", []) == "independence"
    with pytest.raises(InputError, match="expected 1 to 2"):
        next(hierarchical_models(3, 3))


def test_known_population_is_held_by_the_interval() -> None:
    """Independent lists: the independence model's interval holds the truth in about as many samples as it says."""
    generator = np.random.default_rng(7)
    truth, held = 120, 0
    for _ in range(60):
        seen = generator.random((truth, 3)) < (0.35, 0.3, 0.25)
        patterns = [tuple(bool(mark) for mark in row) for row in seen if row.any()]
        table = CaptureTable(("a", "b", "c"), {pattern: patterns.count(pattern) for pattern in set(patterns)})
        interval = lower_bound(table).interval
        held += interval.low <= truth <= interval.high
        assert fit_model(table, []).total > table.units
    assert held >= 52


def test_the_command_prints_and_refuses(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["undercount"]) == 0
    printed = capsys.readouterr().out
    for words in ("no estimate", "lower bound of all countries", "odds ratio", "one compiler"):
        assert words in printed
    assert main(["undercount", "--vendor", "all", "--json"]) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["vendor"] == ""
    assert content["record"]["ids"] == sorted(content["record"]["ids"])
    path = _own(tmp_path, "country_iso3\nKEN\n")
    for arguments, words in (
        (["--list", "press"], "expected NAME=FILE"),
        (["--cites", "a="], "expected A=B"),
        (["--list", f"a={path}", "--list", f"a={path}"], "given twice"),
        (["--by", "19"], "four digits"),
    ):
        assert main(["undercount", *arguments]) == 1
        assert words in capsys.readouterr().err
