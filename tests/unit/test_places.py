from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from citywatch import places
from citywatch.errors import InputError, SettingError, VocabularyError

# Printed by `node tools/map/build.mjs --golden`: latitude, longitude, x, y by d3-geo.
GOLDEN = (
    (-1.2921, 36.8219, 541.6015, 247.8351),
    (40.7128, -74.006, 261.6816, 97.6791),
    (-33.8688, 151.2093, 827.2468, 365.7292),
    (35.6762, 139.6503, 794.6375, 114.1970),
    (0, 11, 469.9184, 243.0023),
    (-54.8019, -68.303, 295.6409, 430.3969),
    (78.2232, 15.6267, 477.9599, 7.1673),
    (64.7333, 177.5167, 801.6959, 30.9027),
    (-17.7134, 178.065, 923.2149, 308.7031),
    (-21.1393, -175.2049, 936.8537, 321.1261),
    (51.4779, 0, 445.0326, 64.8900),
    (-41.2866, 174.7756, 869.6355, 390.1646),
)

coordinates = st.floats(min_value=0, max_value=40, allow_nan=False)
clouds = st.lists(st.tuples(coordinates, coordinates), max_size=60)


@pytest.mark.parametrize(("latitude", "longitude", "x", "y"), GOLDEN)
def test_projection_agrees_with_d3(latitude: float, longitude: float, x: float, y: float) -> None:
    assert places.project(latitude, longitude) == pytest.approx((x, y), abs=0.001)


@pytest.mark.parametrize(("latitude", "longitude"), [(math.nan, 0), (0, math.nan), (91, 0), (0, 181)])
def test_point_out_of_range_is_refused(latitude: float, longitude: float) -> None:
    with pytest.raises(InputError, match="expected degrees"):
        places.project(latitude, longitude)


@given(clouds)
def test_spread_keeps_the_limit_and_repeats(cloud: list[tuple[float, float]]) -> None:
    found = places.spread(cloud, 2.6, 8)
    assert places.spread(cloud, 2.6, 8) == found
    moves = [math.dist(before, after) for before, after in zip(cloud, found, strict=True)]
    assert all(move <= 8 for move in moves)
    assert found.moved == sum(move > 0 for move in moves)


@given(clouds)
def test_spread_counts_what_still_overlaps(cloud: list[tuple[float, float]]) -> None:
    found = places.spread(cloud, 2.6, 8)
    spots = list(found)
    covered = sum(
        any(math.dist(one, other) < 5.2 - 1e-8 for j, other in enumerate(spots) if i != j)
        for i, one in enumerate(spots)
    )
    assert found.overlapping == covered


def test_spread_separates_a_stack() -> None:
    found = places.spread([(10.0, 10.0)] * 7, 2.6, 8)
    assert (found.positions[0], found.moved, found.overlapping, len(found)) == ((10.0, 10.0), 6, 0, 7)


def test_spread_leaves_marks_with_room_alone() -> None:
    cloud = [(0.0, 0.0), (5.2, 0.0), (50.0, 50.0)]
    assert places.spread(cloud, 2.6, 8) == places.Spread(tuple(cloud), 0, 0)
    assert places.spread([], 2.6, 8) == places.Spread((), 0, 0)


def test_spread_without_room_stays_and_is_counted() -> None:
    assert places.spread([(1.0, 1.0)] * 3, 2.6, 0) == places.Spread(((1.0, 1.0),) * 3, 0, 3)


def test_spread_of_many_marks_ends() -> None:
    rng = np.random.default_rng(7)
    sites = rng.uniform((0, 0), (960, 440), (300, 2))
    cloud = [(float(x), float(y)) for x, y in sites[rng.integers(0, 300, 10_000)]]
    found = places.spread(cloud, 2.6, 8)
    assert len(found) == 10_000


@pytest.mark.parametrize(("radius", "limit"), [(0.0, 8.0), (2.6, -1.0), (math.nan, 8.0)])
def test_spread_refuses_settings(radius: float, limit: float) -> None:
    with pytest.raises(SettingError):
        places.spread([(0.0, 0.0)], radius, limit)


def test_spread_refuses_missing_points() -> None:
    with pytest.raises(InputError, match="finite"):
        places.spread([(math.nan, 0.0)], 2.6, 8)


def test_unknown_code_is_refused() -> None:
    with pytest.raises(VocabularyError, match="'ZZZ'"):
        places.country_name("ZZZ")
    with pytest.raises(VocabularyError, match="'ken'"):
        places.country_slug("ken")


def test_countries_have_unique_names_and_slugs() -> None:
    table = places.countries()
    assert table["slug"].is_unique
    assert table["name"].is_unique
    assert table["slug"].str.fullmatch(r"[a-z]+(-[a-z]+)*").all()
    assert set(table["country_iso3"]) == places.country_codes()
    assert list(table["country_iso3"]) == sorted(table["country_iso3"])
    assert places.country_slug("CIV") == "cote-divoire"
    assert places.country_name("TUR") == "Türkiye"
    assert {"XKX", "TWN", "CHI", "NAM", "SUN"} <= places.country_codes()


def test_countries_are_a_copy() -> None:
    table = places.countries()
    table["name"] = ""
    assert places.country_name("KEN") == "Kenya"
    assert (places.countries()["name"] != "").all()


def test_capital_and_coordinates_go_together() -> None:
    table = places.countries()
    assert ((table["capital"] == "") == table["latitude"].isna()).all()
    assert (table["latitude"].isna() == table["longitude"].isna()).all()


@pytest.mark.parametrize("iso3", ["SGP", "MUS", "MLT", "BHR", "XKX", "TWN", "SYC", "CPV", "MDV"])
def test_small_countries_have_a_shape(iso3: str) -> None:
    assert places.world_shapes().countries[iso3].path.startswith("M")


def test_shapes_lie_in_the_frame_and_have_known_codes() -> None:
    world = places.world_shapes()
    assert set(world.countries) <= places.country_codes()
    assert {"Northern Cyprus", "Somaliland"} <= set(world.other)
    assert not set(world.countries) & {"ATA", "CHI"}
    for shape in (*world.countries.values(), *world.other.values()):
        left, top, right, bottom = shape.box
        assert 0 <= left <= right <= world.width
        assert 0 <= top <= bottom <= world.height
    assert world.borders.startswith("M")
    assert world.coast.startswith("M")


@pytest.mark.parametrize("iso3", ["KEN", "BRA", "MNG", "TCD", "AUS"])
def test_capitals_lie_in_the_box_of_their_country(iso3: str) -> None:
    table = places.countries().set_index("country_iso3")
    x, y = places.project(float(table["latitude"].loc[iso3]), float(table["longitude"].loc[iso3]))
    left, top, right, bottom = places.world_shapes().countries[iso3].box
    assert left <= x <= right
    assert top <= y <= bottom
