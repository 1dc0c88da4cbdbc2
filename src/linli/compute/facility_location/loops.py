"""The compiled loops of the searches. Their callers check shapes and explain what they are for."""

from __future__ import annotations

import numpy as np
from numba import njit, types

_I32 = types.Array(types.int32, 1, "C", readonly=True)
_I64 = types.Array(types.int64, 1, "C", readonly=True)
_U64 = types.uint64[::1]
_TABLE = types.Array(types.int32, 2, "C", readonly=True)
_USE = types.Array(types.int64, 2, "C", readonly=True)
_OUT32 = types.int32[::1]
_OUT64 = types.int64[::1]
_FLAGS = types.boolean[::1]
_F64 = types.float64[::1]


@njit(types.int64(_TABLE, types.int32, _OUT64, _OUT32), cache=True, nogil=True)
def pack(distance, limit, first, column):  # type: ignore[no-untyped-def]
    used = 0
    for row in range(distance.shape[0]):
        for j in range(distance.shape[1]):
            # Written in any case and kept if near: no branch to guess.
            column[used] = j
            used += distance[row, j] <= limit
            if used == column.size:
                break
        first[row + 1] = used
    return used


@njit(types.uint64(types.uint64), cache=True, nogil=True)
def _scatter(key):  # type: ignore[no-untyped-def]
    """Splitmix64 (Steele, Lea and Flood 2014): neighboring numbers get unrelated marks."""
    key = (key + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return key ^ (key >> np.uint64(31))


@njit(_U64(_I64), cache=True, nogil=True)
def scattered(label):  # type: ignore[no-untyped-def]
    out = np.empty(label.size, np.uint64)
    for i in range(label.size):
        out[i] = _scatter(np.uint64(label[i]) ^ np.uint64(0xD1B54A32D192ED03))
    return out


@njit(_U64(_I64, _I32), cache=True, nogil=True)
def marks(first, column):  # type: ignore[no-untyped-def]
    out = np.empty(first.size - 1, np.uint64)
    for row in range(first.size - 1):
        mark = np.uint64(0)
        for e in range(first[row], first[row + 1]):
            mark ^= _scatter(np.uint64(column[e]))
        out[row] = mark
    return out


@njit(types.boolean(_I64, _I32, _I64, _I64), cache=True, nogil=True)
def same(first, column, chief, of_row):  # type: ignore[no-untyped-def]
    for row in range(first.size - 1):
        other = chief[of_row[row]]
        if first[row + 1] - first[row] != first[other + 1] - first[other]:
            return False
        for e in range(first[row + 1] - first[row]):
            if column[first[row] + e] != column[first[other] + e]:
                return False
    return True


@njit(types.boolean(_USE, _OUT64, _I64, types.int64, types.int64), cache=True, nogil=True)
def _fits(use, used, limit, into, out):  # type: ignore[no-untyped-def]
    for k in range(limit.size):
        more = use[into, k] - (use[out, k] if out >= 0 else 0)
        # What takes no more of a resource may not be refused for it.
        if more > 0 and used[k] + more > limit[k]:
            return False
    return True


@njit(types.void(_I64, _I32, _I64, _I32, _I64, types.int64, types.int64, _OUT64, _OUT64, _OUT64, _OUT64),
      cache=True, nogil=True)  # fmt: skip
def _switch(first, column, of_first, of_row, weight, j, step, count, chosen_sum, gain, loss):  # type: ignore[no-untyped-def]
    """Take a column in (step 1) or out (-1): ``gain`` of those out, ``loss`` of those in stay true."""
    for e in range(of_first[j], of_first[j + 1]):
        row = of_row[e]
        before, after = count[row], count[row] + step
        if before == 1:
            loss[chosen_sum[row]] -= weight[row]
        count[row] = after
        chosen_sum[row] += step * j
        if after == 1:
            loss[chosen_sum[row]] += weight[row]
        if before == 0 or after == 0:
            for i in range(first[row], first[row + 1]):
                gain[column[i]] -= step * weight[row]


@njit(types.int64(_I64, _I32, _I64, _I32, _I64, _USE, _I64, _F64, types.int64, _FLAGS), cache=True, nogil=True)
def cover_well(first, column, of_first, of_row, weight, use, limit, price, rounds, chosen):  # type: ignore[no-untyped-def]
    """From what is chosen: add by gain for the price, then swap while that helps. Returns the weight covered."""
    n = chosen.size
    count = np.zeros(first.size - 1, np.int64)
    chosen_sum = np.zeros(first.size - 1, np.int64)
    gain = np.zeros(n, np.int64)
    loss = np.zeros(n, np.int64)
    used = np.zeros(limit.size, np.int64)
    for row in range(first.size - 1):
        for e in range(first[row], first[row + 1]):
            gain[column[e]] += weight[row]
    value = 0
    for j in range(n):
        if chosen[j]:
            value += gain[j]
            _switch(first, column, of_first, of_row, weight, j, 1, count, chosen_sum, gain, loss)
            for k in range(limit.size):
                used[k] += use[j, k]
    extra = np.zeros(n, np.int64)
    for _ in range(rounds):
        best, into, out = 0.0, -1, -1
        for j in range(n):
            if not chosen[j] and gain[j] > best * price[j] and _fits(use, used, limit, j, -1):
                best, into = gain[j] / price[j], j
        if into < 0:
            most = 0
            for o in range(n):
                if not chosen[o]:
                    continue
                extra[:] = 0
                for e in range(of_first[o], of_first[o + 1]):
                    row = of_row[e]
                    if count[row] == 1:
                        for i in range(first[row], first[row + 1]):
                            extra[column[i]] += weight[row]
                for j in range(n):
                    more = gain[j] + extra[j] - loss[o]
                    if more > most and not chosen[j] and _fits(use, used, limit, j, o):
                        most, into, out = more, j, o
            if into < 0:
                break
        if out >= 0:
            value -= loss[out]
            chosen[out] = False
            _switch(first, column, of_first, of_row, weight, out, -1, count, chosen_sum, gain, loss)
            for k in range(limit.size):
                used[k] -= use[out, k]
        value += gain[into]
        chosen[into] = True
        _switch(first, column, of_first, of_row, weight, into, 1, count, chosen_sum, gain, loss)
        for k in range(limit.size):
            used[k] += use[into, k]
    return value
