"""Linear and mixed-integer programs as sparse arrays, handed to HiGHS without a modeling layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.compute.facility_location.watching import Ending, Watch

Floats = NDArray[np.float64]
_INFINITY = highspy.kHighsInf
_SLICE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Program:
    """Minimize ``cost @ x`` with ``row_lower <= A @ x <= row_upper`` and ``lower <= x <= upper``.

    ``first``, ``column`` and ``factor`` are A by rows; ``whole`` marks variables that must be whole numbers.
    """

    cost: Floats
    lower: Floats
    upper: Floats
    whole: NDArray[np.bool_]
    first: NDArray[np.int32]
    column: NDArray[np.int32]
    factor: Floats
    row_lower: Floats
    row_upper: Floats


@dataclass(frozen=True, slots=True)
class Outcome:
    """``x`` is None where no solution was found; ``ending`` None where it is proven that there is none."""

    x: Floats | None
    value: float
    bound: float
    ending: Ending | None
    row_dual: Floats | None = None


class Rows:
    """Collects the rows of a program."""

    def __init__(self) -> None:
        self._column: list[NDArray[np.int32]] = []
        self._factor: list[Floats] = []
        self._size: list[NDArray[np.int64]] = []
        self._lower: list[Floats] = []
        self._upper: list[Floats] = []

    def add(self, column: ArrayLike, factor: ArrayLike, *, lower: float = -_INFINITY, upper: float = _INFINITY) -> None:
        """One row; entries of factor zero are left out."""
        columns, factors = np.asarray(column, dtype=np.int32), np.asarray(factor, dtype=np.float64)
        kept = factors != 0
        self.add_many(np.array([kept.sum()]), columns[kept], factors[kept], lower=lower, upper=upper)

    def add_many(
        self, size: ArrayLike, column: ArrayLike, factor: ArrayLike, *, lower: ArrayLike = -_INFINITY,
        upper: ArrayLike = _INFINITY,
    ) -> None:  # fmt: skip
        """Rows of so many entries each, one after the other."""
        sizes = np.asarray(size, dtype=np.int64)
        self._size.append(sizes)
        self._column.append(np.asarray(column, dtype=np.int32))
        self._factor.append(np.broadcast_to(np.asarray(factor, dtype=np.float64), self._column[-1].shape))
        self._lower.append(np.broadcast_to(np.asarray(lower, dtype=np.float64), sizes.shape))
        self._upper.append(np.broadcast_to(np.asarray(upper, dtype=np.float64), sizes.shape))

    def program(self, cost: Floats, upper: Floats, whole: NDArray[np.bool_]) -> Program:
        """With all variables from zero."""
        sizes = np.concatenate([np.zeros(1, dtype=np.int64), *self._size])
        return Program(
            cost=np.asarray(cost, dtype=np.float64),
            lower=np.zeros(cost.size),
            upper=np.asarray(upper, dtype=np.float64),
            whole=whole,
            first=np.cumsum(sizes).astype(np.int32),
            column=_joined(self._column, np.int32),
            factor=_joined(self._factor, np.float64),
            row_lower=_joined(self._lower, np.float64),
            row_upper=_joined(self._upper, np.float64),
        )


def solve(
    program: Program, watch: Watch, *, start: Floats | None = None, steps: float = 0.0,
    enough: Callable[[float, float], bool] | None = None,
) -> Outcome:  # fmt: skip
    """Solve a program, keeping the best solution when it has to end early.

    Parameters
    ----------
    start : (n,), a solution to start from
    steps : the value of every solution is a multiple of this, so that a smaller gap is none
    enough : (value, bound) -> whether the answer would do; infinite where there is none yet
    """
    solver = _loaded(program, watch, steps)
    if start is not None:
        solution = highspy.HighsSolution()
        solution.col_value = np.asarray(start, dtype=np.float64).tolist()
        solver.setSolution(solution)
    seen = _listen(solver, watch, enough)
    solver.run()
    return _outcome(solver, program, watch, seen)


def _loaded(program: Program, watch: Watch, steps: float) -> highspy.Highs:
    solver = highspy.Highs()  # type: ignore[no-untyped-call]  # the library gives no types
    for name, value in (
        ("output_flag", False), ("threads", 1), ("parallel", "off"), ("random_seed", 1), ("mip_rel_gap", 0.0),
        ("mip_abs_gap", max(1e-6, 0.999 * steps)), ("time_limit", min(_SLICE_S, max(watch.left_s, 0.01))),
    ):  # fmt: skip
        solver.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = program.cost.size, program.row_lower.size
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = program.cost, program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.row_lower, program.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = lp.num_col_, lp.num_row_
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = program.first, program.column, program.factor
    if program.whole.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[whole] for whole in program.whole.astype(int)]
    solver.passModel(lp)
    return solver


def _listen(solver: highspy.Highs, watch: Watch, enough: Callable[[float, float], bool] | None) -> dict[str, Any]:
    """Let the watch interrupt the solver; returns what is noted on the way."""
    seen: dict[str, Any] = {"ending": None, "enough": False}

    def ask(event: Any) -> None:
        value, bound = event.data_out.mip_primal_bound, event.data_out.mip_dual_bound
        seen["ending"] = watch.over()
        seen["enough"] = enough is not None and enough(value, bound)
        if seen["ending"] is not None or seen["enough"]:
            event.interrupt()

    def ask_briefly(event: Any) -> None:
        seen["ending"] = watch.over()
        if seen["ending"] is not None:
            event.interrupt()

    solver.cbMipInterrupt += ask
    solver.cbSimplexInterrupt += ask_briefly
    return seen


def _outcome(solver: highspy.Highs, program: Program, watch: Watch, seen: dict[str, Any]) -> Outcome:
    status, info = solver.getModelStatus(), solver.getInfo()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return Outcome(None, np.inf, np.inf, None)
    proven = status == highspy.HighsModelStatus.kOptimal
    mixed = bool(program.whole.any())
    found = info.primal_solution_status == highspy.SolutionStatus.kSolutionStatusFeasible
    solution = solver.getSolution()
    x = np.asarray(solution.col_value, dtype=np.float64) if found and (proven or mixed) else None
    value = float(program.cost @ x) if x is not None else np.inf
    bound = float(info.mip_dual_bound) if mixed else (value if proven else -np.inf)
    ending = Ending.PROVEN if proven else (seen["ending"] or Ending.TIME)
    duals = np.asarray(solution.row_dual, dtype=np.float64) if not mixed and proven else None
    return Outcome(x, value, bound, ending, duals)


def _joined(parts: list[NDArray[Any]], kind: type) -> NDArray[Any]:
    return np.concatenate([np.empty(0, dtype=kind), *parts]).astype(kind)
