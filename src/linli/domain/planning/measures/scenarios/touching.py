"""Which communities a list of edits is about: where its places lie."""

from collections.abc import Sequence

import numpy as np
import shapely

from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind


def touched(ground: Ground, edits: Sequence[Edit]) -> tuple[frozenset[int], ...]:
    """Rows of the communities in which each edit's places lie; none where it names nothing that is known."""
    return tuple(_of_line(ground, edit) | _of_target(ground, edit) for edit in edits)


def _of_line(ground: Ground, edit: Edit) -> frozenset[int]:
    if not edit.line:
        return frozenset()
    xy = ground.metres(edit.line)
    drawn = shapely.LineString(xy) if len(xy) > 1 else shapely.Point(xy[0])
    return frozenset(np.flatnonzero(shapely.intersects(ground.communities, drawn)).tolist())


def _of_target(ground: Ground, edit: Edit) -> frozenset[int]:
    situation = ground.situation
    row = -1
    if edit.kind in {EditKind.OPEN_GATE, EditKind.CLOSE_GATE}:
        gate = ground.gate_row.get(edit.target, -1)
        row = ground.area_of(situation.gates.xy[gate], ground.communities) if gate >= 0 else -1
    elif edit.kind is EditKind.REMOVE_WALL and edit.target in situation.compounds.key:
        compound = ground.compounds[situation.compounds.key.index(edit.target)]
        return frozenset(np.flatnonzero(shapely.area(shapely.intersection(ground.communities, compound)) > 1).tolist())
    elif edit.kind is EditKind.CONVERT_PREMISES and edit.target in situation.premises.key:
        row = int(situation.premises.community[situation.premises.key.index(edit.target)])
    elif edit.target in ground.facility_row:
        row = int(situation.facilities.community[ground.facility_row[edit.target]])
    return frozenset({row} - {-1})
