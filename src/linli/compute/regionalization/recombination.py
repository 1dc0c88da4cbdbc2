"""The best regions of many runs: a set partition over all regions that were met, solved with a bound."""

from __future__ import annotations

import time
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray

from linli.compute.regionalization.drawing import USUAL, Drawer, Effort, Pool, Progress, Run, Stop, never, silent
from linli.compute.regionalization.graph import Floats, Ints

COLUMNS = 3_000


@dataclass(frozen=True, slots=True)
class Partition:
    """Regions that together hold every atom once."""

    label: Ints
    """(n,) over the atoms of the pool's regions; -1 elsewhere."""
    cost: float
    bound: float
    """No partition into regions of the pool costs less."""
    regions: int
    """In the pool."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The best drawing that several runs and their recombination found."""

    run: Run
    """With the recombined labels, where these cost less than the best run's own."""
    single: float
    """Cost of the best single run."""
    bound: float | None
    """No recombination of the regions that were met costs less; None where none was computed."""
    pool: int
    stopped: bool = False
    """Before all runs were done; then nothing was recombined."""


def best_of(
    drawer: Drawer,
    seeds: tuple[int, ...],
    effort: Effort = USUAL,
    *,
    known: tuple[Ints, ...] = (),
    seconds: float = 10.0,
    should_stop: Stop = never,
    progress: Progress = silent,
) -> Answer:
    """Several runs, then the best partition out of all regions that any of them met.

    Every second run begins hot where the best so far ended, so that the pool is dense around good drawings. Stopped in
    between, it answers from what is there.

    Parameters
    ----------
    known : (atoms,) int each
        Labels of drawings made for other costs; the best of them counts as a run.
    seconds : float
        For the partition. What it has then found, it returns with its bound.
    """
    if not seeds:
        raise ValueError("no seed")
    others = [drawer.taken(label) for label in known]
    best = min(others, key=lambda run: (run.missing, run.cost), default=None)
    sizes = [_regions(run) for run in others if not run.missing]
    for number, seed in enumerate(seeds):
        again = best.label if best is not None and number % 2 else None

        def told(done: float, number: int = number) -> None:
            progress((number + done) / (len(seeds) + 1))

        run = drawer.run(seed, effort, start=again, should_stop=should_stop, progress=told)
        if not run.missing:
            sizes.append(_regions(run))
        if best is None or (run.missing, run.cost) < (best.missing, best.cost):
            best = run
        if run.stopped:
            return Answer(best, best.cost, None, len(drawer.pool), stopped=True)
    assert best is not None
    if best.missing or len(seeds) < 2:
        return Answer(best, best.cost, None, len(drawer.pool))
    # As many regions as the runs had, or recombining would mostly buy a lower cost with smaller regions.
    count = (min(sizes), max(sizes))
    found = partition(drawer.pool, drawer.graph.atoms, count=count, start=best.label, seconds=seconds)
    progress(1.0)
    return _better(best, found, drawer)


def _regions(run: Run) -> int:
    return int(run.label.max(initial=-1)) + 1 - len(run.impossible)


def _better(best: Run, found: Partition | None, drawer: Drawer) -> Answer:
    if found is None:
        return Answer(best, best.cost, None, len(drawer.pool))
    if found.cost >= best.cost:
        return Answer(best, best.cost, found.bound, found.regions)
    label = found.label.copy()
    regions = int(label.max(initial=-1)) + 1
    for number, part in enumerate(best.impossible):
        label[part.atoms] = regions + number
    run = Run(label, found.cost, 0, best.trees, best.impossible, best.stopped)
    return Answer(run, best.cost, found.bound, found.regions)


