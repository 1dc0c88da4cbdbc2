"""Which columns can serve which rows: sparse, by row; rows that the same columns serve are merged into one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from linli.compute.facility_location import loops

Ints = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Cover:
    """Columns that serve each row.

    Attributes
    ----------
    first : (d + 1,) int64
    column : (e,) int32, ascending within a row
    columns : int
    """

    first: NDArray[np.int64]
    column: Ints
    columns: int

    @property
    def rows(self) -> int:
        return int(self.first.size - 1)

    @property
    def size(self) -> NDArray[np.int64]:
        """(d,) columns of each row."""
        return np.diff(self.first)

    def row_of_entry(self) -> NDArray[np.int64]:
        return np.repeat(np.arange(self.rows), self.size)

    def take(self, rows: NDArray[np.int64]) -> Cover:
        """Some rows, in the given order."""
        size = self.size[rows]
        first = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
        at = np.repeat(self.first[rows] - first[:-1], size) + np.arange(first[-1])
        return Cover(first, self.column[at], self.columns)

    def transposed(self) -> Cover:
        """Rows of each column."""
        order = np.argsort(self.column, kind="stable")
        first = np.concatenate([[0], np.cumsum(np.bincount(self.column, minlength=self.columns))]).astype(np.int64)
        return Cover(first, self.row_of_entry()[order].astype(np.int32), self.rows)

    def served_by(self, chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(d,) how many of the chosen columns serve each row."""
        hits = np.concatenate([[0], np.cumsum(chosen[self.column])])
        return np.asarray(hits[self.first[1:]] - hits[self.first[:-1]], dtype=np.int64)


def from_pairs(row: ArrayLike, column: ArrayLike, rows: int, columns: int) -> Cover:
    """From pairs in any order, each at most once."""
    at, of = np.asarray(row, dtype=np.int64), np.asarray(column, dtype=np.int64)
    order = np.argsort(at * columns + of, kind="stable")
    first = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=rows))]).astype(np.int64)
    return Cover(first, of[order].astype(np.int32), columns)


def within(distance_cm: NDArray[np.int32], limit_cm: int) -> Cover:
    """From a whole matrix (d, n) of distances."""
    distance = np.ascontiguousarray(distance_cm, dtype=np.int32)
    first = np.zeros(distance.shape[0] + 1, dtype=np.int64)
    column = np.empty(distance.size, dtype=np.int32)
    used = int(loops.pack(distance, np.int32(limit_cm), first, column))
    return Cover(first, column[:used].copy(), distance.shape[1])


def merged(cover: Cover, label: NDArray[np.int64] | None = None) -> tuple[Cover, NDArray[np.int64]]:
    """Rows with the same columns, and the same label, become one.

    Returns
    -------
    the cover of the merged rows, and (d,) which of them each row is in
    """
    marks = loops.marks(cover.first, cover.column)
    if label is not None:
        marks = marks + loops.scattered(np.asarray(label, dtype=np.int64))
    _, first, of_row = np.unique(marks, return_index=True, return_inverse=True)
    # Two different rows with one mark are not to be expected before the end of time; it is still checked.
    equal = bool(loops.same(cover.first, cover.column, first.astype(np.int64), of_row.astype(np.int64)))
    if not equal or (label is not None and (label != label[first][of_row]).any()):
        first, of_row = _merged_slowly(cover, label)
    return cover.take(first.astype(np.int64)), of_row.astype(np.int64)


def _merged_slowly(cover: Cover, label: NDArray[np.int64] | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    labels = np.zeros(cover.rows, dtype=np.int64) if label is None else label
    number: dict[tuple[int, bytes], int] = {}
    first: list[int] = []
    of_row = np.empty(cover.rows, dtype=np.int64)
    for row in range(cover.rows):
        key = (int(labels[row]), cover.column[cover.first[row] : cover.first[row + 1]].tobytes())
        if key not in number:
            number[key] = len(first)
            first.append(row)
        of_row[row] = number[key]
    return np.array(first, dtype=np.int64), of_row
