"""The form in which a siting is asked: as text, as a problem, and as sentences beside its fields."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation

from django.http import QueryDict
from django.utils.translation import gettext as _

from linli.domain.planning.rules.siting.problems import (
    Candidate,
    FaultReason,
    Function,
    Objective,
    Origin,
    SitingFault,
    SitingProblem,
    Supply,
    SupplyWay,
)
from linli.domain.planning.rules.siting.terms import SitingTerms
from linli.faces.desk.planning.siting_words import FEN_PER_WAN, fault

ROWS = 4
"""Functions that one question may ask for."""
YEARS = 5
POINTS_MOST = 200
LIMITS_S = (20, 60, 180)
_LARGEST = Decimal(10) ** 9
_ROW = ("kind", "age", "limit", "area", "weight", "capacity")
Prices = Mapping[Origin, Sequence[tuple[Supply, int, int]]]
"""Of an origin the ways of supply, each with fen per square meter, once and yearly."""


@dataclass(frozen=True, slots=True)
class FunctionRow:
    """One kind that is wanted, as text; what is empty follows the standard."""

    kind: str = ""
    age_group: str = ""
    limit_m: str = ""
    area_m2: str = ""
    weight: str = ""
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class WayRow:
    """One way of supply of one origin, with its price per square meter in yuan, as text."""

    origin: Origin
    supply: Supply
    used: bool
    yuan: str
    yuan_yearly: str


@dataclass(frozen=True, slots=True)
class Point:
    """A site drawn on the map."""

    at: tuple[float, float]
    name: str


@dataclass(frozen=True, slots=True)
class SitingForm:
    """Everything that the page asks, as text."""

    name: str = ""
    home: str = ""
    rows: tuple[FunctionRow, ...] = ()
    origins: frozenset[Origin] = frozenset({Origin.PREMISES})
    left_out: frozenset[str] = frozenset()
    """Keys of candidates that were taken off the list."""
    points: tuple[Point, ...] = ()
    ways: tuple[WayRow, ...] = ()
    objective: Objective = Objective.MAXIMAL_COVERING
    most: str = "3"
    budget: str = ""
    first_year: str = ""
    budgets: tuple[str, ...] = ()
    cover_percent: str = "100"
    share: bool = True
    limit_s: int = 60


@dataclass(slots=True)
class Faults:
    """Sentences by field."""

    by_field: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, sentence: str) -> None:
        said = self.by_field.setdefault(name, [])
        if sentence not in said:
            said.append(sentence)

    def __bool__(self) -> bool:
        return bool(self.by_field)


def of_post(data: QueryDict, terms: SitingTerms) -> SitingForm:
    """What was sent; whatever is not of its form is left as it is for ``problem_of`` to name."""
    rows = tuple(FunctionRow(*(data.get(f"{name}-{n}", "").strip()[:40] for name in _ROW)) for n in range(ROWS))
    ways = tuple(
        WayRow(
            one.origin,
            one.supply,
            f"way-{one.origin}-{one.supply}" in data,
            data.get(f"yuan-{one.origin}-{one.supply}", "").strip()[:20],
            data.get(f"yearly-{one.origin}-{one.supply}", "").strip()[:20],
        )
        for one in terms.supplies
    )
    return SitingForm(
        name=data.get("name", "").replace("\0", "").strip()[:80],
        home=data.get("home", ""),
        rows=tuple(row for row in rows if row.kind),
        origins=frozenset(one for one in Origin if f"origin-{one}" in data),
        left_out=frozenset(_strings(data.get("left_out", ""))),
        points=_points(data.get("points", "")),
        ways=ways,
        objective=_member(data.get("objective", "")),
        most=data.get("most", "").strip()[:10],
        budget=data.get("budget", "").strip()[:20],
        first_year=data.get("first_year", "").strip()[:6],
        budgets=_trimmed(tuple(data.get(f"budget-{n}", "").strip()[:20] for n in range(YEARS))),
        cover_percent=data.get("cover_percent", "100").strip()[:10],
        share="share" in data,
        limit_s=next((one for one in LIMITS_S if str(one) == data.get("limit_s")), LIMITS_S[1]),
    )


def _member(text: str) -> Objective:
    return next((one for one in Objective if one == text), Objective.MAXIMAL_COVERING)


def _trimmed(budgets: tuple[str, ...]) -> tuple[str, ...]:
    """Without the empty years at the end."""
    while budgets and not budgets[-1]:
        budgets = budgets[:-1]
    return budgets


def _strings(text: str) -> list[str]:
    found = _json(text)
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _points(text: str) -> tuple[Point, ...]:
    found = _json(text)
    if not isinstance(found, list):
        return ()
    points: list[Point] = []
    for one in found[:POINTS_MOST]:
        match one:
            case [int() | float() as lon, int() | float() as lat] if -180 <= lon <= 180 and -90 <= lat <= 90:
                points.append(Point((float(lon), float(lat)), _("图上第 %(n)s 点") % {"n": len(points) + 1}))
    return tuple(points)


def _json(text: str) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def blank(terms: SitingTerms, kinds: Sequence[str], *, home: str = "") -> SitingForm:
    """A form with the standards' figures in it."""
    ways = tuple(
        WayRow(
            one.origin,
            one.supply,
            terms.ways(one.origin)[0] is one,
            f"{one.fen_per_m2 / 100:g}",
            f"{one.fen_per_m2_yearly / 100:g}",
        )
        for one in terms.supplies
    )
    return SitingForm(home=home, rows=tuple(FunctionRow(kind) for kind in kinds), ways=ways)


