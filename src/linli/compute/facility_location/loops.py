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


@njit(types.void(_TABLE, _I32, _OUT64, _OUT32, _OUT32), cache=True, nogil=True)
def sort_rows(distance, outside, first, column, cm):  # type: ignore[no-untyped-def]
    """Entries of each row that are nearer than what lies outside, nearest first; the lower column first in a tie."""
    n = distance.shape[1]
    keys = np.empty(n, np.int64)
    used = 0
    for row in range(distance.shape[0]):
        count = 0
        for j in range(n):
            if distance[row, j] < outside[row]:
                keys[count] = (np.int64(distance[row, j]) << 32) | j
                count += 1
        keys[:count].sort()
        for e in range(count):
            column[used] = np.int32(keys[e] & 0xFFFFFFFF)
            cm[used] = np.int32(keys[e] >> 32)
            used += 1
        first[row + 1] = used


@njit(types.int64(_I64, _I32, _I32, _I32, _I64, types.boolean[::1]), cache=True, nogil=True)
def walked(first, column, cm, outside, weight, chosen):  # type: ignore[no-untyped-def]
    """Weighted distance to the nearest chosen, in all."""
    total = 0
    for row in range(first.size - 1):
        near = outside[row]
        for e in range(first[row], first[row + 1]):
            if chosen[column[e]]:
                near = cm[e]
                break
        total += weight[row] * near
    return total


@njit(types.int64(_I64, _I32, _I32, _I32, _I64, _USE, _I64, _F64, types.int64, _FLAGS), cache=True, nogil=True)
def walk_less(first, column, cm, outside, weight, use, limit, price, rounds, chosen):  # type: ignore[no-untyped-def]
    """Add by gain for the price, then swap while that helps (Resende and Werneck 2007); returns how often it did."""
    n = chosen.size
    gain, loss = np.zeros(n), np.zeros(n)
    place = np.full(n, -1, np.int64)
    members = np.empty(n, np.int64)
    used = np.zeros(limit.size, np.int64)
    size = 0
    for j in range(n):
        if chosen[j]:
            place[j], members[size] = size, j
            size += 1
            for k in range(limit.size):
                used[k] += use[j, k]
    extra = np.zeros((n, n))
    for done in range(rounds):
        gain[:] = 0
        loss[:] = 0
        extra[:size] = 0
        for row in range(first.size - 1):
            nearest, at = -1, first[row]
            near, second = outside[row], outside[row]
            while at < first[row + 1]:
                if chosen[column[at]]:
                    if nearest >= 0:
                        second = cm[at]
                        break
                    nearest, near = column[at], cm[at]
                at += 1
            w = weight[row]
            if nearest >= 0:
                loss[nearest] += np.float64(w) * (second - near)
                own = extra[place[nearest]]
                for e in range(first[row], at):
                    j = column[e]
                    if cm[e] < near:
                        gain[j] += np.float64(w) * (near - cm[e])
                        own[j] += np.float64(w) * (second - near)
                    else:
                        own[j] += np.float64(w) * (second - cm[e])
            else:
                for e in range(first[row], at):
                    gain[column[e]] += np.float64(w) * (near - cm[e])
        best, into, out = 0.0, -1, -1
        for j in range(n):
            if not chosen[j] and gain[j] > best * price[j] and _fits(use, used, limit, j, -1):
                best, into = gain[j] / price[j], j
        if into < 0:
            most = 0.5
            for m in range(size):
                o = members[m]
                for j in range(n):
                    more = gain[j] + extra[m, j] - loss[o]
                    if more > most and not chosen[j] and _fits(use, used, limit, j, o):
                        most, into, out = more, j, o
        if into < 0:
            return done
        if out >= 0:
            chosen[out] = False
            place[into], members[place[out]], place[out] = place[out], into, -1
            for k in range(limit.size):
                used[k] -= use[out, k]
        else:
            place[into], members[size] = size, into
            size += 1
        chosen[into] = True
        for k in range(limit.size):
            used[k] += use[into, k]
    return rounds


