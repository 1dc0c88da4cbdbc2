"""One facility, one record: what came as a point, as a polygon and as a tag on a building is merged."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

NEAR_M = 30.0
"""Records of one kind and one name this close are the same facility."""
SAME_SPOT_M = 1.0
"""Records of one kind this close are the same facility unless their names differ."""


@dataclass(frozen=True, slots=True)
class Merge:
    """Records that are one facility: the key that stays, and the others."""

    kept: str
    dropped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows that stay, in their order, with attributes filled up from the rows merged into them."""

    rows: NDArray[np.intp]
    attributes: tuple[Mapping[str, object], ...]
    merges: tuple[Merge, ...]


def merged_facilities(
    keys: Sequence[str], attributes: Sequence[Mapping[str, object]], geometry_m: NDArray[np.object_]
) -> Merged:
    """Merge records of the same kind: of one name within 30 m, or lying in one's polygon or on the same spot with names
    that do not contradict each other.

    The record with the largest polygon stays, else the first; what it does not know is filled from the others, in
    order. ``geometry_m`` is in metres and has no None.
    """
    group = _groups(attributes, geometry_m)
    order = np.lexsort([np.arange(group.size), -shapely.area(geometry_m), group])
    first = np.concatenate([[True], group[order][1:] != group[order][:-1]]) if group.size else np.empty(0, bool)
    members = np.split(order, np.flatnonzero(first)[1:]) if group.size else []
    members.sort(key=lambda rows: int(rows[0]))
    merges = tuple(
        Merge(keys[rows[0]], tuple(keys[row] for row in np.sort(rows[1:]))) for rows in members if rows.size > 1
    )
    return Merged(
        np.array([rows[0] for rows in members], dtype=np.intp),
        tuple(_filled([attributes[row] for row in rows]) for rows in members),
        merges,
    )


def _filled(records: Sequence[Mapping[str, object]]) -> Mapping[str, object]:
    whole: dict[str, object] = {}
    for record in records:
        for key, value in record.items():
            if value is not None:
                whole.setdefault(key, value)
    return whole


def _groups(attributes: Sequence[Mapping[str, object]], geometry_m: NDArray[np.object_]) -> NDArray[np.int64]:
    """(n,) number of the facility that each record belongs to."""
    count = len(attributes)
    name = np.array([_plain_name(record.get("name")) for record in attributes], dtype=object)
    kinds = [str(record.get("kind", "")) for record in attributes]
    kind = np.unique(kinds, return_inverse=True)[1] if count else np.empty(0, dtype=np.int64)
    one, other = shapely.STRtree(geometry_m).query(geometry_m, predicate="dwithin", distance=NEAR_M)
    same = (one < other) & (kind[one] == kind[other])
    one, other = one[same], other[same]
    named_alike = (name[one] == name[other]) & (name[one] != "")
    agree = (name[one] == name[other]) | (name[one] == "") | (name[other] == "")
    touching = shapely.distance(geometry_m[one], geometry_m[other]) <= SAME_SPOT_M
    is_same = named_alike | (agree & touching)
    one, other = one[is_same], other[is_same]
    graph = coo_array((np.ones(one.size, dtype=np.int8), (one, other)), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _plain_name(name: object) -> str:
    return "".join(unicodedata.normalize("NFKC", str(name or "")).split()).casefold()
