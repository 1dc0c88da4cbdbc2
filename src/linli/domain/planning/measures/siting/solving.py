"""From the arrays of a siting problem to a plan with its bound: the search for each objective, and the years."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from linli.compute.facility_location import center, covering, covers, median
from linli.compute.facility_location.programs import Rows, solve
from linli.compute.facility_location.watching import Ending, Watch
from linli.compute.network import INFINITY_CM
from linli.domain.planning.measures.siting.arrays import FAR_CM, Field
from linli.domain.planning.rules.siting.problems import Objective, SitingProblem

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """Functions at candidates, (n, f), with value and bound in whole units of the search.

    Hundredths of weighted persons; hundredths of weighted person-centimeters; centimeters; fen.
    """

    chosen: Flags
    value: int
    bound: int
    ending: Ending
    lessened: bool = False
    """Whether the years' budgets took something away that the total would have allowed."""

    @property
    def sites(self) -> Whole:
        return np.flatnonzero(self.chosen.any(axis=1))


@dataclass(frozen=True, slots=True)
class Opening:
    """How and when a chosen candidate is opened."""

    way: int
    year: int


@dataclass(frozen=True, slots=True)
class Coverable:
    """Rows of homes and functions that still want to be covered, and columns of candidates and functions."""

    wanted: covering.Demand
    home: Whole
    """(d,) index into the rows of the field."""
    site: Whole
    """(columns,) candidate."""
    function: Whole


def fen_most(problem: SitingProblem) -> int | None:
    """What all years together may cost; None for no limit."""
    limits = [] if problem.budget_fen is None else [problem.budget_fen]
    if problem.budgets_fen:
        limits.append(sum(problem.budgets_fen))
    return min(limits) if limits else None


def total_fen(field: Field, site: int, way: int, year: int, functions: Flags | None = None) -> int:
    """Of a candidate opened in a year, over all years from then on."""
    once, yearly = field.cost(field.candidates[site].ways[way], functions)
    return once + yearly * (field.problem.years - year)


def usable_ways(field: Field, site: int) -> list[int]:
    """Ways whose cost is known, where cost matters."""
    ways = field.candidates[site].ways
    if not costs_matter(field.problem):
        return list(range(len(ways)))
    return [number for number, way in enumerate(ways) if way.cost_fen is not None]


def costs_matter(problem: SitingProblem) -> bool:
    return problem.has_budget or problem.objective is Objective.SET_COVERING


def cheapest_fen(field: Field) -> Whole:
    """(n,) of each candidate without functions: by its cheapest way, opened in the last year."""
    last = field.problem.years - 1
    return np.array(
        [min(total_fen(field, i, way, last) for way in usable_ways(field, i)) for i in range(len(field.candidates))],
        dtype=np.int64,
    )


def coverable(field: Field) -> Coverable:
    """Everybody not yet covered, and every function at every candidate where it fits and covers somebody."""
    home, site, far = field.pairs(int(field.limit_cm.max()))
    people, fits = field.uncovered, field.room <= field.site_room[:, None]
    rows, columns, n, f = [], [], len(field.candidates), len(field.functions)
    for g in range(f):
        near = (far <= field.limit_cm[g]) & (people[home, g] > 0) & fits[site, g]
        rows.append(home[near] * f + g)
        columns.append(site[near] * f + g)
    row, column = np.concatenate(rows), np.concatenate(columns)
    of_row, of_column = np.unique(row), np.unique(column)
    cover = covers.from_pairs(
        np.searchsorted(of_row, row), np.searchsorted(of_column, column), of_row.size, of_column.size
    )
    assert of_column.size <= n * f
    home_of, g_of = np.divmod(of_row, f)
    wanted = covering.demand(cover, people[home_of, g_of], field.worth[g_of], g_of)
    site_of, function_of = np.divmod(of_column, f)
    return Coverable(wanted, home_of, site_of, function_of)


def offers(field: Field, asked: Coverable) -> covering.Offers:
    """In one year: each candidate by its cheapest way."""
    problem, most = field.problem, fen_most(field.problem)
    sites, number = np.unique(asked.site, return_inverse=True)
    cheapest, fit_out = cheapest_fen(field)[sites], _fit_out_fen(field, field.problem.years - 1)[asked.function]
    use, option_use, limit = [], [], []
    if problem.facilities_most is not None:
        use.append(np.zeros(asked.site.size, dtype=np.int64))
        option_use.append(np.ones(sites.size, dtype=np.int64))
        limit.append(problem.facilities_most)
    if most is not None:
        use.append(fit_out)
        option_use.append(cheapest)
        limit.append(most)
    capacity = None if field.capacity is None else field.capacity[asked.site, asked.function]
    return covering.Offers(
        use=_table(use, asked.site.size),
        limit=np.array(limit, dtype=np.int64),
        capacity=capacity,
        site=number.astype(np.int64),
        room=field.room[asked.site, asked.function],
        site_room=field.site_room[sites],
        option_site=np.arange(sites.size),
        option_use=_table(option_use, sites.size),
    )


