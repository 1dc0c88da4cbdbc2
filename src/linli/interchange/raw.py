"""A layer as its file has it, before anything is understood: columns of cells, shapes, and the rows a person sees."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Select = Callable[[tuple[str, ...]], Sequence[str]]
"""Given the columns of a file, those to read. It may refuse the file."""


@dataclass(frozen=True, slots=True)
class RawLayer:
    """``columns`` holds the selected cells by heading; all have the length of ``rows``.

    ``geometry`` is None where a table has no shapes. ``crs`` is what the file itself says, like ``EPSG:4547``, or "".
    ``problems`` are (row, column, found, sentence) of records that the reader has left out.
    """

    sheet: str
    columns: Mapping[str, Sequence[object]]
    geometry: NDArray[np.object_] | None
    rows: NDArray[np.int64]
    crs: str
    problems: tuple[tuple[int, str, str, str], ...] = ()
    notes: tuple[tuple[int | None, str, str, str], ...] = ()
    """The same for what was taken all the same, such as a formula's cached value."""
