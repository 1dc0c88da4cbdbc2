"""Compiled loops of one run: the start by merging, steps on spanning trees, moves of single atoms."""

from __future__ import annotations

import numpy as np
from numba import njit, types

from linli.compute.regionalization.graph import GRAPH
from linli.compute.regionalization.trees import (
    FLOATS,
    INTS,
    LONGS,
    WORDS,
    choose_cut,
    grow_tree,
    lacking,
    region_cost,
    uniform,
)

_TRIES = 64
_RESIZE = 0.2


@njit(
    types.int64(GRAPH, types.int64, types.int64, types.float64, WORDS, INTS),
    cache=True,
    nogil=True,
)
def merge_start(graph, high, regions, noise, random, label):  # type: ignore[no-untyped-def]
    """Label atoms by merging, cheapest first, down to so many regions of at most ``high`` people; their number.

    The price of a merge is Ward's (1963), by people and place, raised by the drag of the border between. Fewer merges
    happen where ``high`` forbids more; parts that do not hang together stay apart.
    """
    first, neighbor, drag, joins, people, x, y = (
        graph[0], graph[1], graph[3], graph[4], graph[5], graph[7], graph[8],
    )  # fmt: skip
    n = people.size
    total = people.copy()
    weight = np.empty(n, np.float64)
    mx = x.copy()
    my = y.copy()
    version = np.zeros(n, np.int32)
    next_ = np.full(n, -1, np.int32)
    last = np.arange(n).astype(np.int32)
    alive = n
    capacity = 8 * neighbor.size + 64
    hk = np.empty(capacity, np.float64)
    ha = np.empty(capacity, np.int32)
    hb = np.empty(capacity, np.int32)
    hv = np.empty(capacity, np.int64)
    size = 0
    near = np.empty(n, np.int32)
    near_drag = np.zeros(n, np.float64)
    near_count = np.zeros(n, np.int32)
    mean_people = max(1.0, total.sum() / max(n, 1))
    for a in range(n):
        label[a] = a
        weight[a] = people[a] + 0.05 * mean_people
    todo = 0
    while True:
        # First every atom in turn announces its merges, then each newly merged region.
        if todo < n:
            a = todo
            todo += 1
        else:
            a = -1
            while size > 0:
                best_a = ha[0]
                best_b = hb[0]
                best_v = hv[0]
                size -= 1
                if size > 0:
                    k, p, q, v = hk[size], ha[size], hb[size], hv[size]
                    hole = 0
                    child = 1
                    while child < size:
                        if child + 1 < size and hk[child + 1] < hk[child]:
                            child += 1
                        if hk[child] >= k:
                            break
                        hk[hole], ha[hole], hb[hole], hv[hole] = hk[child], ha[child], hb[child], hv[child]
                        hole = child
                        child = 2 * hole + 1
                    hk[hole], ha[hole], hb[hole], hv[hole] = k, p, q, v
                if label[best_a] != best_a or label[best_b] != best_b:
                    continue
                if best_v != np.int64(version[best_a]) * n * 4 + version[best_b]:
                    continue
                a = best_a
                b = best_b
                # b joins a.
                mx[a] = (mx[a] * weight[a] + mx[b] * weight[b]) / (weight[a] + weight[b])
                my[a] = (my[a] * weight[a] + my[b] * weight[b]) / (weight[a] + weight[b])
                weight[a] += weight[b]
                total[a] += total[b]
                member = b
                while member != -1:
                    label[member] = a
                    member = next_[member]
                next_[last[a]] = b
                last[a] = last[b]
                version[a] += 1
                alive -= 1
                break
            if a == -1 or alive <= regions:
                break
        if todo >= n and alive <= regions:
            break
        # Announce merges of a with everything around it.
        count = 0
        member = a
        while member != -1:
            for e in range(first[member], first[member + 1]):
                c = label[neighbor[e]]
                if c == a or joins[e] == 0:
                    continue
                if near_count[c] == 0:
                    near[count] = c
                    count += 1
                near_count[c] += 1
                near_drag[c] += drag[e]
            member = next_[member]
        for i in range(count):
            c = near[i]
            mean_drag = near_drag[c] / near_count[c]
            near_count[c] = 0
            near_drag[c] = 0.0
            if total[a] + total[c] > high or (todo < n and c < a):
                continue
            apart = (mx[a] - mx[c]) ** 2 + (my[a] - my[c]) ** 2
            cost = weight[a] * weight[c] / (weight[a] + weight[c]) * apart
            cost *= (0.25 + 4.0 * mean_drag) * (1.0 + noise * uniform(random))
            if size == capacity:
                capacity *= 2
                hk = np.concatenate((hk, np.empty(size, np.float64)))
                ha = np.concatenate((ha, np.empty(size, np.int32)))
                hb = np.concatenate((hb, np.empty(size, np.int32)))
                hv = np.concatenate((hv, np.empty(size, np.int64)))
            hole = size
            size += 1
            while hole > 0:
                above = (hole - 1) >> 1
                if hk[above] <= cost:
                    break
                hk[hole], ha[hole], hb[hole], hv[hole] = hk[above], ha[above], hb[above], hv[above]
                hole = above
            hk[hole], ha[hole], hb[hole] = cost, a, c
            hv[hole] = np.int64(version[a]) * n * 4 + version[c]
    return alive


