"""Edits: what an officer changes in a scenario. A list of them says everything; the district stays as it is."""

from dataclasses import dataclass
from enum import StrEnum


class EditKind(StrEnum):
    OPEN_GATE = "open_gate"
    """A new gate in a compound's wall, or a known gate for more people or at more hours."""
    CLOSE_GATE = "close_gate"
    ADD_WAY = "add_way"
    """A footbridge, subway or path."""
    CLOSE_WAY = "close_way"
    REMOVE_WALL = "remove_wall"
    ADD_FACILITY = "add_facility"
    CONVERT_PREMISES = "convert_premises"
    """Premises, idle or not, become a facility."""
    MOVE_FACILITY = "move_facility"
    RESIZE_FACILITY = "resize_facility"
    CLOSE_FACILITY = "close_facility"
    SHARE_FACILITY = "share_facility"
    """A facility serves everybody, or serves as another kind too: a school's ground after hours."""
    ADD_HOMES = "add_homes"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. Which fields it needs depends on its kind; the others stay as they are.

    Places are named by the key of their record, which outlives editions, or by longitude and latitude (WGS 84).
    """

    kind: EditKind
    line: tuple[tuple[float, float], ...] = ()
    """Degrees: the whole way that is added or closed; one point for a gate, a facility or homes."""
    target: str = ""
    """Key of the gate, facility, premises or compound."""
    facility_kind: str = ""
    capacity: float | None = None
    area_m2: float | None = None
    people: tuple[int, ...] = ()
    """Residents of new homes by ``layers.AGE_BANDS``."""
    dwellings: int = 0
    open_to: str = "all"
    """``all`` or ``residents``."""
    slices: tuple[str, ...] = ()
    """Time slices in which the edit holds; empty: at all hours."""
    cost_fen: int | None = None
    """None where nobody has said."""
    note: str = ""
