"""Siting: what is wanted where, under which budget; the answer with its proven distance from the best possible.

Money is whole fen, people are whole persons. Places are named by key and by longitude and latitude (WGS 84).
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Objective(StrEnum):
    MAXIMAL_COVERING = "maximal_covering"
    """As many people as possible within the walking limit."""
    P_MEDIAN = "p_median"
    """The least walking in all: persons times meters to the nearest."""
    P_CENTER = "p_center"
    """The shortest walk of whoever walks farthest."""
    SET_COVERING = "set_covering"
    """The least cost at which everybody, or a given share, is within the walking limit."""

    @property
    def more_is_better(self) -> bool:
        return self is Objective.MAXIMAL_COVERING

    @property
    def unit(self) -> str:
        """Of ``SitingAnswer.value``: weighted persons, weighted person-meters, meters, or fen (sites without costs)."""
        return _UNITS[self]


_UNITS = {
    Objective.MAXIMAL_COVERING: "persons",
    Objective.P_MEDIAN: "person_m",
    Objective.P_CENTER: "m",
    Objective.SET_COVERING: "fen",
}


class Supply(StrEnum):
    """How a place is come by."""

    BUILD = "build"
    BUY = "buy"
    SWAP = "swap"
    LEASE = "lease"
    CONVERT = "convert"


class Origin(StrEnum):
    """What a candidate is now."""

    PREMISES = "premises"
    LAND = "land"
    BUILDING = "building"
    POINT = "point"
    """Drawn on the map."""


@dataclass(frozen=True, slots=True)
class SupplyWay:
    supply: Supply
    cost_fen: int | None
    """Once, in the year of opening; None where nobody has said."""
    cost_fen_yearly: int = 0
    """Each year of the plan from the year of opening."""


@dataclass(frozen=True, slots=True)
class Candidate:
    key: str
    """Of the record it stands for, or given to the drawn point; unique in the problem."""
    name: str
    at: tuple[float, float]
    """Longitude and latitude, degrees."""
    origin: Origin
    ways: tuple[SupplyWay, ...]
    area_m2: float | None = None
    """None where it is not known; it then has room for one function, which the answer marks."""
    capacity: float | None = None
    """People it can serve in each function; None leaves it to the function."""


@dataclass(frozen=True, slots=True)
class Function:
    """A kind of facility that is wanted."""

    kind: str
    """Key of the facility kind."""
    limit_m: float
    """Who lives within this walk is covered."""
    age_group: str = "all"
    weight: float = 1.0
    """Need: how much one person counts; taken to a hundredth."""
    area_m2: float = 0.0
    """Floor area it needs."""
    capacity: float | None = None
    """People that one facility can serve; None where it sets no limit."""
    people_per_m2: float | None = None
    """People that a square meter of its area serves; counts where the candidate's own capacity is not known."""
    cost_fen: int = 0
    """Fitting out, on top of the place."""
    cost_fen_yearly: int = 0
    shares: bool = True
    """Whether it may stand in a one-stop center with others."""


@dataclass(frozen=True, slots=True)
class SitingProblem:
    """The question. Facilities that exist count as open and cost nothing."""

    objective: Objective
    functions: tuple[Function, ...]
    candidates: tuple[Candidate, ...]
    facilities_most: int | None = None
    """Places that may be chosen, shared ones counted once; None for any number."""
    budget_fen: int | None = None
    """In total over all years; None for no limit."""
    budgets_fen: tuple[int, ...] = ()
    """For each year of the plan; money left over is not carried on. Empty: one year without a limit of its own."""
    first_year: int = 0
    """For showing: the calendar year of the first budget."""
    share: bool = True
    """Whether functions may share a place: a one-stop center."""
    cover_share: float = 1.0
    """Set covering only: the share of the people of each function to be within its limit."""

    @property
    def years(self) -> int:
        return max(1, len(self.budgets_fen))

    @property
    def has_budget(self) -> bool:
        return self.budget_fen is not None or bool(self.budgets_fen)


class FaultReason(StrEnum):
    """What is wrong with a problem; ``SitingFault.found`` holds what was found."""

    NO_CANDIDATES = "no_candidates"
    NO_FUNCTIONS = "no_functions"
    KEY_TWICE = "key_twice"
    FUNCTION_TWICE = "function_twice"
    OUTSIDE_DISTRICT = "outside_district"
    NO_WAY_OF_SUPPLY = "no_way_of_supply"
    NEGATIVE_COST = "negative_cost"
    COST_UNKNOWN = "cost_unknown"
    """A budget is set, or cost is the objective, and nobody has said what the candidate costs."""
    BAD_CAPACITY = "bad_capacity"
    BAD_AREA = "bad_area"
    BAD_BUDGET = "bad_budget"
    NO_LIMIT = "no_limit"
    """Neither a budget nor a number of facilities: everything would be chosen."""
    BAD_NUMBER = "bad_number"
    """Of facilities."""
    BAD_WALKING_LIMIT = "bad_walking_limit"
    BAD_WEIGHT = "bad_weight"
    BAD_SHARE = "bad_share"
    UNKNOWN_KIND = "unknown_kind"
    UNKNOWN_AGE_GROUP = "unknown_age_group"
    AGES_UNKNOWN = "ages_unknown"
    """The function serves an age group, and the district's people are not known by age."""
    NOT_TOGETHER = "not_together"
    """The objective places all functions at every choice, and this one shares with none."""
    CAPACITY_NOT_COUNTED = "capacity_not_counted"
    """The objective goes to the nearest and knows no capacity: use maximal or set covering."""