def partition(
    pool: Pool,
    atoms: int,
    *,
    count: tuple[int, int] | None = None,
    start: Ints | None = None,
    seconds: float = 10.0,
    columns: int = COLUMNS,
) -> Partition | None:
    """A cheap choice of regions that holds every atom of the pool once, with a bound; None where none was found.

    The linear relaxation over the whole pool gives the bound, and its reduced costs tell which regions a good choice
    may hold: only these enter the integer program. Where no others could improve on what it finds, its own bound
    stands for the whole pool.

    Parameters
    ----------
    count : (int, int)
        So many regions at least and at most; as many as it takes where left out.
    start : (atoms,) int
        Labels of a drawing whose regions are in the pool.
    columns : int
        Regions in the integer program, at most, beside those of ``start``.
    """
    # In order of members: the order in which runs met them changes nothing.
    ordered = sorted(pool)
    members = [pool[key][0] for key in ordered]
    costs = np.array([pool[key][1] for key in ordered])
    if not members:
        return None
    began = time.monotonic()
    relaxed = _solved(members, costs, seconds, count, whole=False)
    if relaxed.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    linear = float(relaxed.getInfo().objective_function_value)
    reduced = np.array(relaxed.getSolution().col_dual)
    begin = np.zeros(costs.size, dtype=np.bool_) if start is None else _regions_of(members, start)
    order = np.argsort(reduced, kind="stable")
    kept = np.union1d(order[:columns], np.flatnonzero(begin))
    left = max(1.0, seconds - (time.monotonic() - began))
    solver = _solved(
        [members[j] for j in kept], costs[kept], left, count, whole=True, begin=begin[kept] if begin.any() else None
    )
    info = solver.getInfo()
    if info.primal_solution_status != int(highspy.SolutionStatus.kSolutionStatusFeasible):
        return None
    chosen = kept[np.array(solver.getSolution().col_value) > 0.5]
    cost = float(costs[chosen].sum())
    # A region left out costs a choice that holds it at least its reduced cost more than the relaxation.
    beyond = np.delete(reduced, kept).min(initial=np.inf)
    bound = max(linear, min(float(info.mip_dual_bound), linear + beyond))
    label = np.full(atoms, -1, dtype=np.int32)
    for number, region in enumerate(chosen):
        label[members[region]] = number
    return Partition(label, cost, min(bound, cost), len(members))


def _solved(
    members: list[Ints],
    costs: Floats,
    seconds: float,
    count: tuple[int, int] | None,
    *,
    whole: bool,
    begin: NDArray[np.bool_] | None = None,
) -> highspy.Highs:
    """The set partition over some regions, in whole regions or relaxed."""
    rows, index, first = _rows(members)
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(members), rows
    model.col_cost_ = costs
    model.col_lower_, model.col_upper_ = np.zeros(len(members)), np.ones(len(members))
    model.row_lower_, model.row_upper_ = np.ones(rows), np.ones(rows)
    if whole:
        model.integrality_ = [highspy.HighsVarType.kInteger] * len(members)
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_, matrix.index_, matrix.value_ = first, index, np.ones(index.size)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, value in (("output_flag", False), ("threads", 1), ("mip_rel_gap", 1e-4), ("time_limit", seconds)):
        solver.setOptionValue(option, value)
    solver.passModel(model)
    if count is not None:
        every = np.arange(costs.size, dtype=np.int32)
        solver.addRow(float(count[0]), float(count[1]), costs.size, every, np.ones(costs.size))
    if begin is not None:
        solution = highspy.HighsSolution()
        solution.col_value = begin.astype(np.float64).tolist()
        solver.setSolution(solution)
    solver.run()
    return solver


def _rows(members: list[Ints]) -> tuple[int, Ints, Ints]:
    """The rows of the program, and those of each region: atoms that the same regions hold make one row."""
    flat = np.concatenate(members)
    column = np.repeat(np.arange(len(members), dtype=np.int32), [one.size for one in members])
    order = np.lexsort([column, flat])
    atom, begin = np.unique(flat[order], return_index=True)
    held_by = np.split(column[order], begin[1:])
    number: dict[bytes, int] = {}
    row = np.array([number.setdefault(columns.tobytes(), len(number)) for columns in held_by])
    pairs = np.unique(np.column_stack([column, row[np.searchsorted(atom, flat)]]), axis=0)
    first = np.searchsorted(pairs[:, 0], np.arange(len(members) + 1)).astype(np.int32)
    return len(number), np.ascontiguousarray(pairs[:, 1], dtype=np.int32), first


def _regions_of(members: list[Ints], label: Ints) -> NDArray[np.bool_]:
    """Which regions of the pool are regions of the labels."""
    size = np.bincount(label[label >= 0])
    return np.array(
        [
            label[one[0]] >= 0 and size[label[one[0]]] == one.size and (label[one] == label[one[0]]).all()
            for one in members
        ]
    )