@njit(
    types.void(GRAPH, INTS, INTS, INTS, LONGS, FLOATS, INTS, FLOATS),
    cache=True,
    nogil=True,
)
def read_regions(graph, label, head, next_, total, cost, mark, tally):  # type: ignore[no-untyped-def]
    """Fill the lists of members, the people and the cost of every region from the labels."""
    people = graph[5]
    n = people.size
    head[:] = -1
    total[:] = 0
    cost[:] = 0.0
    for a in range(n - 1, -1, -1):
        next_[a] = head[label[a]]
        head[label[a]] = a
        total[label[a]] += people[a]
    members = np.empty(n, np.int32)
    for region in range(n):
        count = 0
        a = head[region]
        while a != -1:
            members[count] = a
            mark[a] = region + 1
            count += 1
            a = next_[a]
        if count > 0:
            cost[region] = region_cost(graph, members, count, mark, np.int32(region + 1), tally)
    mark[:] = 0


@njit(types.int64(INTS, INTS, types.int32, INTS, types.int64), cache=True, nogil=True)
def gather(head, next_, region, members, count):  # type: ignore[no-untyped-def]
    a = head[region]
    while a != -1:
        members[count] = a
        count += 1
        a = next_[a]
    return count


@njit(types.void(INTS, INTS, INTS, types.int32, INTS, types.int64), cache=True, nogil=True)
def settle(label, head, next_, region, members, count):  # type: ignore[no-untyped-def]
    """Make ``members[:count]`` the region, in the order given."""
    head[region] = -1
    for i in range(count - 1, -1, -1):
        a = members[i]
        label[a] = region
        next_[a] = head[region]
        head[region] = a


@njit(types.boolean(GRAPH, INTS, types.int64, INTS, types.int32, INTS), cache=True, nogil=True)
def hangs_together(graph, members, count, mark, stamp, queue):  # type: ignore[no-untyped-def]
    """Whether all of ``members[:count]``, marked with the stamp, hang together; marks reached ones ``stamp + 1``."""
    first, neighbor, joins = graph[0], graph[1], graph[4]
    if count == 0:
        return True
    queue[0] = members[0]
    mark[members[0]] = stamp + 1
    size = 1
    i = 0
    while i < size:
        a = queue[i]
        i += 1
        for e in range(first[a], first[a + 1]):
            b = neighbor[e]
            if joins[e] != 0 and mark[b] == stamp:
                mark[b] = stamp + 1
                queue[size] = b
                size += 1
    return size == count


