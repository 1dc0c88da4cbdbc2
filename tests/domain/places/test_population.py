"""People by building: whole, never negative, and adding up exactly to what is known."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from linli.domain.places.rules import population
from linli.domain.places.rules.population import Controls, Homes
from linli.domain.places.rules.situation import PeopleSource

weights = arrays.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1e6))


@pytest.mark.slow
@settings(deadline=None)
@given(total=st.integers(0, 100_000), weight=weights)
def test_a_whole_is_shared_out_exactly(total: int, weight: np.ndarray) -> None:
    share = population.shared_out(total, weight)

    assert (share >= 0).all()
    assert share.sum() == (total if weight.sum() > 0 else 0)
    assert (share[weight == 0] == 0).all()
    if weight.sum() > 0:
        assert np.abs(share - total * weight / weight.sum()).max() < 1 + 1e-6


@pytest.mark.slow
@settings(deadline=None)
@given(
    people=arrays.arrays(np.int64, st.integers(1, 30), elements=st.integers(0, 500)),
    shares=arrays.arrays(np.float64, 7, elements=st.floats(0, 1)).filter(lambda some: some.sum() > 0.1),
)
def test_bands_add_up_by_building_and_by_band(people: np.ndarray, shares: np.ndarray) -> None:
    table = population.split_into_bands(people, shares)

    assert (table >= 0).all()
    assert table.sum(axis=1).tolist() == people.tolist()
    assert table.sum(axis=0).tolist() == population.shared_out(int(people.sum()), shares).tolist()


@st.composite
def districts(draw: Any) -> tuple[Homes, Controls]:
    """Communities in subdistricts, some without; figures known here and there; homes here and there."""
    communities, subdistricts = draw(st.integers(0, 4)), draw(st.integers(0, 2))
    homes = draw(st.integers(1, 12))
    figure = st.one_of(st.just(-1), st.integers(0, 2000))

    def ints(count: int, strategy: Any) -> np.ndarray:
        return np.array(draw(st.lists(strategy, min_size=count, max_size=count)), dtype=np.int64)

    has_register = ints(homes, st.integers(0, 1)).astype(bool)
    registered = np.array([ints(7, st.integers(0, 20)) for _ in range(homes)])
    return (
        Homes(
            community=ints(homes, st.integers(-1, communities - 1)).astype(np.int32),
            registered=np.where(has_register[:, None], registered, 0),
            has_register=has_register,
            residential=ints(homes, st.integers(0, 1)).astype(bool),
            weight=ints(homes, st.integers(1, 500)).astype(np.float64),
            grid_people=np.full(homes, np.nan),
        ),
        Controls(
            communities=ints(communities, figure),
            subdistrict_of=ints(communities, st.integers(-1, subdistricts - 1)).astype(np.int32),
            subdistricts=ints(subdistricts, figure),
            district=draw(st.one_of(st.just(-1), st.integers(0, 10_000))),
        ),
    )


@pytest.mark.slow
@settings(max_examples=120, deadline=None)
@given(case=districts())
def test_people_add_up_to_the_finest_figure_known(case: tuple[Homes, Controls]) -> None:
    homes, controls = case

    residents = population.settle(homes, controls, None)

    assert (residents.people >= 0).all()
    everybody = residents.people.sum(axis=1)
    register = homes.has_register
    assert (residents.people[register] == homes.registered[register]).all()
    assert (residents.source[register] == PeopleSource.REGISTER).all()
    assert (everybody[~homes.residential & ~register] == 0).all()
    assert ((everybody > 0) >= (residents.source >= PeopleSource.GRID)).all()
    for community in np.flatnonzero(controls.communities >= 0):
        here = homes.community == community
        known = int(controls.communities[community])
        counted = int(everybody[here & register].sum())
        free = (here & homes.residential & ~register).any()
        assert everybody[here].sum() == (max(known, counted) if free else counted)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(case=districts(), figure=st.integers(0, 5000))
def test_a_district_figure_alone_is_met_by_all_homes_together(case: tuple[Homes, Controls], figure: int) -> None:
    homes, controls = case
    nothing = Controls(
        np.full_like(controls.communities, -1),
        controls.subdistrict_of,
        np.full_like(controls.subdistricts, -1),
        figure,
    )
    no_register = Homes(
        homes.community,
        np.zeros_like(homes.registered),
        np.zeros_like(homes.has_register),
        homes.residential,
        homes.weight,
        homes.grid_people,
    )

    residents = population.settle(no_register, nothing, (0.1, 0.1, 0.1, 0.1, 0.4, 0.1, 0.1))

    inside = (homes.community >= 0) | (controls.communities.size == 0)
    placed = figure if (homes.residential & inside).any() else 0
    assert residents.people.sum() == placed
    assert residents.unplaced == figure - placed
    assert residents.bands_known


def test_a_coarser_figure_counts_for_what_the_finer_ones_leave() -> None:
    homes = Homes(
        community=np.array([0, 1, 2], dtype=np.int32),
        registered=np.zeros((3, 7), dtype=np.int64),
        has_register=np.zeros(3, dtype=bool),
        residential=np.ones(3, dtype=bool),
        weight=np.ones(3),
        grid_people=np.full(3, np.nan),
    )
    controls = Controls(
        communities=np.array([100, -1, -1]),
        subdistrict_of=np.array([0, 0, 1], dtype=np.int32),
        subdistricts=np.array([250, -1]),
        district=1000,
    )

    residents = population.settle(homes, controls, None)

    assert residents.people.sum(axis=1).tolist() == [100, 150, 750]
    assert not residents.bands_known


def test_a_grid_alone_keeps_its_own_figures() -> None:
    homes = Homes(
        community=np.array([0, 0, -1], dtype=np.int32),
        registered=np.zeros((3, 7), dtype=np.int64),
        has_register=np.zeros(3, dtype=bool),
        residential=np.ones(3, dtype=bool),
        weight=np.ones(3),
        grid_people=np.array([10.4, 20.4, 7.0]),
    )
    nothing = Controls(np.array([-1]), np.array([-1], dtype=np.int32), np.empty(0, dtype=np.int64), -1)

    residents = population.settle(homes, nothing, None)

    assert residents.people.sum(axis=1).tolist() == [10, 21, 0]
    assert residents.source.tolist() == [PeopleSource.GRID, PeopleSource.GRID, PeopleSource.NONE]
