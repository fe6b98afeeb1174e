"""Vendors: the sentences that name them do, and the look-alikes do not."""

from __future__ import annotations

import pytest

from citywatch.codebook import Vendor, vendor_group, vendors
from citywatch.findings.search_effort import names_any


@pytest.mark.parametrize("vendor", [one for one in vendors() if one.positives], ids=lambda one: one.id)
def test_positives_name_the_vendor_and_lookalikes_do_not(vendor: Vendor) -> None:
    names = (vendor.name, *vendor.aliases)
    assert len(vendor.positives) >= 2
    assert len(vendor.lookalikes) >= 2
    assert [text for text in vendor.positives if not names_any(text, names)] == []
    assert [text for text in vendor.lookalikes if names_any(text, names)] == []


def test_ids_and_aliases_belong_to_one_vendor() -> None:
    ids = [one.id for one in vendors()]
    assert len(set(ids)) == len(ids)
    aliases = [alias.casefold() for one in vendors() for alias in one.aliases]
    assert len(set(aliases)) == len(aliases)


def test_a_home_that_is_known_says_on_what_it_rests() -> None:
    assert [one.id for one in vendors() if bool(one.home_iso3) != bool(one.home_basis)] == []
    assert [one.id for one in vendors() if (one.home_basis == "source") != bool(one.home_source)] == []


def test_the_first_group_wins() -> None:
    assert vendor_group(["huawei", "nec"]) == "huawei"
    assert vendor_group(["nec", "zte"]) == "china"
    assert vendor_group(["nec"]) == "other"
    assert vendor_group([]) == "none"