@njit(types.float64(_F64, _USE, _I64, _F64, _F64), cache=True, nogil=True)
def _cheapest_choice(rho, use, limit, share, trial):  # type: ignore[no-untyped-def]
    """The least sum of ``rho`` within the limits, at least: each limit by itself, columns cut; the strictest counts."""
    best = 0.0
    for j in range(rho.size):
        share[j] = 1.0 if rho[j] < 0 else 0.0
        best += min(0.0, rho[j])
    ratio = np.empty(rho.size)
    for k in range(limit.size):
        left = np.float64(limit[k])
        value = 0.0
        for j in range(rho.size):
            trial[j], ratio[j] = 0.0, 0.0
            if rho[j] < 0:
                if use[j, k] == 0:
                    trial[j] = 1.0
                    value += rho[j]
                else:
                    ratio[j] = rho[j] / use[j, k]
        for j in np.argsort(ratio):
            if ratio[j] >= 0 or left <= 0:
                break
            take = min(1.0, left / use[j, k])
            trial[j] = take
            value += take * rho[j]
            left -= take * use[j, k]
        if value > best:
            best = value
            share[:] = trial
    return best


@njit(types.void(_I64, _I32, _I32, _I32, types.Array(types.float64, 1, "C", readonly=True), _USE, _I64, _FLAGS,
                 types.float64, types.int64, _F64, _F64, _F64, _F64, _F64, _F64),
      cache=True, nogil=True)  # fmt: skip
def raise_bound(  # type: ignore[no-untyped-def]
    first, column, cm, outside, weight, use, limit, barred, value, steps, mu, best_mu, way, rho, mean, state
):  # fmt: skip
    """Steps of a deflected subgradient on the price ``mu`` of serving one unit of each row.

    ``state``: best bound, length of step, steps since the bound rose. ``mean``: how much of each column was chosen of
    late. ``rho`` belongs to the last step.
    """
    n, d = rho.size, first.size - 1
    trial, share = np.empty(n), np.empty(n)
    for _ in range(steps):
        rho[:] = 0
        bound = 0.0
        for row in range(d):
            m, w = mu[row], weight[row]
            bound += w * m
            for e in range(first[row], first[row + 1]):
                if cm[e] >= m:
                    break
                rho[column[e]] += w * (cm[e] - m)
        for j in range(n):
            if barred[j]:
                rho[j] = 0.0
        bound += _cheapest_choice(rho, use, limit, share, trial)
        for j in range(n):
            mean[j] = 0.95 * mean[j] + 0.05 * share[j]
        if bound > state[0]:
            if bound > state[0] + 1e-4 * abs(value - state[0]):
                state[2] = 0
            state[0] = bound
            best_mu[:] = mu
        state[2] += 1
        if state[2] > 20:
            state[1] *= 0.75
            state[2] = 0
            mu[:] = best_mu
            way[:] = 0
            continue
        norm = 0.0
        for row in range(d):
            slack, m = 1.0, mu[row]
            for e in range(first[row], first[row + 1]):
                if cm[e] >= m:
                    break
                slack -= share[column[e]]
            if m >= outside[row] and slack > 0:
                slack = 0.0
            way[row] = 0.6 * way[row] + 0.4 * slack
            norm += weight[row] * way[row] * way[row]
        if norm <= 0:
            break
        step = state[1] * max(value - bound, 1e-9 * abs(value)) / norm
        for row in range(d):
            mu[row] = min(max(0.0, mu[row] + step * way[row]), np.float64(outside[row]))


@njit(types.void(_I64, _I32, _I32, types.int64, _OUT32), cache=True, nogil=True)
def open_column(first, column, cm, j, outside):  # type: ignore[no-untyped-def]
    """Nobody walks farther than to an open column."""
    for row in range(first.size - 1):
        for e in range(first[row], first[row + 1]):
            if cm[e] >= outside[row]:
                break
            if column[e] == j:
                outside[row] = cm[e]
                break


@njit(types.int64(_I64, _I32, types.int32, _I64, _OUT64), cache=True, nogil=True)
def near_ends(first, cm, limit, rows, end):  # type: ignore[no-untyped-def]
    """Where the entries of each row stop being within the limit; how many there are in all."""
    total = 0
    for i in range(rows.size):
        low, high = first[rows[i]], first[rows[i] + 1]
        while low < high:
            middle = (low + high) // 2
            if cm[middle] <= limit:
                low = middle + 1
            else:
                high = middle
        end[i] = low
        total += low - first[rows[i]]
    return total


