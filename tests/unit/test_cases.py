"""Case files: fixed headings, a listed source behind every sentence, agreements that exist, no numbers without a place."""

from __future__ import annotations

import re

import pytest

from citywatch import registry
from citywatch.errors import InputError
from citywatch.publish.views.cases import HEADINGS, Case, case_files, parse_case

NO_SOURCE = {"What is not known", "Sources"}
SENTENCE = re.compile(r"(?<=[.!?\]])\s+(?=[A-Z“])")


def sections(case: Case) -> dict[str, str]:
    parts = re.split(r"^## (.+)$", case.text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.fixture(params=case_files(), ids=lambda case: case.slug)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def test_there_are_three_cases() -> None:
    assert {"fra-valenciennes", "ken-nairobi-mombasa", "mex-mexico-city"} <= {case.slug for case in case_files()}


def test_every_sentence_has_a_listed_source(case: Case) -> None:
    texts = sections(case)
    listed = set(re.findall(r"^(\d+)\. \[", texts["Sources"], flags=re.MULTILINE))
    assert listed == {str(number) for number in range(1, len(listed) + 1)}
    cited = set(re.findall(r"\[(\d+)\]", case.text.replace(texts["Sources"], "")))
    assert cited == listed, "a source that no sentence cites, or a number without a source"
    for heading, text in texts.items():
        if heading not in NO_SOURCE:
            bare = [one for one in SENTENCE.split(text.strip()) if not re.search(r"\[\d+\]", one)]
            assert bare == [], heading


def test_sources_are_addresses(case: Case) -> None:
    for entry in sections(case)["Sources"].strip().splitlines():
        assert re.fullmatch(r"\d+\. \[[^\]]+\]\(https?://[^\s)]+\)(?::.*)?\.", entry), entry


def test_cases_name_agreements_on_record(case: Case, embedded: registry.Registry) -> None:
    assert case.identifiers
    assert set(case.identifiers) <= set(embedded.agreements["agreement_id"])


def test_other_headings_are_refused() -> None:
    good = "# Title\n" + "".join(f"\n## {heading}\n\nText [1].\n" for heading in HEADINGS)
    assert parse_case("a", good).title == "Title"
    with pytest.raises(InputError, match="expected the headings"):
        parse_case("a", good.replace("## Competing interests", "## Interests"))
    with pytest.raises(InputError, match="in the first line"):
        parse_case("a", "Title\n")
