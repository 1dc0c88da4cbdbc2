"""Small jobs: count, refuse, break, hang until told."""

import time
from typing import Any

from linli.runtime.jobs import registry


class TooMany(Exception):
    """A refusal whose sentence people may read."""


@registry.job("tests.count", refusals=(TooMany,))
def count(running: registry.Running, *, to: int) -> dict[str, Any]:
    if to > 100:
        raise TooMany("不能超过 100。")
    for number in range(to):
        running.progress(number + 1, to, f"{number + 1}")
    return {"counted": to}


@registry.job("tests.break")
def broken(running: registry.Running) -> None:
    raise ZeroDivisionError


@registry.job("tests.slow")
def slow(running: registry.Running, *, steps: int) -> dict[str, Any]:
    for number in range(steps):
        running.progress(number, steps)
        time.sleep(0.05)
    return {"steps": steps}
