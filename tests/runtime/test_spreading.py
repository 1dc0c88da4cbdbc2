"""The same results whichever way the work is spread, and a bad thing stops no other."""

import multiprocessing
import sys

import pytest
from work_of_tests import spread

from linli.runtime import spreading

READY = "work_of_tests.spread"
WAYS = {
    "serially": lambda work, things: spreading.serially(work, things),
    "in processes": lambda work, things: spreading.in_processes(work, things, workers=2, ready=READY),
    "by Dask": lambda work, things: spreading.by_dask(work, things, workers=2, ready=READY),
}


@pytest.mark.slow
@pytest.mark.parametrize("way", [*list(WAYS)[:2], pytest.param("by Dask", marks=pytest.mark.long)])
def test_every_way_gives_every_result_and_every_problem(way):
    done = dict(WAYS[way](spread.squared, [3, -1, 4, 5]))

    assert {number: found for number, found in done.items() if number != 1} == {0: 9, 2: 16, 3: 25}
    assert isinstance(done[1], ValueError)
    assert not multiprocessing.active_children()


@pytest.mark.slow
def test_a_task_whose_process_is_lost_is_tried_again_and_then_told(tmp_path):
    done = dict(spreading.in_processes(spread.dying_once, [str(tmp_path / "a")], workers=1, ready=READY))
    lost = dict(spreading.in_processes(spread.dying, ["x", ""], workers=2, ready=READY))

    assert done == {0: "done"}
    assert isinstance(lost[0], spreading.WorkerLost)
    assert lost[1] == "done"


@pytest.mark.slow
def test_whoever_stops_asking_ends_the_processes():
    done = spreading.in_processes(spread.squared, list(range(50)), workers=2, ready=READY)
    next(done)
    done.close()

    assert not multiprocessing.active_children()


def test_without_dask_it_is_said_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "dask", None)

    with pytest.raises(spreading.DaskMissing):
        next(spreading.by_dask(spread.squared, [1], workers=1, ready=READY))
