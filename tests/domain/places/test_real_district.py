"""A real municipality from files to an edition and back."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from package_builders import OSM_KINDS, VOCABULARIES

from linli.domain.places import operations, queries
from linli.domain.places.rules import assembly
from linli.domain.places.rules.situation import PeopleSource
from linli.interchange.package import read_package

EXAMPLE = Path(__file__).parents[3] / "docs" / "guides" / "examples" / "las-palmas"


@pytest.mark.data
@pytest.mark.long
def test_las_palmas_becomes_an_edition_that_gives_back_its_situation(
    real_data: Path, act: Any, officer_of: Any, db: None
) -> None:
    package = read_package(EXAMPLE, vocabularies=VOCABULARIES, osm_kinds=OSM_KINDS, data=real_data / "las-palmas")
    kinds = tuple(kind.key for kind in VOCABULARIES["facility_kinds"])
    situation, report = assembly.assemble_with_report(package, facility_kinds=kinds)

    assert situation.epsg == 32628
    assert len(situation.areas.code) == 29
    assert len(situation.buildings.key) > 20_000
    assert situation.network.nodes > 70_000
    assert report.dropped.nodes < situation.network.nodes / 5
    assert situation.buildings.people.sum() == 378_675
    assert not situation.bands_known
    assert set(situation.buildings.people_source.tolist()) == {PeopleSource.NONE, PeopleSource.FLOOR_AREA}

    place = operations.open_district(act, code=package.code, name=package.name).place
    scope = officer_of(place)
    edition = operations.import_package(act, scope, package, rest=True)
    back = queries.situation(scope, edition.id, facility_kinds=kinds)
    assert edition.fingerprint == package.fingerprint
    np.testing.assert_array_equal(back.buildings.people, situation.buildings.people)
    np.testing.assert_array_equal(back.buildings.anchors.to_head_cm, situation.buildings.anchors.to_head_cm)
    np.testing.assert_array_equal(back.network.length_cm, situation.network.length_cm)
