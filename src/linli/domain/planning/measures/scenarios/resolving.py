"""From a list of edits to what it means for a situation, or to everything that is wrong with it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from math import nan

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios import cutting
from linli.domain.planning.measures.scenarios.facility_edits import FacilityDraft
from linli.domain.planning.measures.scenarios.ground import Ground
from linli.domain.planning.measures.scenarios.ground import ground as prepare
from linli.domain.planning.measures.scenarios.way_edits import WayDraft
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind, form_faults, to_json
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused, EditWrong, FaultKind
from linli.domain.planning.rules.scenarios.resolved import NewHomes, Resolved
from linli.domain.standards.rules import Openness, TimeSlice, openness

METHOD = 2
"""Counts up whenever the same edits would mean something else."""

Numbered = tuple[int, Edit]


def resolve(
    situation: Situation,
    edits: Sequence[Edit],
    *,
    slice: str = "",
    slices: Sequence[TimeSlice] = (),
    ground: Ground | None = None,
) -> Resolved:
    """What the edits mean in one time slice; with "" what holds at all hours, as the check-up counts.

    In a named slice the edits of that slice and those without slices hold, and recorded hours count: a facility or a
    gate that is shut in it does not serve. Gates' hours never shut residents out of their own compound. Closed ways and
    gates are closed for the whole list; all other edits take effect one after the other.

    Parameters
    ----------
    slices : time slices that edits may name, as ``standards.queries.time_slices`` has them
    ground : of the situation, where it is asked more than once

    Raises
    ------
    EditsRefused
        Naming every fault of the edits that hold in the slice, and every fault of form.
    ValueError
        If the slice that is asked for is not among the slices.
    """
    by_key = {one.key: one for one in slices}
    if slice and slice not in by_key:
        raise ValueError(f"slice: {slice!r} is not among {sorted(by_key)}")
    _refuse_forms(edits, by_key)
    return _Resolving(ground or prepare(situation), edits, by_key.get(slice)).result()


def resolve_all(
    situation: Situation, edits: Sequence[Edit], *, slices: Sequence[TimeSlice], ground: Ground | None = None
) -> dict[str, Resolved]:
    """``resolve`` for all hours and for every slice that an edit names; the faults of all of them at once.

    Raises
    ------
    EditsRefused
    """
    ground = ground or prepare(situation)
    named = {key for edit in edits for key in edit.slices}
    found: dict[str, Resolved] = {}
    faults: dict[EditFault, None] = {}
    for key in ["", *(one.key for one in slices if one.key in named)]:
        try:
            found[key] = resolve(situation, edits, slice=key, slices=slices, ground=ground)
        except EditsRefused as refused:
            faults |= dict.fromkeys(refused.faults)
    unknown = [fault for fault in _slice_faults(edits, {one.key for one in slices}) if fault not in faults]
    if faults or unknown:
        raise EditsRefused(sorted([*faults, *unknown], key=lambda fault: fault.number))
    return found


def _refuse_forms(edits: Sequence[Edit], slices: Mapping[str, TimeSlice]) -> None:
    faults = [*form_faults(edits), *_slice_faults(edits, set(slices))]
    if faults:
        raise EditsRefused(faults)


def _slice_faults(edits: Sequence[Edit], known: set[str]) -> Iterable[EditFault]:
    for number, edit in enumerate(edits, start=1):
        for key in edit.slices:
            if key not in known:
                allowed = " | ".join(sorted(known))
                yield EditFault(number, FaultKind.UNKNOWN_SLICE, field="slices", found=key, allowed=allowed)


class _Resolving:
    """One list of edits on its way."""

    def __init__(self, ground: Ground, edits: Sequence[Edit], slice: TimeSlice | None) -> None:
        self.ground, self.edits, self.slice = ground, edits, slice
        self.holding: list[Numbered] = [
            (number, edit)
            for number, edit in enumerate(edits, start=1)
            if not edit.slices or (slice is not None and slice.key in edit.slices)
        ]
        self.facilities = FacilityDraft(ground, slice)
        self.ways = WayDraft(ground)
        self.faults: list[EditFault] = []
        self.homes: list[tuple[int, Edit, NDArray[np.float64], int]] = []

    def result(self) -> Resolved:
        for number, edit in self.holding:
            self._take(number, edit, self.facilities.apply, self.ways.close, self._settle)
        for number, edit in self.holding:
            if not any(fault.number == number for fault in self.faults):
                self._take(number, edit, self.ways.draw)
        shut, kept, unknown_gates = self._shut_gates()
        changes = self.ways.changes(shut, kept)
        if not self.faults and (self.ways.closed or self.ways.shut):
            self.faults += cutting.cut_off(self.ground, self.ways, shut, kept)
        if self.faults:
            raise EditsRefused(sorted(self.faults, key=lambda fault: fault.number))
        facilities, unknown_facilities = self.facilities.result()
        return Resolved(
            slice=self.slice.key if self.slice else "",
            fingerprint=self._fingerprint(),
            changes=changes,
            facilities=facilities,
            homes=self._new_homes(),
            premises=np.array(sorted(self.facilities.used), dtype=np.int64),
            unwalled=np.array(sorted(self.ways.unwalled), dtype=np.int64),
            shut_gates=shut,
            kept_gates=kept,
            unknown_hours=unknown_gates + unknown_facilities,
            edits=tuple(number for number, _ in self.holding),
            cost_fen=sum(edit.cost_fen for edit in self.edits if edit.cost_fen is not None),
            cost_unknown=sum(edit.cost_fen is None for edit in self.edits),
        )

    def _take(self, number: int, edit: Edit, *steps: object) -> None:
        for step in steps:
            try:
                step(number, edit)  # type: ignore[operator]  # methods of one form
            except EditWrong as wrong:
                self.faults.append(wrong.fault)
                return

    def _settle(self, number: int, edit: Edit) -> None:
        if edit.kind is not EditKind.ADD_HOMES:
            return
        xy = self.ground.metres(edit.line)[0]
        community = self.ground.area_of(xy, self.ground.communities)
        if community < 0:
            raise EditWrong(EditFault(number, FaultKind.OUTSIDE_DISTRICT, place=edit.line[0]))
        self.homes.append((number, edit, xy, community))

    def _shut_gates(self) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """Gates shut by their hours, those kept for residents in spite of them, and how many hours nobody knows."""
        gates = self.ground.situation.gates
        if self.slice is None:
            nothing = np.empty(0, dtype=np.int64)
            return nothing, nothing, 0
        day = self.ground.situation.day
        found = [openness(text, self.slice, day) for text in gates.hours]
        asked = {row for row, one in enumerate(found) if one is Openness.CLOSED and gates.edges[row, 0] >= 0}
        asked -= self.ways.passable | set(self.ways.shut)
        kept = cutting.only_ways_home(self.ground, self.ways, asked)
        return (
            np.array(sorted(asked - kept), dtype=np.int64),
            np.array(sorted(kept), dtype=np.int64),
            sum(one is Openness.UNKNOWN for one in found),
        )

    def _new_homes(self) -> NewHomes:
        xy = np.array([xy for _, _, xy, _ in self.homes], dtype=np.float64).reshape(-1, 2)
        edits = [edit for _, edit, _, _ in self.homes]
        compound = np.array([self.ground.area_of(at, self.ground.compounds) for at in xy], dtype=np.int32)
        return NewHomes(
            key=tuple(f"#{number}" for number, *_ in self.homes),
            xy=xy,
            community=np.array([community for *_, community in self.homes], dtype=np.int32),
            compound=compound,
            grid_cell=np.array([self.ground.area_of(at, self.ground.grid_cells) for at in xy], dtype=np.int32),
            dwellings=np.array([edit.dwellings or -1 for edit in edits], dtype=np.int32),
            floor_area_m2=np.array([nan if edit.area_m2 is None else edit.area_m2 for edit in edits]),
            people=np.array([edit.people for edit in edits], dtype=np.int64).reshape(-1, len(AGE_BANDS)),
            anchors=self.ground.anchor(xy, compound),
        )

    def _fingerprint(self) -> str:
        """Only what can change a figure counts: not costs, notes, or edits that do not hold in the slice."""
        base = self.ground.situation.fingerprint
        if not self.holding and self.slice is None:
            return base
        bare = to_json([replace(edit, cost_fen=None, note="", slices=()) for _, edit in self.holding])
        numbers = [number for number, _ in self.holding]
        text = json.dumps([METHOD, base, repr(self.slice), numbers, bare], ensure_ascii=False, sort_keys=True)
        return sha256(text.encode()).hexdigest()