@dataclass(frozen=True, slots=True)
class SitingFault:
    """One reason why a problem is refused; nothing has been computed."""

    place: str
    """Key of the candidate or function; "" for the problem as a whole."""
    reason: FaultReason
    found: str = ""


@dataclass(frozen=True, slots=True)
class Served:
    """People of one function's age group."""

    kind: str
    people: int
    by_band: tuple[int, ...]
    """By ``layers.AGE_BANDS``; all zero where ages are not known, or capacity decides who is served."""


@dataclass(frozen=True, slots=True)
class Choice:
    candidate: str
    functions: tuple[str, ...]
    """Facility kinds; two and more make a one-stop center."""
    supply: Supply
    year: int
    """From 0, the first year of the plan."""
    cost_fen: int | None
    """Once; of the place and of fitting out."""
    cost_fen_yearly: int
    adds: tuple[Served, ...]
    """Within the limit only because of this choice: with all others in place, and without it, compared."""
    adds_value: float
    """What the objective would lose without this choice, in its unit; not negative. Of set covering: its cost."""
    next_best: str
    """The candidate that could best take its place, within all limits; "" where none could."""
    next_best_adds: tuple[Served, ...]
    next_best_value: float
    """What that one would add in its place, in the objective's unit. Of set covering: its cost."""
    area_unknown: bool = False


@dataclass(frozen=True, slots=True)
class Coverage:
    """One function before and after."""

    kind: str
    people: int
    covered_before: int
    covered_after: int
    after_by_band: tuple[int, ...]
    mean_m_before: float
    """Of those who reach one within the distances looked at; NaN where nobody does."""
    mean_m_after: float
    farthest_m_before: float
    """Infinite where somebody reaches none."""
    farthest_m_after: float


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """The best found with less money, or with fewer places: what the last of it buys."""

    budget_fen: int | None
    """None on a curve by number of places."""
    facilities: int
    """Chosen; on a curve by number, allowed."""
    value: float
    bound: float


class Ending(StrEnum):
    PROVEN = "proven"
    """Nothing better exists."""
    TIME = "time"
    """Time ran out, or the budgets of single years keep it from its bound; the gap says how far it can be off."""
    STOPPED = "stopped"
    """Somebody stopped it; likewise."""


class NoteReason(StrEnum):
    """What a reader of an answer should know."""

    TOO_SMALL = "too_small"
    """The candidate has no room for any of the functions."""
    REACHES_NOBODY = "reaches_nobody"
    """The candidate would cover nobody who is not covered already."""
    AREA_UNKNOWN = "area_unknown"
    OUT_OF_REACH = "out_of_reach"
    """People whom no candidate covers; ``amount`` says how many, ``place`` the function."""
    KIND_INCOMPLETE = "kind_incomplete"
    """The source does not claim to list all facilities of the function: people may be covered by one it misses."""
    PEOPLE_ESTIMATED = "people_estimated"
    """Some of the people are estimates."""
    NOTHING_TO_GAIN = "nothing_to_gain"
    """Everybody who could be covered is covered already."""
    YEARS_LESSEN = "years_lessen"
    """The budgets of single years, not the total, keep the answer from its bound."""


@dataclass(frozen=True, slots=True)
class Note:
    reason: NoteReason
    place: str = ""
    amount: int = 0


@dataclass(frozen=True, slots=True)
class SitingAnswer:
    objective: Objective
    choices: tuple[Choice, ...]
    """By year, then by what they add."""
    value: float
    """In ``objective.unit``. Of maximal covering: who is newly covered, weighted."""
    bound: float
    """No answer can be better than this."""
    gap: float
    """Proven: how far the value can be from the best, as a share; 0 is the best possible, infinite where unknown."""
    ending: Ending
    seconds: float
    coverage: tuple[Coverage, ...]
    cost_fen: int
    """Over all years, of what is said."""
    cost_fen_by_year: tuple[int, ...]
    curve: tuple[CurvePoint, ...]
    notes: tuple[Note, ...]


class Rule(StrEnum):
    """What could be relaxed."""

    BUDGET = "budget"
    """``works_from`` in fen, in total."""
    FACILITIES = "facilities"
    """A number of places."""
    WALKING_LIMIT = "walking_limit"
    """Meters, of the function in ``place``."""
    COVER_SHARE = "cover_share"
    """The greatest share that all candidates together reach, for the function in ``place``."""
    CAPACITY = "capacity"
    """People that the candidates in reach would have to serve more, for the function in ``place``."""


@dataclass(frozen=True, slots=True)
class Relaxation:
    rule: Rule
    now: float
    works_from: float
    proven: bool
    """Whether nothing less would do; else only that this works."""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Infeasible:
    """No choice keeps all rules. Relaxing one of these is enough; a rule named for several places, for all of them.

    Walking limit and share say what all candidates together could reach; with a budget or a number besides, these may
    then have to give as well.
    """

    relaxations: tuple[Relaxation, ...]
    """Empty where no rule alone would be enough."""
    seconds: float
    proven: bool = True
    """False where the time ran out, or somebody stopped it, before any choice was found: there may be one."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The best so far; None where nothing is found or proven yet. ``share`` of the time that may be used."""

    value: float | None
    bound: float | None
    share: float


Report = Callable[[Progress], None]
