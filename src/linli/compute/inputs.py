"""Checks of the arrays that enter the engine; a refusal names the array and the row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray


def points(name: str, values: ArrayLike) -> NDArray[np.float64]:
    """Coordinates as (n, 2) float64, contiguous and finite."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.size == 0:
        return array.reshape(0, 2)
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"{name}: expected shape (n, 2), found {array.shape}")
    refuse(name, array, ~np.isfinite(array).all(axis=1), "a coordinate is not finite")
    return array


def integers(
    name: str, values: ArrayLike, *, rows: int | None = None, lowest: int | None = None, below: int | None = None
) -> NDArray[np.int32]:
    """Whole numbers as (n,) int32 with ``lowest <= value < below``."""
    wide = np.asarray(values)
    if wide.size == 0:
        wide = wide.astype(np.int64)
    if wide.ndim != 1 or wide.dtype.kind not in "iu":
        raise ValueError(f"{name}: expected whole numbers of shape (n,), found {wide.dtype} of shape {wide.shape}")
    if rows is not None and wide.size != rows:
        raise ValueError(f"{name}: expected {rows} rows, found {wide.size}")
    if lowest is not None:
        refuse(name, wide, wide < lowest, f"less than {lowest}")
    refuse(name, wide, wide >= (2**31 if below is None else below), f"not below {below}")
    return np.ascontiguousarray(wide, dtype=np.int32)


def amounts(name: str, values: ArrayLike, *, rows: int) -> NDArray[np.float64]:
    """Amounts as (rows,) float64, finite and not negative."""
    array = np.ascontiguousarray(values, dtype=np.float64)
    if array.shape != (rows,):
        raise ValueError(f"{name}: expected shape ({rows},), found {array.shape}")
    refuse(name, array, ~(np.isfinite(array) & (array >= 0)), "not a finite amount of zero or more")
    return array


def flags(name: str, values: ArrayLike | None, *, rows: int) -> NDArray[np.bool_]:
    """Yes or no as (rows,) bool; ``None`` is no everywhere."""
    if values is None:
        return np.zeros(rows, dtype=np.bool_)
    array = np.asarray(values)
    if array.shape != (rows,) or (array.size and array.dtype != np.bool_):
        raise ValueError(f"{name}: expected bool of shape ({rows},), found {array.dtype} of shape {array.shape}")
    return array.astype(np.bool_)


def refuse(name: str, array: NDArray[Any], bad: NDArray[np.bool_] | np.bool_, why: str) -> None:
    """Raise ``ValueError`` naming the first bad row, if there is one."""
    if bad.any():
        row = int(np.argmax(bad))
        raise ValueError(f"{name}: row {row} is {array[row].tolist()}: {why}")
