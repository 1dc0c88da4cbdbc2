"""GCJ-02 and BD-09 against another library, their inverses, and the detection of a shifted layer."""

import eviltransform
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.compute import coordinates

in_china = st.tuples(st.floats(75, 134), st.floats(18, 53))


@given(st.lists(in_china, min_size=1, max_size=20))
def test_forward_formulas_agree_with_another_library(points):
    lonlat = np.array(points)

    gcj, bd = coordinates.wgs84_to_gcj02(lonlat), coordinates.wgs84_to_bd09(lonlat)

    # That library takes the semi-major axis of another ellipsoid: at most a few hundredths of a metre apart.
    for (lon, lat), ours, ours_bd in zip(points, gcj, bd, strict=True):
        theirs = eviltransform.wgs2gcj(lat, lon)[::-1]
        theirs_bd = eviltransform.wgs2bd(lat, lon)[::-1]
        assert np.abs(np.array(theirs) - ours).max() < 1e-6
        assert np.abs(np.array(theirs_bd) - ours_bd).max() < 1e-6


@given(st.lists(in_china, min_size=1, max_size=20))
def test_inverses_are_exact_to_a_billionth_of_a_degree(points):
    lonlat = np.array(points)

    assert np.abs(coordinates.gcj02_to_wgs84(coordinates.wgs84_to_gcj02(lonlat)) - lonlat).max() <= 1e-9
    assert np.abs(coordinates.bd09_to_wgs84(coordinates.wgs84_to_bd09(lonlat)) - lonlat).max() <= 1e-9
    assert np.abs(coordinates.bd09_to_gcj02(coordinates.gcj02_to_bd09(lonlat)) - lonlat).max() <= 1e-9


def test_places_outside_china_stay_where_they_are():
    las_palmas = np.array([[-15.43, 28.1]])

    assert np.array_equal(coordinates.wgs84_to_gcj02(las_palmas), las_palmas)
    assert np.array_equal(coordinates.gcj02_to_wgs84(las_palmas), las_palmas)
    assert np.array_equal(coordinates.bd09_to_wgs84(las_palmas), las_palmas)


def test_no_points_are_taken():
    assert coordinates.gcj02_to_wgs84(np.empty((0, 2))).shape == (0, 2)
    assert coordinates.detect_shift(np.empty((0, 2)), np.empty((0, 2))).system == ""


def test_shapes_are_checked():
    with pytest.raises(ValueError, match="expected shape"):
        coordinates.wgs84_to_gcj02([1.0, 2.0])
    with pytest.raises(ValueError, match="equal shapes"):
        coordinates.detect_shift([[1.0, 2.0]], np.empty((0, 2)))


FORWARD = {"WGS 84": lambda p: p, "GCJ-02": coordinates.wgs84_to_gcj02, "BD-09": coordinates.wgs84_to_bd09}


def anchored(seed: int, count: int, system: str, mismatched: float):
    """Known places with noise of a building's size, a share of them paired with another thing of the same district."""
    rng = np.random.default_rng(seed)
    known = np.array([120.17, 30.25]) + rng.uniform(-0.06, 0.06, (count, 2))
    seen = known + rng.normal(0, 25 / 111_195, (count, 2))
    wrong = rng.permutation(count)[: round(mismatched * count)]
    seen[wrong] = np.array([120.17, 30.25]) + rng.uniform(-0.06, 0.06, (wrong.size, 2))
    return FORWARD[system](seen), known


@pytest.mark.parametrize("system", coordinates.SYSTEMS)
def test_thirty_anchors_tell_the_system_although_a_fifth_is_wrong(system):
    told = [coordinates.detect_shift(*anchored(seed, 30, system, 0.2)).system for seed in range(200)]

    assert told == [system] * 200


@pytest.mark.parametrize("system", coordinates.SYSTEMS)
def test_few_anchors_are_right_or_undecided_but_never_wrong(system):
    told = {
        coordinates.detect_shift(*anchored(seed, count, system, 0.2)).system
        for seed in range(200)
        for count in (1, 3, 5, 10)
    }

    assert told <= {system, ""}


def test_a_layer_off_in_some_other_way_is_not_told():
    points, known = anchored(1, 30, "WGS 84", 0)

    assert coordinates.detect_shift(points + np.array((0.02, 0.0)), known).system == ""


def test_haversine_of_a_degree_of_latitude():
    assert coordinates.haversine_m([[120.0, 30.0]], [[120.0, 31.0]])[0] == pytest.approx(6_371_008.8 * np.pi / 180)
