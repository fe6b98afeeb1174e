"""The embedded registry: what the issue of record says it holds, and that nothing was filled in."""

from __future__ import annotations

import itertools
import json
import re

import krippendorff
import numpy as np
import pandas as pd
import pytest

from citywatch import coding, registry
from citywatch.registry.rules import recorded_values
from citywatch.registry.schema import AGREEMENTS
from citywatch.tables import split_series


def test_it_is_sound() -> None:
    assert registry.check() == ()


def test_brief_window(embedded: registry.Registry) -> None:
    agreements = embedded.agreements
    huawei = (
        split_series(agreements["vendors"])
        .eq("huawei")
        .groupby(level=0)
        .any()
        .reindex(agreements.index, fill_value=False)
    )
    window = agreements[huawei & (agreements["in_brief_window"] == "yes")]
    assert len(window) == 67
    assert window["country_iso3"].nunique() == 47


def test_low_confidence_and_out_of_window_rows_stay(embedded: registry.Registry) -> None:
    assert (embedded.agreements["confidence"] == "low").sum() >= 30
    assert (embedded.agreements["in_brief_window"] == "no").sum() >= 150


def test_circular_rows_are_marked(embedded: registry.Registry) -> None:
    circular = embedded.agreements[embedded.agreements["is_circular"] == "yes"]
    assert sorted(circular["country_iso3"]) == ["ETH", "TUN"]
    assert (circular["confidence"] == "low").all()


@pytest.mark.parametrize(
    ("agreement_id", "field", "value"),
    [
        ("mmr-mandalay-huawei", "announced", "2019-05"),
        ("mar-marrakech-huawei-2015", "status", "suspended"),
        ("mus-national-huawei-2017", "announced", "2017-12-19"),
        ("sle-freetown-china-2025", "vendors", ""),
        ("gnq-malabo-bata-huawei-2024", "cameras", "6000"),
        ("mdg-national-huawei-2018", "kind", "framework"),
    ],
)
def test_corrections_are_applied_with_their_source(
    embedded: registry.Registry, agreement_id: str, field: str, value: str
) -> None:
    assert recorded_values(embedded.agreements)[agreement_id, field] == value
    evidence = embedded.evidence.query("agreement_id == @agreement_id and field == @field")
    chosen = evidence[evidence["is_chosen"] == "yes"]
    assert chosen["value"].tolist().count(value) >= 1
    assert (chosen["choice_reason"] != "").any()


def test_evidence_is_never_filled_in(embedded: registry.Registry) -> None:
    """What was read again says where, what and when; what was not read again says nothing."""
    read_again = embedded.evidence["checked_on"] != ""
    told = embedded.evidence["said"] != ""
    assert (read_again | ~told).all()
    assert (told | ~read_again).mean() > 0.99
    assert read_again[embedded.evidence["origin"].isin(["re_read", "new_row"])].all()


def test_values_without_evidence_stay_without(embedded: registry.Registry) -> None:
    values = recorded_values(embedded.agreements)
    counted = [name for name in AGREEMENTS.names if name in registry.vocabulary_sets()["agreement_field"]]
    stated = values[(values != "") & values.index.get_level_values("field").isin(counted)]
    chosen = embedded.evidence[embedded.evidence["is_chosen"] == "yes"]
    share = stated.index.isin(pd.MultiIndex.from_frame(chosen[["agreement_id", "field"]])).mean()
    assert 0.4 < share < 0.95


def test_new_rows_rest_on_evidence_for_what_they_say(embedded: registry.Registry) -> None:
    """An agreement that was added later shows a source for its country, kind and products."""
    new = set(embedded.evidence.loc[embedded.evidence["origin"] == "new_row", "agreement_id"])
    old = set(embedded.evidence.loc[embedded.evidence["origin"] != "new_row", "agreement_id"])
    chosen = embedded.evidence[embedded.evidence["is_chosen"] == "yes"]
    carried = set(zip(chosen["agreement_id"], chosen["field"], strict=True))
    bare = [
        (name, field)
        for name in sorted(new - old)
        for field in ("products", "kind", "country_iso3")
        if (name, field) not in carried
    ]
    assert bare == []


def test_every_agreement_has_a_source(embedded: registry.Registry) -> None:
    assert set(embedded.agreements["agreement_id"]) == set(embedded.evidence["agreement_id"])


def test_pledges_are_no_cameras(embedded: registry.Registry) -> None:
    announced = embedded.agreements.query("status == 'announced'")["agreement_id"]
    running = embedded.events.query("kind == 'operational'")["agreement_id"]
    assert not set(announced) & set(running)


def test_descriptor_names_licence_and_citation_of_each_table() -> None:
    descriptor = json.loads((registry.embedded_folder() / "datapackage.json").read_text())
    assert [resource["name"] for resource in descriptor["resources"]] == [table.name for table in registry.TABLES]
    assert all(resource["licenses"][0]["name"] and resource["citation"] for resource in descriptor["resources"])


def test_descriptor_is_valid_for_its_own_standard() -> None:
    descriptor = json.loads((registry.embedded_folder() / "datapackage.json").read_text())
    assert descriptor["profile"] == "tabular-data-package"
    for resource in descriptor["resources"]:
        assert resource["profile"] == "tabular-data-resource"
        fields = {field["name"] for field in resource["schema"]["fields"]}
        assert set(resource["schema"]["primaryKey"]) <= fields
        assert re.fullmatch(r"sha256:[0-9a-f]{64}", resource["hash"])
        for key in resource["schema"]["foreignKeys"]:
            assert set(key["fields"]) <= fields


def test_saving_and_loading_gives_the_same_bytes(
    embedded: registry.Registry, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("saved")
    registry.save(embedded, folder)
    for path in sorted(registry.embedded_folder().glob("*.csv")):
        assert (folder / path.name).read_bytes() == path.read_bytes(), path.name
    assert registry.check(folder) == ()


def test_shipped_reliability_equals_another_implementation(embedded: registry.Registry) -> None:
    """Krippendorff's alpha of the nominal fields, recomputed from the shipped judgements by another package."""
    log = embedded.judgements.assign(sample_id=embedded.judgements["sheet_id"].map(coding.sample_of))
    shipped = embedded.reliability.set_index(["sample_id", "field"])
    checked = 0
    samples = sorted(set(log["sample_id"]))
    for sample, field in itertools.product(samples, ("scope", "kind", "status", "announced", "in_brief_window")):
        here = (log["sample_id"] == sample) & (log["field"] == field) & (log["role"] == "coder")
        given = log[here & (log["answer"] == "value")]
        table = given.pivot(index="coder", columns="agreement_id", values="value")
        words = sorted(set(given["value"]))
        codes = table.map(lambda cell, words=words: float(words.index(cell)) if isinstance(cell, str) else np.nan)
        alpha = krippendorff.alpha(reliability_data=codes.to_numpy(dtype="float64"), level_of_measurement="nominal")
        assert shipped.at[(sample, field), "alpha"] == pytest.approx(float(alpha), abs=1e-9)
        checked += 1
    assert checked == 5 * len(samples) == 10


def test_the_log_of_judgements_is_unbroken(embedded: registry.Registry) -> None:
    digest = coding.verify_log(embedded.judgements, "judgements.csv")
    assert digest == embedded.judgements["digest"].iloc[-1]