@njit(
    types.int64(
        GRAPH, types.int64, types.int64, types.float64, types.float64, types.float64, types.float64, types.float64,
        types.int64, types.float64, types.int64, WORDS, INTS, INTS, INTS, LONGS, FLOATS,
    ),
    cache=True,
    nogil=True,
)  # fmt: skip
def anneal(  # type: ignore[no-untyped-def]
    graph, low, high, heavy, hot, cold, single, wild, aim, rigid, steps, random, label, head, next_, total, cost
):
    """So many steps from temperature ``hot`` down to ``cold``; how many trees were cut.

    A step merges two neighboring regions and cuts a spanning tree of both anew, or (a share of ``single``) moves one
    atom over a border. It is taken if it costs less, else with the probability of Metropolis (1953). A person out of
    range costs ``heavy``; such regions may also be merged whole or split alone, and of the steps on them a share of
    ``wild`` is taken whatever it costs, for otherwise some would never get out of their corner. Now and then two
    regions in range are merged or one is split; ``rigid`` times the square of what the number of regions is off from
    ``aim`` is then paid too, so that regions become more in one place and fewer in another.
    """
    first, neighbor, joins, people, group = graph[0], graph[1], graph[4], graph[5], graph[9]
    n = people.size
    m = neighbor.size
    mark = np.zeros(n, np.int32)
    stamp = np.int32(2)
    groups = 0
    for a in range(n):
        groups = max(groups, group[a] + 1)
    tally = np.zeros(groups, np.float64)
    tail = np.empty(m, np.int32)
    for a in range(n):
        tail[first[a] : first[a + 1]] = a
    order = np.empty(n, np.int32)
    parent = np.empty(n, np.int32)
    key = np.empty(n, np.float64)
    below = np.zeros(n, np.int64)
    heap_key = np.empty(m + 1, np.float64)
    heap_atom = np.empty(m + 1, np.int32)
    heap_parent = np.empty(m + 1, np.int32)
    here = np.empty(n, np.int32)
    there = np.empty(n, np.int32)
    bad = 0
    alive = 0
    for region in range(n):
        if head[region] != -1:
            alive += 1
        if head[region] != -1 and lacking(total[region], low, high) > 0:
            bad += 1
    on_trees = 0
    if m == 0:
        return 0
    factor = (cold / hot) ** (1.0 / max(steps - 1, 1))
    temperature = hot / factor
    for _ in range(steps):
        temperature *= factor
        if stamp > 2_000_000_000:
            mark[:] = 0
            stamp = np.int32(2)
        stamp += 8
        # A border between two regions; where some region is out of range, every fourth time one of its borders.
        e = -1
        focus = -1
        if bad > 0 and uniform(random) < 0.25:
            start = int(uniform(random) * n)
            for i in range(n):
                region = label[(start + i) % n]
                if lacking(total[region], low, high) > 0:
                    focus = region
                    break
        for attempt in range(_TRIES):
            if focus >= 0:
                a = head[focus]
                skip = int(uniform(random) * (4 + attempt))
                while skip > 0 and next_[a] != -1:
                    a = next_[a]
                    skip -= 1
                degree = first[a + 1] - first[a]
                if degree == 0:
                    continue
                slot = first[a] + int(uniform(random) * degree)
            else:
                slot = int(uniform(random) * m)
            if joins[slot] != 0 and label[tail[slot]] != label[neighbor[slot]]:
                e = slot
                break
        if e < 0:
            if focus < 0:
                break
            # A region without neighbors can only be split.
            if total[focus] < 2 * low:
                continue
        u = label[tail[e]] if e >= 0 else np.int32(focus)
        v = label[neighbor[e]] if e >= 0 else np.int32(focus)
        before_bad = (1 if lacking(total[u], low, high) > 0 else 0) + (
            1 if v != u and lacking(total[v], low, high) > 0 else 0
        )
        if before_bad == 0 and uniform(random) < single:
            a = tail[e]
            if total[u] - people[a] < low or total[v] + people[a] > high:
                continue
            count = gather(head, next_, u, here, 0)
            stay = 0
            for i in range(count):
                if here[i] != a:
                    here[stay] = here[i]
                    mark[here[i]] = stamp
                    stay += 1
            if stay == 0 or not hangs_together(graph, here, stay, mark, stamp, order):
                continue
            other = gather(head, next_, v, there, 0)
            for i in range(other):
                mark[there[i]] = stamp + 2
            there[other] = a
            mark[a] = stamp + 2
            new_u = region_cost(graph, here, stay, mark, np.int32(stamp + 1), tally)
            new_v = region_cost(graph, there, other + 1, mark, np.int32(stamp + 2), tally)
            change = new_u + new_v - cost[u] - cost[v]
            if change > 0 and uniform(random) >= np.exp(-change / temperature):
                continue
            total[u] -= people[a]
            total[v] += people[a]
            cost[u] = new_u
            cost[v] = new_v
            settle(label, head, next_, u, here, stay)
            settle(label, head, next_, v, there, other + 1)
            continue
        resize = before_bad == 0 and uniform(random) < _RESIZE
        grow = 2.0 * (alive - aim) * rigid
        any_ = focus >= 0 and uniform(random) < wild
        alone = u == v or (before_bad > 0 and total[u] > high and total[u] >= 2 * low and uniform(random) < 0.5)
        merge = False
        if resize:
            merge = total[u] + total[v] <= high and uniform(random) < 0.5
            alone = not merge and total[u] >= 2 * low
            resize = merge or alone
        count = gather(head, next_, u, here, 0)
        if not alone:
            count = gather(head, next_, v, here, count)
        for i in range(count):
            mark[here[i]] = stamp
        missing = lacking(total[u], low, high)
        old = cost[u] + heavy * missing
        if not alone:
            missing += lacking(total[v], low, high)
            old += cost[v] + heavy * lacking(total[v], low, high)
            if merge or (before_bad > 0 and (any_ or total[u] + total[v] <= high) and uniform(random) < 0.5):
                whole = total[u] + total[v]
                new_u = region_cost(graph, here, count, mark, stamp, tally)
                change = new_u + heavy * lacking(whole, low, high) - old
                if resize:
                    change += rigid - grow
                if any_ or change <= 0 or uniform(random) < np.exp(-change / temperature):
                    settle(label, head, next_, u, here, count)
                    head[v] = -1
                    total[u] = whole
                    total[v] = 0
                    cost[u] = new_u
                    cost[v] = 0.0
                    alive -= 1
                    bad += (1 if lacking(whole, low, high) > 0 else 0) - before_bad
                continue
        root = here[int(uniform(random) * count)]
        reached = grow_tree(graph, root, mark, stamp, random, order, parent, key, heap_key, heap_atom, heap_parent)
        if reached < count:
            continue
        allowed = missing + low if alone and not resize else missing
        cut = choose_cut(graph, reached, order, parent, key, below, low, high, allowed, random)
        if any_ and reached > 1:
            cut = order[1 + int(uniform(random) * (reached - 1))]
        if cut < 0:
            continue
        on_trees += 1
        mark[cut] = stamp + 2
        p = 0
        q = 0
        for i in range(count):
            a = order[i]
            if a == cut or (i > 0 and mark[parent[a]] == stamp + 2):
                mark[a] = stamp + 2
                there[p] = a
                p += 1
            else:
                here[q] = a
                q += 1
        new_v = region_cost(graph, there, p, mark, np.int32(stamp + 2), tally)
        new_u = region_cost(graph, here, q, mark, np.int32(stamp + 1), tally)
        side = below[cut]
        rest = below[order[0]] - side
        after = lacking(side, low, high) + lacking(rest, low, high)
        change = new_u + new_v + heavy * after - old
        if resize:
            change += rigid + grow
        if not any_ and change > 0 and uniform(random) >= np.exp(-change / temperature):
            continue
        if alone:
            alive += 1
            v = np.int32(0)
            while head[v] != -1:
                v += 1
        bad -= (1 if lacking(total[u], low, high) > 0 else 0) + (
            1 if not alone and lacking(total[v], low, high) > 0 else 0
        )
        settle(label, head, next_, u, here, q)
        settle(label, head, next_, v, there, p)
        total[u] = rest
        total[v] = side
        cost[u] = new_u
        cost[v] = new_v
        bad += (1 if lacking(rest, low, high) > 0 else 0) + (1 if lacking(side, low, high) > 0 else 0)
    return on_trees
