"""Maximal covering and set covering: with limits on what is used, capacities, and columns that share a site.

Rows that the same columns serve are merged, which changes no answer; a greedy choice with swaps starts HiGHS. Church
and ReVelle (1974), The maximal covering location problem; Toregas et al. (1971), The location of emergency service
facilities; Current and Storbeck (1988) for capacities.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.facility_location import loops
from linli.compute.facility_location.covers import Cover, merged
from linli.compute.facility_location.programs import Outcome, Program, Rows, solve
from linli.compute.facility_location.watching import Ending, NothingFits, Watch

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]
_STRONG_ENTRIES = 30_000
_ROUNDS = 10_000


@dataclass(frozen=True, slots=True)
class Demand:
    """What wants to be served.

    Attributes
    ----------
    cover : Cover
        Columns that can serve each of d rows.
    amount : (d,) int64
        Units of each row, each of which can be served by another column.
    worth : (d,) int64
        Of one unit.
    group : (d,) int64
        For set covering: rows whose served amounts are added up.
    """

    cover: Cover
    amount: Whole
    worth: Whole
    group: Whole


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be chosen: n columns at m sites; a site is opened by one of its o options.

    Attributes
    ----------
    use : (n, k) int64
        What a column uses of each of k resources.
    limit : (k,) int64
    capacity : (n,) int64 or None
        Units that a column can serve.
    site : (n,) int64
    room : (n,) int64
        What a column takes of the room of its site.
    site_room : (m,) int64
    option_site : (o,) int64
    option_use : (o, k) int64
    """

    use: Whole
    limit: Whole
    capacity: Whole | None
    site: Whole
    room: Whole
    site_room: Whole
    option_site: Whole
    option_use: Whole

    @property
    def plain(self) -> bool:
        """Whether each site has one column and one option, so that to choose the one is to choose the other."""
        same = np.arange(self.site.size)
        return (
            self.site_room.size == self.site.size == self.option_site.size
            and np.array_equal(self.site, same)
            and np.array_equal(self.option_site, same)
            and bool((self.room <= self.site_room).all())
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A choice, and how good it can be at best."""

    columns: Flags
    options: Flags
    served: Whole
    """(n,) units that each chosen column serves; where several could, one of them."""
    value: int
    bound: int
    ending: Ending


def demand(cover: Cover, amount: ArrayLike, worth: ArrayLike | None = None, group: ArrayLike | None = None) -> Demand:
    """Checked; ``worth`` is 1 and ``group`` 0 where they are not given.

    Raises
    ------
    ValueError
        Naming the array and the row.
    """
    d = cover.rows
    amounts = _whole("amount", amount, d)
    worths = np.ones(d, dtype=np.int64) if worth is None else _whole("worth", worth, d)
    groups = np.zeros(d, dtype=np.int64) if group is None else _whole("group", group, d)
    return Demand(cover, amounts, worths, groups)


def plain_offers(use: ArrayLike, limit: ArrayLike, capacity: ArrayLike | None = None) -> Offers:
    """Columns that share nothing.

    Parameters
    ----------
    use : (n, k) int
    limit : (k,) int
    """
    uses = np.ascontiguousarray(use, dtype=np.int64)
    limits = np.ascontiguousarray(limit, dtype=np.int64)
    if uses.ndim != 2 or limits.shape != (uses.shape[1],):
        raise ValueError(f"use: expected shape (n, {limits.size}), found {uses.shape}")
    inputs.refuse("use", uses, (uses < 0).any(axis=1), "less than 0")
    n = uses.shape[0]
    none, same = np.zeros(n, dtype=np.int64), np.arange(n)
    capacities = None if capacity is None else _whole("capacity", capacity, n)
    return Offers(np.zeros_like(uses), limits, capacities, same, none, none, same, uses)


def maximal(wanted: Demand, offers: Offers, watch: Watch) -> Found:
    """The choice within all limits that serves the most worth.

    Nothing at all is within all limits, so that there always is an answer.
    """
    watch = watch.start()
    core, _ = _merged(wanted)
    model = _Model(core, offers)
    start = _greedy(core, offers)
    best = _evaluated(core, offers, start)
    most = int((core.worth * core.amount).sum())
    watch.tell(best[0], most)
    program = model.maximal()
    ending: Ending = Ending.PROVEN
    bound = most
    if best[0] < most:
        outcome = _solved_within_limits(program, model, offers, watch, model.point(start), best[0])
        assert outcome.ending is not None, "nothing at all is within all limits"
        ending, bound = outcome.ending, max(best[0], min(most, _down(-outcome.bound)))
        if outcome.x is not None:
            best = max(best, _evaluated(core, offers, model.chosen(outcome.x)), key=lambda found: found[0])
    watch.tell(best[0], bound)
    return _found(best, bound, ending)


def cheapest(wanted: Demand, needed: ArrayLike, offers: Offers, price: ArrayLike, option_price: ArrayLike,
             watch: Watch) -> Found:  # fmt: skip
    """The choice of least price within all limits that serves at least the needed amount of each group.

    Parameters
    ----------
    needed : (g,) int, by group
    price : (n,) int, of columns
    option_price : (o,) int

    Raises
    ------
    NothingFits
    """
    watch = watch.start()
    needs = np.asarray(needed, dtype=np.int64)
    core, _ = _merged(wanted)
    model = _Model(core, offers)
    prices = np.concatenate([np.asarray(price, np.int64), np.asarray(option_price, np.int64)])
    program = model.cheapest(needs, prices)
    step = float(np.gcd.reduce(prices)) if prices.any() else 1.0
    start = _greedy_by_price(core, needs, offers, prices)
    point = None if start is None or model.flows else model.point(start)[: program.cost.size]
    outcome = _solved_within_limits(program, model, offers, watch, point, 0, step)
    if outcome.ending is None or (outcome.x is None and start is None):
        raise NothingFits(proven=outcome.ending is None)
    chosen = start if outcome.x is None else model.chosen(outcome.x)
    assert chosen is not None
    columns, options = chosen
    value = int(prices[np.concatenate([columns, options])].sum())
    served = _served(core, offers, columns)
    _, amounts, _ = served
    got = np.bincount(core.group, weights=amounts, minlength=needs.size).astype(np.int64)
    assert (got[: needs.size] >= needs).all(), "what was promised is served"
    bound = min(value, max(0, _up(outcome.bound)))
    watch.tell(value, bound)
    ending = Ending.PROVEN if value == bound else outcome.ending
    return Found(columns, options, served[2], value, bound, ending)


def _merged(wanted: Demand) -> tuple[Demand, Whole]:
    label = wanted.worth * (int(wanted.group.max(initial=0)) + 1) + wanted.group
    cover, of_row = merged(wanted.cover, label)
    rows = cover.rows
    first = np.full(rows, -1, dtype=np.int64)
    first[of_row[::-1]] = np.arange(of_row.size)[::-1]
    amount = np.zeros(rows, dtype=np.int64)
    np.add.at(amount, of_row, wanted.amount)
    core = Demand(cover, amount, wanted.worth[first], wanted.group[first])
    kept = np.flatnonzero((cover.size > 0) & (amount > 0))
    return Demand(cover.take(kept), core.amount[kept], core.worth[kept], core.group[kept]), of_row


class _Model:
    """The variables: columns, options, then amounts of rows, or of pairs of row and column where capacity counts."""

    def __init__(self, core: Demand, offers: Offers) -> None:
        self.core, self.offers, self.plain = core, offers, offers.plain
        self.n, self.o, self.d = offers.site.size, offers.option_site.size, core.cover.rows
        # In a plain problem the columns are their own options.
        self.choices = self.n if self.plain else self.n + self.o
        self.flows = offers.capacity is not None
        self.flow = int(core.cover.column.size) if self.flows else self.d
        self.scale = _scale(offers)

    def maximal(self) -> Program:
        rows = Rows()
        self._limits(rows)
        self._serving(rows)
        worth = self.core.worth * (1 if self.flows else self.core.amount)
        gain = worth[self.core.cover.row_of_entry()] if self.flows else worth
        return self._program(rows, np.zeros(self.choices), -gain.astype(np.float64))

    def cheapest(self, needs: Whole, prices: Whole) -> Program:
        rows = Rows()
        self._limits(rows)
        total = np.bincount(self.core.group, weights=self.core.amount, minlength=needs.size).astype(np.int64)
        price = prices[: self.n] + prices[self.n :] if self.plain else prices
        everybody = not self.flows and np.array_equal(total[: needs.size], needs)
        if everybody:
            rows.add_many(self.core.cover.size, self.core.cover.column, 1.0, lower=1.0)
        else:
            self._serving(rows)
            group = self.core.group[self.core.cover.row_of_entry()] if self.flows else self.core.group
            size = np.ones(self.flow) if self.flows else self.core.amount.astype(np.float64)
            for g in range(needs.size):
                of_group = np.flatnonzero(group == g)
                # A sliver less, as the solver counts in floats; the answer is checked in whole units.
                low = needs[g] * (1 - 1e-9)
                rows.add(self.choices + of_group, size[of_group] / max(1, needs[g]), lower=low / max(1, needs[g]))
        return self._program(rows, price.astype(np.float64), np.zeros(0 if everybody else self.flow))

    def _program(self, rows: Rows, price: NDArray[np.float64], gain: NDArray[np.float64]) -> Program:
        upper = np.ones(self.choices + gain.size)
        if self.flows and gain.size:
            assert self.offers.capacity is not None
            at, of = self.core.cover.row_of_entry(), self.core.cover.column
            upper[self.choices :] = np.minimum(self.core.amount[at], self.offers.capacity[of])
        whole = np.zeros(upper.size, dtype=np.bool_)
        whole[: self.choices] = True
        return rows.program(np.concatenate([price, gain]), upper, whole)

    def _serving(self, rows: Rows) -> None:
        """Who is served is served by something chosen, which serves no more than it can."""
        cover, offers = self.core.cover, self.offers
        if offers.capacity is None:
            size = cover.size + 1
            ends = np.cumsum(size) - 1
            column, factor = np.empty(size.sum(), dtype=np.int64), np.full(size.sum(), -1.0)
            column[ends], factor[ends] = self.choices + np.arange(self.d), 1.0
            others = np.ones(column.size, dtype=np.bool_)
            others[ends] = False
            column[others] = cover.column
            rows.add_many(size, column, factor, upper=0.0)
            return
        entry = self.choices + np.arange(cover.column.size)
        rows.add_many(cover.size, entry, 1.0, upper=self.core.amount.astype(np.float64))
        back = np.argsort(cover.column, kind="stable")
        first = np.searchsorted(cover.column[back], np.arange(self.n + 1))
        for j in range(self.n):
            mine = entry[back[first[j] : first[j + 1]]]
            full = float(offers.capacity[j])
            rows.add(np.append(mine, j), np.append(np.ones(mine.size), -full), upper=0.0)
        if cover.column.size <= _STRONG_ENTRIES:
            most = np.minimum(self.core.amount[cover.row_of_entry()], offers.capacity[cover.column])
            column = np.column_stack([entry, cover.column]).ravel()
            factor = np.column_stack([np.ones(entry.size), -most]).ravel()
            rows.add_many(np.full(entry.size, 2), column, factor, upper=0.0)

    def _limits(self, rows: Rows) -> None:
        offers = self.offers
        use = offers.use + offers.option_use if self.plain else np.concatenate([offers.use, offers.option_use])
        for k in range(offers.limit.size):
            rows.add(np.arange(self.choices), use[:, k] / self.scale[k], upper=offers.limit[k] / self.scale[k])
        if self.plain:
            return
        by_site = [self.n + np.flatnonzero(offers.option_site == site) for site in range(offers.site_room.size)]
        for site, options in enumerate(by_site):
            columns = np.flatnonzero(offers.site == site)
            if options.size > 1:
                rows.add(options, np.ones(options.size), upper=1.0)
            for column in columns:
                rows.add(np.append(options, column), np.append(-np.ones(options.size), 1.0), upper=0.0)
            if offers.room[columns].sum() > offers.site_room[site]:
                room, unit = float(offers.site_room[site]), max(1.0, float(offers.site_room[site]))
                factor = np.concatenate([-np.full(options.size, room), offers.room[columns]]) / unit
                rows.add(np.concatenate([options, columns]), factor, upper=0.0)

    def point(self, chosen: tuple[Flags, Flags]) -> NDArray[np.float64]:
        """The solution in which these are chosen and serve whom they can."""
        columns, options = chosen
        _, amounts, _ = served = _served(self.core, self.offers, columns)
        first = columns if self.plain else np.concatenate([columns, options])
        if self.flows:
            return np.concatenate([first.astype(np.float64), served[0].astype(np.float64)])
        return np.concatenate([first.astype(np.float64), (amounts > 0).astype(np.float64)])

    def chosen(self, x: NDArray[np.float64]) -> tuple[Flags, Flags]:
        picked = x[: self.choices] > 0.5
        return (picked, picked) if self.plain else (picked[: self.n], picked[self.n :])


def _solved_within_limits(
    program: Program, model: _Model, offers: Offers, watch: Watch, start: NDArray[np.float64] | None, value: int,
    step: float = 1.0,
) -> Outcome:  # fmt: skip
    """Solve; if rounding let a solution just over a limit, ask again with that limit a sliver lower.

    The bound is that of the first program, and so holds for the limits as they are.
    """

    def enough(primal: float, dual: float) -> bool:
        if value or np.isfinite(primal):
            watch.tell(max(float(value), -primal) if value else primal, abs(dual) if np.isfinite(dual) else None)
        return False

    outcome = solve(program, watch, start=start, steps=step, enough=enough)
    first = outcome
    k = offers.limit.size
    for _ in range(5):
        if outcome.x is None or _within_limits(offers, model.chosen(outcome.x)):
            break
        upper = program.row_upper.copy()
        upper[:k] -= 1e-6 * np.maximum(1.0, np.abs(upper[:k]))
        program = replace(program, row_upper=upper)
        outcome = solve(program, watch, start=start, steps=step, enough=enough)
    if outcome.x is not None and not _within_limits(offers, model.chosen(outcome.x)):
        outcome = replace(outcome, x=None)
    if outcome is first:
        return outcome
    return replace(outcome, bound=first.bound, ending=first.ending if outcome.x is not None else Ending.TIME)


def _within_limits(offers: Offers, chosen: tuple[Flags, Flags]) -> bool:
    columns, options = chosen
    used = offers.use[columns].sum(axis=0) + offers.option_use[options].sum(axis=0)
    room = np.zeros(offers.site_room.size, dtype=np.int64)
    np.add.at(room, offers.site[columns], offers.room[columns])
    opened = np.bincount(offers.option_site[options], minlength=offers.site_room.size)
    return bool(
        (used <= offers.limit).all() and (room <= offers.site_room).all() and (opened <= 1).all()
        and opened[offers.site[columns]].all()
    )  # fmt: skip


def _greedy(core: Demand, offers: Offers) -> tuple[Flags, Flags]:
    """A good choice at once: by gain, or by gain for what it uses, then swaps."""
    n = offers.site.size
    if not offers.plain:
        return _greedy_by_site(core, offers)
    by_column = core.cover.transposed()
    use = np.ascontiguousarray(offers.use + offers.option_use)
    dear = (use / np.maximum(1, offers.limit)).max(axis=1, initial=0.0) + 1e-12
    best, most = np.zeros(n, dtype=np.bool_), -1
    for price in (np.ones(n), dear):
        chosen = np.zeros(n, dtype=np.bool_)
        weight = core.amount * core.worth
        value = loops.cover_well(
            core.cover.first, core.cover.column, by_column.first, by_column.column, weight, use, offers.limit, price,
            _ROUNDS, chosen,
        )  # fmt: skip
        if value > most:
            best, most = chosen, value
    return best, best


def _greedy_by_site(core: Demand, offers: Offers) -> tuple[Flags, Flags]:
    """Column by column, by gain for what it and the opening of its site use."""
    n, weight = offers.site.size, core.amount * core.worth
    columns, options = np.zeros(n, dtype=np.bool_), np.zeros(offers.option_site.size, dtype=np.bool_)
    used, room = np.zeros(offers.limit.size, dtype=np.int64), offers.site_room.copy()
    opened = np.zeros(offers.site_room.size, dtype=np.bool_)
    row_of_entry, left = core.cover.row_of_entry(), weight.copy()
    while True:
        gain = np.bincount(core.cover.column, weights=left[row_of_entry], minlength=n)
        more, option = _openings(offers, used, opened)
        need = offers.use + more[offers.site]
        fits = ((used + need <= offers.limit) | (need == 0)).all(axis=1) & (offers.room <= room[offers.site])
        fits &= opened[offers.site] | (option[offers.site] >= 0)
        price = (need / np.maximum(1, offers.limit)).max(axis=1, initial=0.0) + 1e-9
        score = np.where(fits & ~columns & (gain > 0), gain / price, 0.0)
        j = int(score.argmax())
        if score[j] <= 0:
            return columns, options
        site = offers.site[j]
        if not opened[site]:
            options[option[site]], opened[site] = True, True
        used, columns[j] = used + need[j], True
        room[site] -= offers.room[j]
        left[row_of_entry[core.cover.column == j]] = 0


def _greedy_by_price(core: Demand, needs: Whole, offers: Offers, prices: Whole) -> tuple[Flags, Flags] | None:
    """Columns by what they serve of what is needed for their price; None where that ends outside some limit."""
    n = offers.site.size
    if offers.capacity is not None:
        return None
    columns, options = np.zeros(n, dtype=np.bool_), np.zeros(offers.option_site.size, dtype=np.bool_)
    # The cheapest option of each site, which is its only one where nothing is shared.
    option = np.full(offers.site_room.size, -1, dtype=np.int64)
    for o in np.argsort(-prices[n:], kind="stable"):
        option[offers.option_site[o]] = o
    room, opened = offers.site_room.copy(), np.zeros(offers.site_room.size, dtype=np.bool_)
    row_of_entry, left, missing = core.cover.row_of_entry(), core.amount.copy(), needs.copy()
    while (missing > 0).any():
        useful = left * (missing > 0)[core.group]
        gain = np.bincount(core.cover.column, weights=useful[row_of_entry], minlength=n)
        price = prices[:n] + np.where(opened[offers.site], 0, prices[n:][option[offers.site]])
        score = np.where(
            columns | (offers.room > room[offers.site]) | (option[offers.site] < 0), 0.0, gain / (price + 1)
        )
        j = int(score.argmax())
        if score[j] <= 0:
            return None
        columns[j] = opened[offers.site[j]] = options[option[offers.site[j]]] = True
        room[offers.site[j]] -= offers.room[j]
        served = np.unique(row_of_entry[core.cover.column == j])
        np.subtract.at(missing, core.group[served], left[served])
        left[served] = 0
    return (columns, options) if _within_limits(offers, (columns, options)) else None


def _openings(offers: Offers, used: Whole, opened: Flags) -> tuple[Whole, Whole]:
    """What it takes to open each site by its first option that fits, nothing where it is open; and that option."""
    more = np.zeros((opened.size, offers.limit.size), dtype=np.int64)
    option = np.full(opened.size, -1, dtype=np.int64)
    fits = (used + offers.option_use <= offers.limit).all(axis=1)
    for o in np.flatnonzero(fits)[::-1]:
        option[offers.option_site[o]] = o
    closed = np.flatnonzero(~opened & (option >= 0))
    more[closed] = offers.option_use[option[closed]]
    return more, option


_Value = tuple[int, tuple[Flags, Flags], Whole]


def _evaluated(core: Demand, offers: Offers, chosen: tuple[Flags, Flags]) -> _Value:
    """The worth that a choice serves, exactly."""
    _, amounts, by_column = _served(core, offers, chosen[0])
    return int((amounts * core.worth).sum()), chosen, by_column


def _served(core: Demand, offers: Offers, columns: Flags) -> tuple[Whole, Whole, Whole]:
    """Units by pair, by row and by column that the chosen columns serve, for the most worth."""
    cover = core.cover
    at, of = cover.row_of_entry(), cover.column
    pair = np.zeros(of.size, dtype=np.int64)
    open_pair = np.flatnonzero(columns[of])
    if offers.capacity is None:
        # Each row by the first of its columns.
        _, first = np.unique(at[open_pair], return_index=True)
        pair[open_pair[first]] = core.amount[at[open_pair[first]]]
    elif open_pair.size:
        pair[open_pair] = _transported(
            at[open_pair], of[open_pair], core.amount, offers.capacity, core.worth[at[open_pair]]
        )
    amounts, by_column = np.zeros(cover.rows, dtype=np.int64), np.zeros(columns.size, dtype=np.int64)
    np.add.at(amounts, at, pair)
    np.add.at(by_column, of, pair)
    return pair, amounts, by_column


def _transported(at: Whole, of: NDArray[np.int32], amount: Whole, capacity: Whole, worth: Whole) -> Whole:
    """The best assignment to open columns: a transport problem, whose corners are whole numbers."""
    rows = Rows()
    for key, most in ((at, amount), (of.astype(np.int64), capacity)):
        order = np.argsort(key, kind="stable")
        used, size = np.unique(key, return_counts=True)
        rows.add_many(size, order, 1.0, upper=most[used].astype(np.float64))
    upper = np.minimum(amount[at], capacity[of]).astype(np.float64)
    program = rows.program(-worth.astype(np.float64), upper, np.zeros(at.size, dtype=np.bool_))
    outcome = solve(program, Watch(600.0).start())
    assert outcome.x is not None, "nothing served is within all capacities"
    return np.rint(outcome.x).astype(np.int64)


def _found(best: _Value, bound: int, ending: Ending) -> Found:
    value, (columns, options), served = best
    return Found(columns, options, served, value, bound, Ending.PROVEN if value == bound else ending)


def _scale(offers: Offers) -> NDArray[np.float64]:
    """Brings amounts of money near to one."""
    most = np.maximum(offers.use.max(axis=0, initial=0), offers.option_use.max(axis=0, initial=0))
    return np.asarray(np.maximum(1.0, most.astype(np.float64)), dtype=np.float64)


def _down(value: float) -> int:
    """The greatest whole number that a float, exact to a billionth, can mean; a huge one where it is infinite."""
    return 2**62 if not np.isfinite(value) else int(np.floor(value + 1e-6 + 1e-9 * abs(value)))


def _up(value: float) -> int:
    return 0 if not np.isfinite(value) else int(np.ceil(value - 1e-6 - 1e-9 * abs(value)))


def _whole(name: str, values: ArrayLike, rows: int) -> Whole:
    """Whole numbers of zero or more, below 2**53 so that floats hold them."""
    given = np.asarray(values)
    if given.shape != (rows,) or (given.size and given.dtype.kind not in "iu"):
        raise ValueError(f"{name}: expected whole numbers of shape ({rows},), found {given.dtype} of {given.shape}")
    inputs.refuse(name, given, (given < 0) | (given >= 2**53), "not between 0 and 2**53")
    return np.ascontiguousarray(given, dtype=np.int64)


def served_by_group(wanted: Demand, offers: Offers, columns: Flags, groups: int) -> tuple[int, Whole]:
    """The most worth that chosen columns serve, and the units of each group that they then serve."""
    core, _ = _merged(wanted)
    _, amounts, _ = _served(core, offers, columns)
    by_group = np.zeros(groups, dtype=np.int64)
    np.add.at(by_group, core.group, amounts)
    return int((amounts * core.worth).sum()), by_group