def offers_by_year(field: Field, asked: Coverable) -> tuple[covering.Offers, Coverable]:
    """Each candidate in each year by each way, at most once; and the columns in each year."""
    problem, years = field.problem, field.problem.years
    sites, number = np.unique(asked.site, return_inverse=True)
    options = [(s, way, year) for year in range(years) for s in range(sites.size)
               for way in usable_ways(field, int(sites[s]))]  # fmt: skip
    columns = asked.site.size
    of_year = np.repeat(np.arange(years), columns)
    repeated = covers.Cover(
        asked.wanted.cover.first * years, _repeated(asked.wanted.cover, years), asked.wanted.cover.columns * years
    )
    wanted = replace(asked.wanted, cover=repeated)
    column_site, column_function = np.tile(number, years), np.tile(asked.function, years)
    use, option_use, limit = [], [], []

    def resource(of_columns: Whole, of_options: list[int], most: int) -> None:
        use.append(of_columns)
        option_use.append(np.array(of_options, dtype=np.int64))
        limit.append(most)

    nothing = np.zeros(columns * years, dtype=np.int64)
    if problem.facilities_most is not None:
        resource(nothing, [1] * len(options), problem.facilities_most)
    if problem.budget_fen is not None:
        fit_out = np.array([_fit_out_fen(field, y)[g] for y, g in zip(of_year.tolist(), column_function, strict=True)])
        resource(fit_out, [total_fen(field, int(sites[s]), w, y) for s, w, y in options], problem.budget_fen)
    for year, most in enumerate(problem.budgets_fen):
        fit_out = np.array(
            [_in_year(field.functions[g].cost_fen, field.functions[g].cost_fen_yearly, y, year)
             for y, g in zip(of_year.tolist(), column_function, strict=True)], dtype=np.int64,
        )  # fmt: skip
        resource(fit_out, [_way_in_year(field, int(sites[s]), w, y, year) for s, w, y in options], most)
    for s in range(sites.size):
        resource(nothing, [int(option[0] == s) for option in options], 1)
    capacity = None if field.capacity is None else np.tile(field.capacity[asked.site, asked.function], years)
    made = covering.Offers(
        use=_table(use, columns * years),
        limit=np.array(limit, dtype=np.int64),
        capacity=capacity,
        site=of_year * sites.size + column_site,
        room=np.tile(field.room[asked.site, asked.function], years),
        site_room=np.tile(field.site_room[sites], years),
        option_site=np.array([y * sites.size + s for s, _, y in options], dtype=np.int64),
        option_use=_table(option_use, len(options)),
    )
    return made, Coverable(wanted, asked.home, np.tile(asked.site, years), column_function)


def _repeated(cover: covers.Cover, years: int) -> NDArray[np.int32]:
    """Each row's columns, once for each year."""
    row = np.tile(cover.row_of_entry(), years)
    column = (np.arange(years)[:, None] * cover.columns + cover.column[None, :]).ravel()
    return column[np.lexsort((column, row))].astype(np.int32)


def cover_most(field: Field, asked: Coverable, watch: Watch) -> Plan:
    """Maximal covering; by the total first, and year by year only where the total does not fit the years."""
    found = covering.maximal(asked.wanted, offers(field, asked), watch)
    plan = plan_of(field, asked, found)
    if schedule(field, plan.chosen, None) is not None:
        return plan
    by_year, repeated = offers_by_year(field, asked)
    found_by_year = covering.maximal(repeated.wanted, by_year, watch.part(watch.left_s))
    bound = min(plan.bound, found_by_year.bound)
    return replace(plan_of(field, repeated, found_by_year), bound=max(bound, found_by_year.value), lessened=True)


def needed(field: Field) -> Whole:
    """(f,) people that have to be covered on top of who is, for the share that is asked for."""
    everybody, left = field.people.sum(axis=0), field.uncovered.sum(axis=0)
    wanted = np.ceil(field.problem.cover_share * everybody - 1e-9).astype(np.int64)
    return np.maximum(0, wanted - (everybody - left))


