"""``python -m benchmarks [--only PART]``: measure, print the table, write ``var/bench/PART.json``."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from pathlib import Path

# One thread everywhere, before anything that counts processors is imported.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[_name] = "1"

from benchmarks.measuring import Row, table, write  # noqa: E402

PARTS = {"engine": ("engine", "checkup"), "planner": ("whatif", "siting", "units", "districts")}
"""A part and the modules whose tables make it up."""


def main() -> int:
    """Measure the asked parts; 1 if an answer differs. A goal missed is shown and fails nothing: machines differ."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", choices=PARTS, help="measure this part alone")
    asked = parser.parse_args().only
    wrong = False
    for part in PARTS if asked is None else (asked,):
        rows: list[Row] = []
        for module in PARTS[part]:
            rows += importlib.import_module(f"benchmarks.{module}").rows(say=_say)
        write(Path("var/bench") / f"{part}.json", rows)
        print(table(rows))
        wrong |= any(row.answers_equal is False for row in rows)
    return int(wrong)


def _say(text: str) -> None:
    print(f"… {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
