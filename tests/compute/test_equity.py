"""Evenness, against its definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linli.compute.equity import gini, worst_tenth_share

lists = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 9)), max_size=30)


@given(lists)
def test_gini_is_half_the_mean_difference_between_two_people(groups: list[tuple[int, int]]) -> None:
    each = np.repeat([v for v, _ in groups], [n for _, n in groups]).astype(float)

    found = gini([v for v, _ in groups], [n for _, n in groups])

    if each.sum() == 0:
        assert math.isnan(found)
    else:
        expected = np.abs(each[:, None] - each).mean() / (2 * each.mean())
        assert found == pytest.approx(expected, abs=1e-9)


def test_the_worst_tenth() -> None:
    assert worst_tenth_share([5, 5, 5]) == pytest.approx(0.1)
    assert worst_tenth_share([0, 10], [1, 9]) == 0
    assert worst_tenth_share([1, 3], [5, 5]) == pytest.approx(1 / 20)
    assert math.isnan(worst_tenth_share([]))


def test_bad_values_are_named_with_their_row() -> None:
    with pytest.raises(ValueError, match="values: row 1"):
        gini([1, -1])
    with pytest.raises(ValueError, match="people: expected shape"):
        gini([1, 1], [1])