def cover_cheapest(field: Field, asked: Coverable, watch: Watch) -> Plan:
    """Set covering.

    Raises
    ------
    NothingFits
    """
    made = offers(field, asked)
    sites = np.unique(asked.site)
    option_price = cheapest_fen(field)[sites]
    price = _fit_out_fen(field, field.problem.years - 1)[asked.function]
    if not option_price.any() and not price.any():
        option_price = np.ones_like(option_price)
    found = covering.cheapest(asked.wanted, needed(field), made, price, option_price, watch)
    plan = plan_of(field, asked, found)
    if schedule(field, plan.chosen, None) is not None:
        return plan
    by_year, repeated = offers_by_year(field, asked)
    options = [(int(s), w, y) for y in range(field.problem.years) for s in sites for w in usable_ways(field, int(s))]
    prices = np.array([total_fen(field, s, w, y) for s, w, y in options], dtype=np.int64)
    of_year = np.repeat(np.arange(field.problem.years), asked.site.size)
    fit_out = np.array([_fit_out_fen(field, int(y))[g] for y, g in zip(of_year, repeated.function, strict=True)])
    again = covering.cheapest(repeated.wanted, needed(field), by_year, fit_out, prices, watch.part(watch.left_s))
    return replace(plan_of(field, repeated, again), bound=max(plan.bound, again.bound), lessened=True)


@dataclass(frozen=True, slots=True)
class Walked:
    """Who walks how far to what: for the objectives that go to the nearest. All functions stand at each choice."""

    given: median.Walks
    weight: Whole
    site: Whole
    """(columns,) candidate; those with room for all functions."""
    unreached: Whole
    """(f,) people whom nothing reaches."""


def walked(field: Field) -> Walked:
    """Rows are homes and functions; of the center, homes, by the function that lies farthest."""
    rooms = field.room.sum(axis=1) if len(field.functions) > 1 else field.room[:, 0]
    site = np.flatnonzero(rooms <= field.site_room)
    distance = field.distances()[:, site]
    nearest = distance.min(axis=1, initial=INFINITY_CM)
    lost = (np.minimum(field.before_cm, nearest[:, None]) > FAR_CM) & (field.people > 0)
    unreached = np.where(lost, field.people, 0).sum(axis=0).astype(np.int64)
    outside = np.minimum(field.before_cm, FAR_CM)
    asks = (field.people > 0) & ~lost
    if field.problem.objective is Objective.P_CENTER:
        home = np.flatnonzero(asks.any(axis=1))
        far = np.where(asks, outside, 0).max(axis=1)[home]
        return Walked(median.walks(distance[home], far), np.ones(home.size, dtype=np.int64), site, unreached)
    home, function = np.nonzero(asks)
    weight = field.people[home, function] * field.worth[function]
    given = median.walks(distance[home], outside[home, function])
    return Walked(given, weight, site, unreached)


def use_of_sites(field: Field, site: Whole) -> tuple[Whole, Whole]:
    """What each candidate with all functions uses, and the limits."""
    use, limit, most = [], [], fen_most(field.problem)
    if field.problem.facilities_most is not None:
        use.append(np.ones(site.size, dtype=np.int64))
        limit.append(field.problem.facilities_most)
    if most is not None:
        use.append((cheapest_fen(field) + _fit_out_fen(field, field.problem.years - 1).sum())[site])
        limit.append(most)
    return _table(use, site.size), np.array(limit, dtype=np.int64)


def walk_least(field: Field, asked: Walked, watch: Watch) -> Plan:
    """p-median or p-center; where the years do not allow what the total does, the least of it is given up."""
    use, limit = use_of_sites(field, asked.site)
    if field.problem.objective is Objective.P_CENTER:
        far = center.center(asked.given, use, limit, watch)
        columns, value, bound, ending = far.columns, far.value_cm, far.bound_cm, far.ending
    else:
        near = median.median(asked.given, asked.weight, use, limit, watch)
        columns, value, bound, ending = near.columns, near.value, near.bound, near.ending
    lessened = False
    while schedule(field, _at(field, asked.site[columns]), None) is None:
        columns, lessened = _without_the_least(field, asked, columns), True
        value = walk_value(field, asked, columns)
    if lessened and ending is Ending.PROVEN:
        ending = Ending.TIME if value > bound else Ending.PROVEN
    return Plan(_at(field, asked.site[columns]), value, bound, ending, lessened)


def walk_value(field: Field, asked: Walked, columns: Flags) -> int:
    """What a choice walks in all, or at most."""
    near = nearest_cm(asked, columns)
    if field.problem.objective is Objective.P_CENTER:
        return int(near.max(initial=0))
    return int((asked.weight * near).sum())


def nearest_cm(asked: Walked, columns: Flags) -> Whole:
    """(d,) to the nearest chosen column, or what lies outside."""
    given = asked.given
    near = given.outside_cm.astype(np.int64)
    picked = np.flatnonzero(columns[given.column])
    row = np.searchsorted(given.first, picked, side="right") - 1
    np.minimum.at(near, row, given.cm[picked])
    return near


def _without_the_least(field: Field, asked: Walked, columns: Flags) -> Flags:
    best, least = columns, None
    for column in np.flatnonzero(columns):
        rest = columns.copy()
        rest[column] = False
        value = walk_value(field, asked, rest)
        if least is None or value < least:
            best, least = rest, value
    return best


