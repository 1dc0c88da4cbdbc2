"""Edits of facilities and premises: which rows go, which change, which are new."""

from dataclasses import dataclass, replace
from math import nan

import numpy as np
from numpy.typing import NDArray

from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.domain.planning.rules.scenarios.faults import EditFault, EditWrong, FaultKind
from linli.domain.planning.rules.scenarios.resolved import FacilityChanges, NewFacilities
from linli.domain.standards.rules import Openness, TimeSlice, openness


@dataclass(frozen=True, slots=True)
class _Facility:
    """One facility as the edits so far have it."""

    key: str
    name: str
    place: int
    xy: tuple[float, float]
    kind: int
    community: int
    compound: int
    capacity: float
    area_m2: float
    open_to_all: bool
    hours: str


class FacilityDraft:
    """Facilities while edits are applied to them, one after the other."""

    def __init__(self, ground: Ground, slice: TimeSlice | None) -> None:
        self.ground = ground
        self.slice = slice
        self.gone: dict[int, int] = {}
        """Rows of the base that an edit closed or moved, with its number."""
        self.gone_keys: dict[str, int] = {}
        self.changed: dict[int, _Facility] = {}
        self.added: dict[str, _Facility] = {}
        self.used: dict[int, int] = {}
        """Rows of premises, with the number of the edit that uses them."""
        self.always_open: set[int] = set()
        """Rows of the base whose hours an edit has lifted."""

    def apply(self, number: int, edit: Edit) -> None:
        """Take one edit in.

        Raises
        ------
        EditWrong
        """
        match edit.kind:
            case EditKind.ADD_FACILITY:
                self._add(number, edit)
            case EditKind.CONVERT_PREMISES:
                self._convert(number, edit)
            case EditKind.MOVE_FACILITY:
                self._move(number, edit)
            case EditKind.RESIZE_FACILITY:
                found = self._find(number, edit)
                self._put(found, capacity=_said(edit.capacity, found), area_m2=_said(edit.area_m2, found, area=True))
            case EditKind.CLOSE_FACILITY:
                self._take_away(number, self._find(number, edit))
            case EditKind.SHARE_FACILITY:
                self._share(number, edit)

    def _find(self, number: int, edit: Edit) -> _Facility:
        if edit.target in self.added:
            return self.added[edit.target]
        if edit.target in self.gone_keys:
            raise _wrong(number, FaultKind.FACILITY_GONE, edit.target, other=self.gone_keys[edit.target])
        row = self.ground.facility_row.get(edit.target)
        if row is None:
            raise _wrong(number, FaultKind.UNKNOWN_KEY, edit.target)
        return self.changed.get(row) or self._recorded(row)

    def _recorded(self, row: int) -> _Facility:
        known = self.ground.situation.facilities
        return _Facility(
            key=known.key[row],
            name=known.name[row],
            place=int(known.place[row]),
            xy=(float(known.xy[row, 0]), float(known.xy[row, 1])),
            kind=int(known.kind[row]),
            community=int(known.community[row]),
            compound=int(known.compound[row]),
            capacity=float(known.capacity[row]),
            area_m2=float(known.area_m2[row]),
            open_to_all=bool(known.open_to_all[row]),
            hours=known.hours[row] if known.hours else "",
        )

    def _put(self, found: _Facility, **changes: float | bool) -> None:
        changed = replace(found, **changes)  # type: ignore[arg-type]  # fields of numbers and flags only
        if found.key in self.added:
            self.added[found.key] = changed
        else:
            self.changed[self.ground.facility_row[found.key]] = changed

    def _take_away(self, number: int, found: _Facility) -> None:
        self.gone_keys[found.key] = number
        if found.key in self.added:
            del self.added[found.key]
        else:
            row = self.ground.facility_row[found.key]
            self.gone[row] = number
            self.changed.pop(row, None)

    def _add(self, number: int, edit: Edit) -> None:
        kind = self._kind(number, edit)
        xy = self.ground.metres(edit.line)[0]
        community, compound = self._area(number, edit.line[0], xy)
        self._new(number, edit, kind, (float(xy[0]), float(xy[1])), community, compound, edit.area_m2)

    def _convert(self, number: int, edit: Edit) -> None:
        premises = self.ground.situation.premises
        if edit.target not in premises.key:
            raise _wrong(number, FaultKind.UNKNOWN_KEY, edit.target)
        row = premises.key.index(edit.target)
        if row in self.used:
            raise _wrong(number, FaultKind.PREMISES_USED, edit.target, other=self.used[row])
        kind = self._kind(number, edit)
        community, compound = self._area(number, self.ground.degrees(premises.xy[row]), premises.xy[row])
        self.used[row] = number
        area = edit.area_m2 if edit.area_m2 is not None else float(premises.area_m2[row])
        at = (float(premises.xy[row, 0]), float(premises.xy[row, 1]))
        self._new(number, edit, kind, at, community, compound, area)

    def _move(self, number: int, edit: Edit) -> None:
        found = self._find(number, edit)
        xy = self.ground.metres(edit.line)[0]
        community, compound = self._area(number, edit.line[0], xy)
        self._take_away(number, found)
        del self.gone_keys[found.key]
        at = (float(xy[0]), float(xy[1]))
        self.added[found.key] = replace(found, xy=at, community=community, compound=compound)

    def _share(self, number: int, edit: Edit) -> None:
        found = self._find(number, edit)
        kind = self._kind(number, edit) if edit.facility_kind else found.kind
        if kind != found.kind:
            area = edit.area_m2 if edit.area_m2 is not None else found.area_m2
            self._new(number, edit, kind, found.xy, found.community, found.compound, area, name=found.name)
            return
        if found.open_to_all and not found.hours:
            raise _wrong(number, FaultKind.CHANGES_NOTHING, edit.target)
        if found.key not in self.added:
            self.always_open.add(self.ground.facility_row[found.key])
        self._put(replace(found, hours="") if found.key in self.added else found, open_to_all=True)

    def _kind(self, number: int, edit: Edit) -> int:
        kinds = self.ground.situation.facility_kinds
        if edit.facility_kind not in kinds:
            raise EditWrong(EditFault(number, FaultKind.UNKNOWN_KIND, field="facility_kind", found=edit.facility_kind))
        return kinds.index(edit.facility_kind)

    def _area(self, number: int, lonlat: tuple[float, float], xy: NDArray[np.float64]) -> tuple[int, int]:
        """Community and compound of a point."""
        community = self.ground.area_of(xy, self.ground.communities)
        if community < 0:
            raise EditWrong(EditFault(number, FaultKind.OUTSIDE_DISTRICT, place=lonlat))
        return community, self.ground.area_of(xy, self.ground.compounds)

    def _new(
        self,
        number: int,
        edit: Edit,
        kind: int,
        xy: tuple[float, float],
        community: int,
        compound: int,
        area_m2: float | None,
        *,
        name: str = "",
    ) -> None:
        self.added[f"#{number}"] = _Facility(
            key=f"#{number}",
            name=name,
            place=0,
            xy=xy,
            kind=kind,
            community=community,
            compound=compound,
            capacity=nan if edit.capacity is None else edit.capacity,
            area_m2=nan if area_m2 is None else area_m2,
            open_to_all=edit.open_to == "all",
            hours="",
        )

    def result(self) -> tuple[FacilityChanges, int]:
        """The changes, and how many facilities have no hours that anyone can read."""
        shut, unknown = self._shut()
        removed = sorted({*self.gone, *shut})
        rows = sorted(row for row in self.changed if row not in shut)
        values = [self.changed[row] for row in rows]
        stays = [one for one in self.added.values() if not self._is_shut(one.hours)]
        return FacilityChanges(
            removed=np.array(removed, dtype=np.int64),
            shut=np.array(sorted(shut - set(self.gone)), dtype=np.int64),
            changed=np.array(rows, dtype=np.int64),
            capacity=np.array([one.capacity for one in values], dtype=np.float64),
            area_m2=np.array([one.area_m2 for one in values], dtype=np.float64),
            open_to_all=np.array([one.open_to_all for one in values], dtype=np.bool_),
            added=self._columns(stays),
        ), unknown

    def _shut(self) -> tuple[set[int], int]:
        if self.slice is None:
            return set(), 0
        known = self.ground.situation
        hours = known.facilities.hours or ("",) * len(known.facilities.key)
        said = {text: openness(text, self.slice, known.day) for text in set(hours)}
        found = [said[text] for text in hours]
        shut = {row for row, one in enumerate(found) if one is Openness.CLOSED} - self.always_open
        return shut, sum(one is Openness.UNKNOWN for one in found)

    def _is_shut(self, hours: str) -> bool:
        if self.slice is None:
            return False
        return openness(hours, self.slice, self.ground.situation.day) is Openness.CLOSED

    def _columns(self, new: list[_Facility]) -> NewFacilities:
        xy = np.array([one.xy for one in new], dtype=np.float64).reshape(-1, 2)
        compound = np.array([one.compound for one in new], dtype=np.int32)
        return NewFacilities(
            key=tuple(one.key for one in new),
            name=tuple(one.name for one in new),
            place=np.array([one.place for one in new], dtype=np.int64),
            xy=xy,
            kind=np.array([one.kind for one in new], dtype=np.int16),
            community=np.array([one.community for one in new], dtype=np.int32),
            compound=compound,
            capacity=np.array([one.capacity for one in new], dtype=np.float64),
            area_m2=np.array([one.area_m2 for one in new], dtype=np.float64),
            open_to_all=np.array([one.open_to_all for one in new], dtype=np.bool_),
            hours=tuple(one.hours for one in new),
            anchors=self.ground.anchor(xy, compound),
        )


def _said(value: float | None, found: _Facility, *, area: bool = False) -> float:
    """What the edit says, else what is known."""
    if value is not None:
        return value
    return found.area_m2 if area else found.capacity


def _wrong(number: int, kind: FaultKind, key: str, *, other: int = 0) -> EditWrong:
    return EditWrong(EditFault(number, kind, key=key, other=other))
