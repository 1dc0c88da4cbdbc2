"""Edits: what an officer changes in a scenario. A list of them says everything; the district stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from math import isfinite
from types import MappingProxyType
from typing import Any

from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.planning.rules.scenarios.faults import EditFault, EditsRefused, FaultKind

EDITS_AT_MOST = 100
POINTS_AT_MOST = 200
PEOPLE_AT_MOST = 100_000
AMOUNT_AT_MOST = 1_000_000.0
COST_AT_MOST_FEN = 10**14
NOTE_AT_MOST = 500
OPEN_TO = ("all", "residents")


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


KIND_NAMES: Mapping[EditKind, str] = MappingProxyType(
    {
        EditKind.OPEN_GATE: "开门",
        EditKind.CLOSE_GATE: "关门",
        EditKind.ADD_WAY: "架桥铺路",
        EditKind.CLOSE_WAY: "封闭道路",
        EditKind.REMOVE_WALL: "拆除围墙",
        EditKind.ADD_FACILITY: "新建设施",
        EditKind.CONVERT_PREMISES: "用房改作设施",
        EditKind.MOVE_FACILITY: "迁移设施",
        EditKind.RESIZE_FACILITY: "扩建或缩减设施",
        EditKind.CLOSE_FACILITY: "关闭设施",
        EditKind.SHARE_FACILITY: "设施共享开放",
        EditKind.ADD_HOMES: "新增住宅",
    }
)


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit. Which fields it needs depends on its kind; the others stay as they are.

    Places are named by the key of their record, which outlives editions, or by longitude and latitude (WGS 84).
    """

    kind: EditKind
    line: tuple[tuple[float, float], ...] = ()
    """Degrees: the whole way that is added or closed; one point for a gate, a facility or homes."""
    target: str = ""
    """Key of the gate, facility, premises or compound; ``#3`` for the facility that the third edit made."""
    facility_kind: str = ""
    capacity: float | None = None
    area_m2: float | None = None
    people: tuple[int, ...] = ()
    """Residents of new homes by ``layers.AGE_BANDS``; where the district's ages are not known only the sum counts."""
    dwellings: int = 0
    open_to: str = "all"
    """``all`` or ``residents``."""
    slices: tuple[str, ...] = ()
    """Time slices in which the edit holds; empty: at all hours."""
    cost_fen: int | None = None
    """None where nobody has said."""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Form:
    """What an edit of one kind is made of."""

    points: tuple[int, int] = (0, 0)
    """How many points its line has, at least and at most."""
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    either: tuple[str, ...] = ()
    """Of these at least one."""


_POINT, _WAY = (1, 1), (2, POINTS_AT_MOST)
FORMS: Mapping[EditKind, Form] = MappingProxyType(
    {
        EditKind.OPEN_GATE: Form((0, 1), may=("open_to",), either=("line", "target")),
        EditKind.CLOSE_GATE: Form((0, 1), either=("line", "target")),
        EditKind.ADD_WAY: Form(_WAY, ("line",), ("open_to",)),
        EditKind.CLOSE_WAY: Form(_WAY, ("line",)),
        EditKind.REMOVE_WALL: Form(needs=("target",)),
        EditKind.ADD_FACILITY: Form(_POINT, ("line", "facility_kind"), ("capacity", "area_m2", "open_to")),
        EditKind.CONVERT_PREMISES: Form(needs=("target", "facility_kind"), may=("capacity", "area_m2", "open_to")),
        EditKind.MOVE_FACILITY: Form(_POINT, ("line", "target")),
        EditKind.RESIZE_FACILITY: Form(needs=("target",), either=("capacity", "area_m2")),
        EditKind.CLOSE_FACILITY: Form(needs=("target",)),
        EditKind.SHARE_FACILITY: Form(needs=("target",), may=("facility_kind", "capacity", "area_m2")),
        EditKind.ADD_HOMES: Form(_POINT, ("line", "people"), ("dwellings", "area_m2")),
    }
)
_ALWAYS = ("kind", "slices", "cost_fen", "note")


def to_json(edits: Sequence[Edit]) -> list[dict[str, Any]]:
    """Edits as JSON can hold them; what stays as it is is left out."""
    return [
        {field.name: _plain(value) for field in fields(edit) if (value := getattr(edit, field.name)) != field.default}
        for edit in edits
    ]


def _plain(value: object) -> object:
    if isinstance(value, StrEnum):
        return value.value
    return [_plain(part) for part in value] if isinstance(value, tuple) else value


def from_json(value: object) -> tuple[Edit, ...]:
    """The way back, of a list that anyone may have written.

    Raises
    ------
    EditsRefused
        Naming every fault with the number of its edit, the field, what was found and what is allowed.
    """
    if not isinstance(value, list):
        raise EditsRefused([EditFault(0, FaultKind.NOT_A_LIST, found=_short(value), allowed="[{...}, ...]")])
    if len(value) > EDITS_AT_MOST:
        raise EditsRefused([EditFault(0, FaultKind.TOO_MANY, found=str(len(value)), allowed=f"0…{EDITS_AT_MOST}")])
    faults: list[EditFault] = []
    edits = [_read(number, raw, faults) for number, raw in enumerate(value, start=1)]
    if faults:
        raise EditsRefused(faults)
    return tuple(edit for edit in edits if edit is not None)