def like(problem: SitingProblem, terms: SitingTerms, *, name: str, home: str, limit_s: float) -> SitingForm:
    """The form in which a study was asked, to be changed and asked anew."""
    rows = tuple(
        FunctionRow(
            one.kind,
            one.age_group,
            f"{one.limit_m:g}",
            f"{one.area_m2:g}",
            f"{one.weight:g}",
            "" if one.capacity is None else f"{one.capacity:g}",
        )
        for one in problem.functions
    )
    used = {(one.origin, way.supply) for one in problem.candidates for way in one.ways}
    start = blank(terms, [])
    return SitingForm(
        name=name,
        home=home,
        rows=rows,
        origins=frozenset(one.origin for one in problem.candidates) - {Origin.POINT},
        points=tuple(Point(one.at, one.name) for one in problem.candidates if one.origin is Origin.POINT),
        ways=tuple(
            WayRow(one.origin, one.supply, (one.origin, one.supply) in used, one.yuan, one.yuan_yearly)
            for one in start.ways
        ),
        objective=problem.objective,
        most="" if problem.facilities_most is None else str(problem.facilities_most),
        budget=_wan(problem.budget_fen),
        first_year=str(problem.first_year or ""),
        budgets=tuple(_wan(each) for each in problem.budgets_fen),
        cover_percent=f"{100 * problem.cover_share:g}",
        share=problem.share,
        limit_s=min(LIMITS_S, key=lambda each: abs(each - limit_s)),
    )


def _wan(fen: int | None) -> str:
    return "" if fen is None else f"{(Decimal(fen) / FEN_PER_WAN).normalize():f}"


def functions_of(
    form: SitingForm, terms: SitingTerms, limits: Mapping[str, float], faults: Faults
) -> tuple[Function, ...]:
    """The functions asked for; what is empty follows the standard. ``limits``: walk of each kind in meters."""
    if not form.rows:
        faults.add("kind-0", _("请至少选一类设施。"))
    return tuple(_function(n, row, terms, limits, faults) for n, row in enumerate(form.rows))


def _function(n: int, row: FunctionRow, terms: SitingTerms, limits: Mapping[str, float], faults: Faults) -> Function:
    usual = terms.function(row.kind)
    capacity = _number(row.capacity, f"capacity-{n}", faults)
    return Function(
        kind=row.kind,
        limit_m=_said(row.limit_m, f"limit-{n}", faults, limits.get(row.kind, terms.other_limit_m)),
        age_group=row.age_group or usual.age_group,
        weight=_said(row.weight, f"weight-{n}", faults, 1.0),
        area_m2=float(usual.area_m2 if not row.area_m2 else _number(row.area_m2, f"area-{n}", faults) or 0),
        capacity=None if capacity is None else float(capacity),
        shares=usual.shares,
    )


def _said(text: str, name: str, faults: Faults, usual: float) -> float:
    """A number as it was written, 0 too; the usual one where nothing is written."""
    number = _number(text, name, faults)
    return usual if number is None else float(number)


