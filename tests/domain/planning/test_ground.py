"""Indexes answer as the slow ways do, on the synthetic district and on a real one."""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
import shapely
from package_builders import OSM_KINDS, VOCABULARIES

from linli.compute.network import INFINITY_CM
from linli.compute.snapping import snap
from linli.domain.places.rules import assembly, membership
from linli.domain.planning.measures.scenarios.applied import applied
from linli.domain.planning.measures.scenarios.cutting import cut_off
from linli.domain.planning.measures.scenarios.ground import Ground, ground
from linli.domain.planning.measures.scenarios.resolving import resolve
from linli.domain.planning.measures.scenarios.way_edits import WayDraft
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.scenarios.faults import EditsRefused, FaultKind
from linli.domain.standards import queries as standards
from linli.interchange.package import read_package
from linli.synthetic import city

SLICES = standards.time_slices()
EXAMPLE = Path(__file__).parents[3] / "docs" / "guides" / "examples" / "las-palmas"


@lru_cache(maxsize=1)
def a_city() -> Ground:
    package = city.city(5, communities=3, people=6000)
    return ground(assembly.assemble(package, facility_kinds=city.ALL_KINDS))


@pytest.mark.slow
def test_places_are_anchored_as_if_they_had_been_imported() -> None:
    on = a_city()
    buildings, network = on.situation.buildings, on.situation.network
    rng = np.random.default_rng(1)
    west, south = buildings.xy.min(axis=0)
    east, north = buildings.xy.max(axis=0)
    xy = np.column_stack([rng.uniform(west, east, 300), rng.uniform(south, north, 300)])
    compound = membership.area_at(shapely.points(xy), on.compounds)
    assert (compound >= 0).any()

    found, expected = on.anchor(xy, compound), snap(network, xy, compound)

    for part in ("edge", "to_tail_cm", "to_head_cm", "leg_cm"):
        assert np.array_equal(getattr(found, part), getattr(expected, part)), part


@pytest.mark.slow
def test_in_every_slice_everybody_still_comes_home() -> None:
    """What hours shut never cuts a home off that was not cut off before."""
    on = a_city()
    nobody = np.empty(0, dtype=np.int64)

    for one in SLICES:
        found = resolve(on.situation, (), slice=one.key, slices=SLICES, ground=on)
        ways = WayDraft(on)
        # As if an edit had closed them: the search then tells whom that cuts off.
        ways.shut = dict.fromkeys(found.shut_gates.tolist(), 1)
        faults = cut_off(on, ways, nobody, found.kept_gates)
        assert faults == (), one.key
    night = resolve(on.situation, (), slice="night", slices=SLICES, ground=on)
    assert night.shut_gates.size + night.kept_gates.size > 0


@pytest.mark.data
@pytest.mark.long
def test_las_palmas_is_planned(real_data: Path) -> None:
    package = read_package(EXAMPLE, vocabularies=VOCABULARIES, osm_kinds=OSM_KINDS, data=real_data / "las-palmas")
    kinds = tuple(kind.key for kind in VOCABULARIES["facility_kinds"])
    on = ground(assembly.assemble(package, facility_kinds=kinds))
    situation, rng = on.situation, np.random.default_rng(2)

    night = resolve(situation, (), slice="night", slices=SLICES, ground=on)
    refusals: list[FaultKind] = []
    for edge in rng.choice(on.public, 40):
        line = tuple(on.degrees(xy) for xy in situation.network.xy[situation.network.edges[edge]])
        try:
            found = resolve(situation, (Edit(EditKind.CLOSE_WAY, line=line),), ground=on)
        except EditsRefused as fault:
            refusals += [one.kind for one in fault.faults]
        else:
            assert edge in found.changes.closed

    recorded = np.array([bool(hours) for hours in situation.facilities.hours])
    assert recorded.sum() > 20
    assert recorded[night.facilities.shut].all()
    assert night.unknown_hours >= (~recorded).sum()
    assert len(refusals) < 10
    assert set(refusals) <= {FaultKind.CUTS_HOMES_OFF}
    closed = applied(situation, found)
    assert (closed.network.length_cm == INFINITY_CM).sum() == found.changes.closed.size
