"""Nothing compiles while somebody waits."""

from __future__ import annotations

import importlib

import numpy as np
from compute import walks
from numba.core import event

from linli.compute import catchment as reach
from linli.compute import compiled, dissection, floating_catchment, hierarchy, sweep
from linli.compute.network import build


def test_every_compiled_function_has_one_declared_signature() -> None:
    for name in compiled.KERNELS:
        functions = compiled.compiled_functions(importlib.import_module(f"linli.compute.{name}"))

        assert functions
        assert all(len(f.signatures) == 1 and not f._can_compile for f in functions)


def test_a_whole_check_compiles_nothing() -> None:
    network, _ = build([[0, 0], [100, 0], [100, 100]], [[0, 1], [1, 2]])
    here, there = walks.anchors(network, 5, 1), walks.anchors(network, 4, 2)
    kind = np.array([0, 1, 1, 0])

    with event.install_recorder("numba:compile") as heard:
        prepared = hierarchy.prepare(network)
        dissection.geometric(np.array([0, 0], dtype=np.int32), np.empty(0, dtype=np.int32), np.zeros((1, 2)))
        sweep.nearest(prepared, there, kind, 2)
        sweep.nearest_facilities(prepared, here, there, kind, 2)
        met = reach.catchment(prepared, here, there, 30_000)
        reach.counts(met, kind, 2, [30_000])
        reach.people_within(met, np.ones((5, 2), dtype=np.int64), [30_000])
        floating_catchment.e2sfca(met, np.ones(5), np.ones(4), kind, 2, floating_catchment.steps([30_000], [1.0]))

    assert heard.buffer == []
    assert met.facility.size == 4


def test_warming_up_again_only_names_the_functions() -> None:
    first = compiled.warm_up()

    with event.install_recorder("numba:compile") as heard:
        assert compiled.warm_up() == first

    assert heard.buffer == []


def test_read_only_arrays_are_as_good_as_any() -> None:
    """Arrays read from a file or a database cannot be written; they must not ask for another compilation."""
    network, _ = build([[0, 0], [100, 0], [100, 100]], [[0, 1], [1, 2]])
    prepared = hierarchy.prepare(network)
    for array in prepared.as_arrays().values():
        array.flags.writeable = False
    there = walks.anchors(network, 4, 2)
    for name in ("edge", "to_tail_cm", "to_head_cm", "leg_cm"):
        getattr(there, name).flags.writeable = False
    kind = np.zeros(4, dtype=np.int64)
    kind.flags.writeable = False

    found = sweep.nearest_facilities(prepared, there, there, kind, 1)
    met = reach.catchment(prepared, there, there, 30_000)

    assert (found[:, 0] == 2 * there.leg_cm).all()
    assert met.facility.size == 4