def problem_of(
    form: SitingForm,
    terms: SitingTerms,
    limits: Mapping[str, float],
    candidates: Sequence[Candidate],
    faults: Faults,
) -> SitingProblem:
    """The question; what is wrong with it as text stands in ``faults``. ``candidates`` come without their ways."""
    functions = functions_of(form, terms, limits, faults)
    prices = _prices(form, faults)
    most = _number(form.most, "most", faults)
    if most is not None and (most != most.to_integral_value() or most < 1):
        faults.add("most", _("最多几处请填 1 或更大的整数。"))
        most = None
    year = _number(form.first_year, "first_year", faults)
    cover = _number(form.cover_percent, "cover_percent", faults)
    return SitingProblem(
        objective=form.objective,
        functions=functions,
        candidates=tuple(_priced(one, prices, functions, form.share) for one in candidates),
        facilities_most=None if most is None else int(most),
        budget_fen=_fen(form.budget, "budget", faults),
        budgets_fen=tuple(_fen(each, f"budget-{n}", faults) or 0 for n, each in enumerate(form.budgets)),
        first_year=int(year) if year is not None and 1900 <= year <= 2200 else 0,
        share=form.share,
        cover_share=float((100 if cover is None else cover) / 100),
    )


def _priced(one: Candidate, prices: Prices, functions: Sequence[Function], share: bool) -> Candidate:
    """A candidate with its ways of supply, priced by the floor that would be used."""
    areas = [each.area_m2 for each in functions]
    need = sum(areas) if share else max(areas, default=0.0)
    floor = need if one.area_m2 is None else min(need, one.area_m2) if need else one.area_m2
    ways = tuple(
        SupplyWay(supply, round(floor * fen), round(floor * yearly))
        for supply, fen, yearly in prices.get(one.origin, ())
    )
    return Candidate(one.key, one.name, one.at, one.origin, ways, one.area_m2, one.capacity)


def _prices(form: SitingForm, faults: Faults) -> Prices:
    found: dict[Origin, list[tuple[Supply, int, int]]] = {}
    for row in form.ways:
        if row.used:
            once, yearly = (
                _number(text, f"way-{row.origin}-{row.supply}", faults) or Decimal(0)
                for text in (row.yuan, row.yuan_yearly)
            )
            found.setdefault(row.origin, []).append((row.supply, round(once * 100), round(yearly * 100)))
    return found


def _fen(text: str, name: str, faults: Faults) -> int | None:
    number = _number(text, name, faults)
    return None if number is None else round(number * FEN_PER_WAN)


def _number(text: str, name: str, faults: Faults) -> Decimal | None:
    """None where nothing is written, or what is written is no number."""
    plain = text.replace(",", "").replace(",", "").strip()
    if not plain:
        return None
    try:
        number = Decimal(plain)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number) > _LARGEST:
        faults.add(name, _("“%(found)s”不是可用的数字。请填数字,例如 300。") % {"found": text})
        return None
    return number


_FIELD_OF = {
    FaultReason.NO_CANDIDATES: "candidates",
    FaultReason.KEY_TWICE: "candidates",
    FaultReason.OUTSIDE_DISTRICT: "candidates",
    FaultReason.NO_WAY_OF_SUPPLY: "ways",
    FaultReason.NEGATIVE_COST: "ways",
    FaultReason.COST_UNKNOWN: "ways",
    FaultReason.BAD_BUDGET: "budget",
    FaultReason.NO_LIMIT: "most",
    FaultReason.BAD_NUMBER: "most",
    FaultReason.BAD_SHARE: "cover_percent",
    FaultReason.NO_FUNCTIONS: "kind-0",
    FaultReason.CAPACITY_NOT_COUNTED: "objective",
}
_OF_FUNCTION = {
    FaultReason.FUNCTION_TWICE: "kind",
    FaultReason.NOT_TOGETHER: "kind",
    FaultReason.UNKNOWN_KIND: "kind",
    FaultReason.UNKNOWN_AGE_GROUP: "age",
    FaultReason.AGES_UNKNOWN: "age",
    FaultReason.BAD_WALKING_LIMIT: "limit",
    FaultReason.BAD_WEIGHT: "weight",
    FaultReason.BAD_CAPACITY: "capacity",
    FaultReason.BAD_AREA: "area",
}


def place_faults(found: Sequence[SitingFault], form: SitingForm, names: Mapping[str, str], faults: Faults) -> None:
    """Put what the domain refused beside the field that it is about."""
    rows = [row.kind for row in form.rows]
    for one in found:
        if one.place in rows and one.reason in _OF_FUNCTION:
            row = len(rows) - 1 - rows[::-1].index(one.place)
            faults.add(f"{_OF_FUNCTION[one.reason]}-{row}", fault(one, names))
        elif len(faults.by_field.get(name := _FIELD_OF.get(one.reason, "candidates"), ())) < 5:
            faults.add(name, fault(one, names))