def _at(field: Field, sites: Whole) -> Flags:
    chosen = np.zeros((len(field.candidates), len(field.functions)), dtype=np.bool_)
    chosen[sites] = True
    return chosen


def schedule(field: Field, chosen: Flags, gains: Whole | None) -> dict[int, Opening] | None:
    """Way and year of each chosen candidate within all budgets, what gains most first; None where that cannot be.

    Parameters
    ----------
    gains : (n,) or None where only the question counts whether there is one
    """
    problem = field.problem
    sites = np.flatnonzero(chosen.any(axis=1))
    options = [
        (int(s), way, year) for s in sites for way in usable_ways(field, int(s)) for year in range(problem.years)
    ]
    if not options:
        return {}
    cost = np.array([total_fen(field, s, w, y, chosen[s]) for s, w, y in options], dtype=np.float64)
    if problem.years == 1:
        return _cheapest_openings(problem, options, cost)
    rows = Rows()
    for s in sites:
        mine = np.array([number for number, option in enumerate(options) if option[0] == s])
        rows.add(mine, np.ones(mine.size), lower=1.0, upper=1.0)
    for year, most in enumerate(problem.budgets_fen):
        spent = np.array([_way_in_year(field, s, w, y, year, chosen[s]) for s, w, y in options], dtype=np.float64)
        rows.add(np.arange(len(options)), spent / max(1, most), upper=most / max(1, most))
    if problem.budget_fen is not None:
        rows.add(np.arange(len(options)), cost / max(1, problem.budget_fen), upper=1.0 if problem.budget_fen else 0.0)
    early = np.zeros(len(options))
    if gains is not None:
        most_gain = max(1, int(gains.max(initial=1)))
        early = np.array([(y + 1) * (gains[s] / most_gain + 1e-3) for s, _, y in options])
    price = early + 1e-6 * cost / max(1.0, float(cost.max()))
    program = rows.program(price, np.ones(len(options)), np.ones(len(options), dtype=np.bool_))
    outcome = solve(program, Watch(10.0).start())
    if outcome.x is None:
        return None
    openings = {options[i][0]: Opening(options[i][1], options[i][2]) for i in np.flatnonzero(outcome.x > 0.5)}
    return openings if within_budgets(field, chosen, openings) else None


def _cheapest_openings(
    problem: SitingProblem, options: list[tuple[int, int, int]], cost: NDArray[np.float64]
) -> dict[int, Opening] | None:
    best: dict[int, tuple[float, Opening]] = {}
    for (site, way, year), fen in zip(options, cost, strict=True):
        if site not in best or fen < best[site][0]:
            best[site] = (float(fen), Opening(way, year))
    most = fen_most(problem)
    if most is not None and sum(fen for fen, _ in best.values()) > most:
        return None
    return {site: opening for site, (_, opening) in best.items()}


def spent_by_year(field: Field, chosen: Flags, openings: dict[int, Opening]) -> tuple[int, ...]:
    """Fen in each year, of what is said."""
    return tuple(
        sum(_way_in_year(field, s, o.way, o.year, year, chosen[s]) for s, o in openings.items())
        for year in range(field.problem.years)
    )


def within_budgets(field: Field, chosen: Flags, openings: dict[int, Opening]) -> bool:
    spent, problem = spent_by_year(field, chosen, openings), field.problem
    each = all(a <= b for a, b in zip(spent, problem.budgets_fen, strict=False))
    return each and (problem.budget_fen is None or sum(spent) <= problem.budget_fen)


def _way_in_year(field: Field, site: int, way: int, opened: int, year: int, functions: Flags | None = None) -> int:
    once, yearly = field.cost(field.candidates[site].ways[way], functions)
    return _in_year(once, yearly, opened, year)


def _in_year(once: int, yearly: int, opened: int, year: int) -> int:
    return (once if opened == year else 0) + (yearly if opened <= year else 0)


def _fit_out_fen(field: Field, year: int) -> Whole:
    """(f,) of fitting a function out in a year, over all years from then on."""
    left = field.problem.years - year
    return np.array([f.cost_fen + f.cost_fen_yearly * left for f in field.functions], dtype=np.int64)


def plan_of(field: Field, asked: Coverable, found: covering.Found) -> Plan:
    """What a search found, by candidate and function."""
    chosen = np.zeros((len(field.candidates), len(field.functions)), dtype=np.bool_)
    chosen[asked.site[found.columns], asked.function[found.columns]] = True
    return Plan(chosen, found.value, found.bound, found.ending)


def _table(columns: list[Whole], rows: int) -> Whole:
    if not columns:
        return np.zeros((rows, 0), dtype=np.int64)
    return np.ascontiguousarray(np.column_stack(columns), dtype=np.int64)
