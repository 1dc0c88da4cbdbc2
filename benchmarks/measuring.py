"""CPU time, medians, and the table of results."""

from __future__ import annotations

import ctypes
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. ``ratio`` is the peer's value by ours; a row without a peer has a goal for ``ours``."""

    work: str
    unit: str
    ours: float
    peer: str
    peer_value: float | None
    ratio: float | None
    answers_equal: bool
    goal: str
    met: bool


def against(
    work: str, unit: str, ours: float, peer: str, peer_value: float, *, answers_equal: bool, at_least: float
) -> Row:
    """A row that wants the peer to take at least so many times as long."""
    ratio = peer_value / ours
    return Row(
        work,
        unit,
        ours,
        peer,
        peer_value,
        ratio,
        answers_equal,
        f"≥ {at_least:g}×",
        answers_equal and ratio >= at_least,
    )


def alone(work: str, unit: str, ours: float, *, at_most: float | None, answers_equal: bool = True) -> Row:
    """A row without a peer; with no limit it only informs."""
    goal = "—" if at_most is None else f"≤ {at_most:g} {unit}"
    return Row(work, unit, ours, "—", None, None, answers_equal, goal, at_most is None or ours <= at_most)


def timed(work: Callable[[], T], repeats: int = 1) -> tuple[T, float]:
    """The result, and the median of the CPU seconds of this process."""
    seconds = []
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        seconds.append(time.process_time() - start)
    return result, statistics.median(seconds)


def added_mb(work: Callable[[], object]) -> float | None:
    """Resident memory at its highest while working, above what was resident before; None where Linux does not say."""
    try:
        # What was freed before must not hide what is needed now.
        ctypes.CDLL("libc.so.6").malloc_trim(0)
        Path("/proc/self/clear_refs").write_text("5")
        before = _resident_mb("VmRSS")
        work()
        return _resident_mb("VmHWM") - before
    except OSError:
        return None


def _resident_mb(field: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024


def write(path: Path, rows: list[Row]) -> None:
    """The rows as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=1) + "\n")


def table(rows: list[Row]) -> str:
    """The rows for reading."""
    head = ("work", "ours", "peer", "peer's", "ratio", "equal", "goal", "met")
    lines = [head, *(_cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(head))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.work,
        f"{row.ours:.4g} {row.unit}",
        row.peer,
        "—" if row.peer_value is None else f"{row.peer_value:.4g} {row.unit}",
        "—" if row.ratio is None else f"{row.ratio:,.0f}×",
        "yes" if row.answers_equal else "NO",
        row.goal,
        "yes" if row.met else "NO",
    )
