"""What is wrong with a list of edits, as facts that a face turns into sentences."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class FaultKind(StrEnum):
    NOT_A_LIST = "not_a_list"
    TOO_MANY = "too_many"
    """More edits than one scenario may have."""
    FIELD = "field"
    """A field is missing, superfluous or not of the form that it must have."""
    UNKNOWN_SLICE = "unknown_slice"
    UNKNOWN_KIND = "unknown_kind"
    """No such kind of facility in the vocabulary."""
    UNKNOWN_KEY = "unknown_key"
    """The district has nothing of this key where the edit asks for it."""
    OUTSIDE_DISTRICT = "outside_district"
    NO_GATE_NEAR = "no_gate_near"
    NO_WALL_NEAR = "no_wall_near"
    NOT_WALLED = "not_walled"
    """The compound has no wall that keeps anybody out."""
    GATE_LOST = "gate_lost"
    """The gate hangs together with no walking network."""
    GATE_TO_NOWHERE = "gate_to_nowhere"
    """No inner path, or no public way, within reach of the gate."""
    GATE_JOINS_COMPOUNDS = "gate_joins_compounds"
    """From the gate to the public way one would walk through another walled compound."""
    WAY_TO_NOWHERE = "way_to_nowhere"
    """No way within reach of an end."""
    WAY_JOINS_COMPOUNDS = "way_joins_compounds"
    """The way would lead from one walled compound straight into another."""
    SAME_SPOT = "same_spot"
    """Both ends meet the network on the same spot."""
    NO_WAY_HERE = "no_way_here"
    """No way runs along the line."""
    CUTS_HOMES_OFF = "cuts_homes_off"
    """Homes could no longer reach the rest of the district; ``number`` is 0 where several edits do it together."""
    FACILITY_GONE = "facility_gone"
    """An earlier edit closed or moved it."""
    PREMISES_USED = "premises_used"
    """An earlier edit uses them."""
    CHANGES_NOTHING = "changes_nothing"
    """Things are already as the edit would make them."""


@dataclass(frozen=True, slots=True)
class EditFault:
    """One fault; what does not apply stays empty."""

    number: int
    """Of the edit, from 1; 0 for the list as a whole."""
    kind: FaultKind
    field: str = ""
    found: str = ""
    allowed: str = ""
    """Values or ranges, in no language."""
    key: str = ""
    place: tuple[float, float] | None = None
    """Longitude and latitude."""
    homes: int = 0
    """Buildings."""
    people: int = 0
    other: int = 0
    """Number of the earlier edit that stands against it."""


class EditsRefused(Exception):
    """The list of edits is refused as a whole; ``faults`` names everything that is wrong with it."""

    def __init__(self, faults: Iterable[EditFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"{fault.number}: {fault.kind}" for fault in self.faults))


class EditWrong(Exception):
    """One edit does not hold; ``resolve`` gathers these."""

    def __init__(self, fault: EditFault) -> None:
        self.fault = fault
        super().__init__(f"{fault.number}: {fault.kind}")
