"""Supply against demand with floating catchment areas.

E2SFCA after Luo and Qi, Health & Place 15 (2009), 1100-1107.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit, types
from numpy.typing import ArrayLike, NDArray

from linli.compute import inputs
from linli.compute.catchment import Catchment
from linli.compute.lanes import LANES, also, choose, evenly, load, load_weights, look_up, store_weights, times, total

Floats = NDArray[np.float64]

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_F32 = types.Array(types.float32, 1, "C", readonly=True)
_F64 = types.Array(types.float64, 1, "C", readonly=True)
_DISTANCES = types.Array(types.int32, 2, "C", readonly=True)
_STEPS_MAX = 8


@dataclass(frozen=True, slots=True)
class Access:
    """Supply against demand.

    Attributes
    ----------
    per_person : (o, kinds) float64
        Capacity per person that each origin can reach.
    ratio : (f,) float64
        Capacity of each facility per weighted person around it; NaN where nobody is.
    """

    per_person: Floats
    ratio: Floats


def steps(limits_cm: ArrayLike, weights: ArrayLike) -> NDArray[np.float32]:
    """Weight by centimetre that falls in steps: ``weights[i]`` up to and including ``limits_cm[i]``, then zero.

    Parameters
    ----------
    limits_cm : (z,) int, ascending
    weights : (z,) float
    """
    limits = inputs.integers("limits_cm", limits_cm, lowest=0, below=2**26)
    weight = inputs.amounts("weights", weights, rows=limits.size)
    inputs.refuse("limits_cm", limits, np.diff(limits, prepend=-1) <= 0, "not above the limit before it")
    table = np.repeat(weight, np.diff(limits, prepend=-1))
    return table.astype(np.float32)


def decay(weight: Callable[[Floats], Floats], limit_cm: int) -> NDArray[np.float32]:
    """Weight by centimetre from a function of metres, zero beyond ``limit_cm``."""
    return np.asarray(weight(np.arange(limit_cm + 1) / 100), dtype=np.float32)


def e2sfca(
    found: Catchment,
    people: ArrayLike,
    capacity: ArrayLike,
    kind: ArrayLike,
    kinds: int,
    weight: NDArray[np.float32],
) -> Access:
    """Enhanced two-step floating catchment.

    A facility's capacity is divided by the people around it, each counted with the weight of their distance; an origin
    adds up these ratios with the same weights. The people times what they get add up to the capacity of all facilities
    that anybody reaches.

    Parameters
    ----------
    people : (o,) float
    capacity : (f,) float
    kind : (f,) int, ``0 <= kind < kinds``
    weight : (c + 1,) float32
        By centimetre, from 0 to at most the catchment's limit; zero beyond. See ``steps`` and ``decay``.
    """
    origins, table = found.slot.size, _checked(found, weight)
    demand = found.in_slots(inputs.amounts("people", people, rows=origins).astype(np.float32))
    supply = inputs.amounts("capacity", capacity, rows=found.facilities)
    of_kind = inputs.integers("kind", kind, rows=found.facilities, lowest=0, below=kinds)
    falls = _steps_of(table)
    around = np.zeros(found.facilities)
    _demand(found.first, found.facility, found.distance_cm, demand, table, *falls, around)
    ratio = np.divide(supply, around, out=np.full(around.size, np.nan), where=around > 0)
    each = np.nan_to_num(ratio).astype(np.float32)
    by_slot = np.zeros((found.batches, kinds, LANES), dtype=np.float32)
    _supply(found.first, found.facility, found.distance_cm, each, of_kind, table, *falls, by_slot.reshape(-1), kinds)
    batch, lane = np.divmod(found.slot, LANES)
    return Access(by_slot[batch, :, lane].astype(np.float64), ratio)


def _checked(found: Catchment, weight: NDArray[np.float32]) -> NDArray[np.float32]:
    table = np.ascontiguousarray(weight, dtype=np.float32)
    if table.ndim != 1 or not 0 < table.size <= found.limit_cm + 1:
        raise ValueError(f"weight: expected 1 to {found.limit_cm + 1} numbers, found shape {table.shape}")
    inputs.refuse("weight", table, ~(np.isfinite(table) & (table >= 0)), "not a finite weight of zero or more")
    return np.concatenate([table, np.zeros(1, dtype=np.float32)])


def _steps_of(table: NDArray[np.float32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Where a table falls or rises, and the weights before; none if that is too often to be worth comparing."""
    last = np.flatnonzero(np.diff(table))
    if last.size > _STEPS_MAX:
        last = last[:0]
    # Beyond the last step the table is zero; the steps are compared from the farthest to the nearest.
    return last[::-1].astype(np.int32), np.ascontiguousarray(table[last][::-1])


@njit(types.void(_I64, _I32, _DISTANCES, _F32, _F32, _I32, _F32, types.float64[::1]), cache=True, nogil=True)
def _demand(first, facility, distance, people, table, last, step, around):  # type: ignore[no-untyped-def]
    far = np.int32(table.size - 1)
    zero = evenly(np.float32(0))
    for batch in range(first.size - 1):
        here = load_weights(people, batch * LANES)
        for i in range(first[batch], first[batch + 1]):
            row = load(distance, i)
            weight = zero
            if last.size == 0:
                weight = look_up(table, row, far)
            for z in range(last.size):
                weight = choose(row, last[z], evenly(step[z]), weight)
            around[facility[i]] += total(times(here, weight))


@njit(types.void(_I64, _I32, _DISTANCES, _F32, _I32, _F32, _I32, _F32, types.float32[::1], types.int64),
      cache=True, nogil=True)  # fmt: skip
def _supply(first, facility, distance, ratio, kind, table, last, step, access, kinds):  # type: ignore[no-untyped-def]
    far = np.int32(table.size - 1)
    zero = evenly(np.float32(0))
    for batch in range(first.size - 1):
        for i in range(first[batch], first[batch + 1]):
            row = load(distance, i)
            weight = zero
            if last.size == 0:
                weight = look_up(table, row, far)
            for z in range(last.size):
                weight = choose(row, last[z], evenly(step[z]), weight)
            f = facility[i]
            at = (batch * kinds + kind[f]) * LANES
            store_weights(access, at, also(load_weights(access, at), times(evenly(ratio[f]), weight)))