@njit(types.void(_I64, _I32, _I32, _F64, types.int32, _F64), cache=True, nogil=True)
def shares_within(first, column, cm, share, limit, out):  # type: ignore[no-untyped-def]
    """How much of a whole column each row has within the limit."""
    for row in range(first.size - 1):
        total = 0.0
        for e in range(first[row], first[row + 1]):
            if cm[e] > limit:
                break
            total += share[column[e]]
        out[row] = total


@njit(types.void(_I64, _I32, _I32, _I32, _FLAGS, _OUT32), cache=True, nogil=True)
def nearest_chosen(first, column, cm, outside, chosen, near):  # type: ignore[no-untyped-def]
    for row in range(first.size - 1):
        near[row] = outside[row]
        for e in range(first[row], first[row + 1]):
            if chosen[column[e]]:
                near[row] = cm[e]
                break


@njit(types.boolean(_I64, _I32, _I64, _I32, _USE, _I64, types.int64, types.int64, _OUT64, _FLAGS),
      cache=True, nogil=True)  # fmt: skip
def cover_all(first, column, of_first, of_row, use, limit, steps, seed, weight, chosen):  # type: ignore[no-untyped-def]
    """Search for a choice within the limits that leaves no row uncovered; whether one was found.

    Rows that stay uncovered grow heavier (Gao, Weise and Li 2015, An efficient local search heuristic with row
    weighting for the unicost set covering problem).
    """
    n, d = chosen.size, first.size - 1
    count, chosen_sum = np.zeros(d, np.int64), np.zeros(d, np.int64)
    gain, loss = np.zeros(n, np.int64), np.zeros(n, np.int64)
    used, since = np.zeros(limit.size, np.int64), np.zeros(n, np.int64)
    bare, at = np.arange(d), np.arange(d)
    left = d
    for row in range(d):
        for e in range(first[row], first[row + 1]):
            gain[column[e]] += weight[row]
    state = np.uint64(seed)
    best_left = d
    best = chosen.copy()
    start = chosen.copy()
    chosen[:] = False
    queue = np.flatnonzero(start)
    queued = 0
    blocked = -1
    for step in range(1, steps + queue.size + 1):
        if queued < queue.size:
            into = queue[queued]
            queued += 1
        else:
            if left == 0:
                break
            state = _scatter(state)
            row = bare[np.int64(state % np.uint64(left))]
            into = -1
            for e in range(first[row], first[row + 1]):
                j = column[e]
                if j == blocked and first[row + 1] - first[row] > 1:
                    continue
                if into < 0 or gain[j] > gain[into] or (gain[j] == gain[into] and since[j] < since[into]):
                    into = j
            if into < 0:
                return False
        for k in range(limit.size):
            while used[k] + use[into, k] > limit[k]:
                out = -1
                for j in range(n):
                    if not chosen[j] or use[j, k] == 0:
                        continue
                    if (
                        out < 0
                        or loss[j] * use[out, k] < loss[out] * use[j, k]
                        or (loss[j] * use[out, k] == loss[out] * use[j, k] and since[j] < since[out])
                    ):
                        out = j
                if out < 0:
                    chosen[:] = best
                    return False
                chosen[out] = False
                blocked, since[out] = out, step
                for e in range(of_first[out], of_first[out + 1]):
                    r = of_row[e]
                    if count[r] == 1:
                        bare[left], at[r] = r, left
                        left += 1
                _switch(first, column, of_first, of_row, weight, out, -1, count, chosen_sum, gain, loss)
                for q in range(limit.size):
                    used[q] -= use[out, q]
        chosen[into] = True
        since[into] = step
        for e in range(of_first[into], of_first[into + 1]):
            r = of_row[e]
            if count[r] == 0:
                left -= 1
                last = bare[left]
                bare[at[r]], at[last] = last, at[r]
        _switch(first, column, of_first, of_row, weight, into, 1, count, chosen_sum, gain, loss)
        for k in range(limit.size):
            used[k] += use[into, k]
        if left < best_left:
            best_left = left
            best[:] = chosen
        for b in range(left):
            r = bare[b]
            weight[r] += 1
            for e in range(first[r], first[r + 1]):
                gain[column[e]] += 1
    chosen[:] = best
    return best_left == 0
