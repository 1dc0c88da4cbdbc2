"""Work that processes of their own can do."""

import os
from pathlib import Path


def squared(number: int) -> int:
    if number < 0:
        raise ValueError(number)
    return number * number


def dying_once(mark: str) -> str:
    """Ends its process, as a system without memory would; the second time it does its work."""
    if not Path(mark).exists():
        Path(mark).touch()
        os._exit(9)
    return "done"


def dying(mark: str) -> str:
    if mark:
        os._exit(9)
    return "done"