def form_faults(edits: Sequence[Edit]) -> tuple[EditFault, ...]:
    """Faults of form, of edits that were made without ``from_json``."""
    try:
        from_json(to_json(edits))
    except EditsRefused as refused:
        return refused.faults
    return ()


def _read(number: int, raw: object, faults: list[EditFault]) -> Edit | None:
    """One edit; None after noting what is wrong with it."""

    def wrong(field: str, found: object, allowed: str) -> None:
        faults.append(EditFault(number, FaultKind.FIELD, field=field, found=_short(found), allowed=allowed))

    before = len(faults)
    if not isinstance(raw, dict):
        wrong("", raw, "{...}")
        return None
    kind = next((kind for kind in EditKind if kind.value == raw.get("kind")), None)
    if kind is None:
        wrong("kind", raw.get("kind"), " | ".join(EditKind))
        return None
    given = {key: value for key, value in raw.items() if key != "kind" and not _is_empty(key, value)}
    form = FORMS[kind]
    known = (*_ALWAYS, *form.needs, *form.may, *form.either)
    for key in given:
        if key not in known:
            wrong(str(key), given[key], " | ".join(known))
    for key in form.needs:
        if key not in given:
            wrong(key, None, _allowed(key, form))
    if form.either and not any(key in given for key in form.either):
        wrong(form.either[0], None, " | ".join(form.either))
    values: dict[str, Any] = {}
    for key in given:
        if key in known:
            read, fits = _READERS[key](given[key], form)
            if fits:
                values[key] = read
            else:
                wrong(key, given[key], _allowed(key, form))
    return Edit(kind, **values) if len(faults) == before else None


def _is_empty(key: object, value: object) -> bool:
    """Whether a field says no more than its default."""
    return value is None or value == _DEFAULTS.get(str(key), MISSING) or value in ("", [], ())


_DEFAULTS = {field.name: field.default for field in fields(Edit)}


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else text[:79] + "…"


_Reader = Callable[[Any, Form], tuple[Any, bool]]


def _line(value: Any, form: Form) -> tuple[Any, bool]:
    low, high = form.points
    if not isinstance(value, list | tuple) or not low <= len(value) <= high:
        return None, False
    points = []
    for point in value:
        if not isinstance(point, list | tuple) or len(point) != 2 or not all(_is_number(part) for part in point):
            return None, False
        lon, lat = float(point[0]), float(point[1])
        if not (abs(lon) <= 180 and abs(lat) <= 90):
            return None, False
        points.append((lon, lat))
    return tuple(points), True


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) < 2**63
    return isinstance(value, float) and isfinite(value)


def _text(longest: int) -> _Reader:
    def read(value: Any, form: Form) -> tuple[Any, bool]:
        return value, isinstance(value, str) and len(value) <= longest and can_be_kept(value)

    return read


def can_be_kept(text: str) -> bool:
    """Whether a database and a file can hold it: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= one <= "\udfff" for one in text)


def _amount(value: Any, form: Form) -> tuple[Any, bool]:
    return (float(value), 0 <= value <= AMOUNT_AT_MOST) if _is_number(value) else (None, False)


def _whole(highest: int) -> _Reader:
    def read(value: Any, form: Form) -> tuple[Any, bool]:
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= highest
        return value, fits

    return read


def _people(value: Any, form: Form) -> tuple[Any, bool]:
    if not isinstance(value, list | tuple) or len(value) != len(AGE_BANDS):
        return None, False
    fits = all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= PEOPLE_AT_MOST for n in value)
    return tuple(value), fits and sum(value) > 0


def _open_to(value: Any, form: Form) -> tuple[Any, bool]:
    return value, value in OPEN_TO


def _slices(value: Any, form: Form) -> tuple[Any, bool]:
    if not isinstance(value, list | tuple) or len(value) > 20 or not all(isinstance(one, str) for one in value):
        return None, False
    return tuple(dict.fromkeys(value)), all(0 < len(one) <= 40 and can_be_kept(one) for one in value)


_READERS: Mapping[str, _Reader] = {
    "line": _line,
    "target": _text(200),
    "facility_kind": _text(40),
    "capacity": _amount,
    "area_m2": _amount,
    "people": _people,
    "dwellings": _whole(PEOPLE_AT_MOST),
    "open_to": _open_to,
    "slices": _slices,
    "cost_fen": _whole(COST_AT_MOST_FEN),
    "note": _text(NOTE_AT_MOST),
}


def _allowed(field: str, form: Form) -> str:
    low, high = form.points
    said = {
        "line": f"[[lon, lat], ...] × {low if low == high else f'{low}…{high}'}",
        "people": f"{len(AGE_BANDS)} × 0…{PEOPLE_AT_MOST}, Σ > 0",
        "dwellings": f"0…{PEOPLE_AT_MOST}",
        "open_to": " | ".join(OPEN_TO),
        "slices": "[...]",
        "cost_fen": f"0…{COST_AT_MOST_FEN}",
        "capacity": f"0…{AMOUNT_AT_MOST:.0f}",
        "area_m2": f"0…{AMOUNT_AT_MOST:.0f}",
        "note": f"≤ {NOTE_AT_MOST}",
    }
    return said.get(field, "…")
