"""Rows of 32 whole numbers as one value of compiled code: 32 searches walk side by side.

LLVM does not vectorize minima between two rows of one array, since they may overlap. So a row is a type of its own here,
a vector of 32 int32, and what is written with it becomes vector instructions on any processor.
"""

from __future__ import annotations

import os
import threading

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model
from numpy.typing import NDArray

LANES = 32

_WORD = ir.IntType(32)
_ROW = ir.VectorType(_WORD, LANES)


class RowType(types.Type):  # type: ignore[misc]
    """32 lanes of int32."""

    def __init__(self) -> None:
        super().__init__(name="Row")


row_type = RowType()


@register_model(RowType)
class _RowModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):  # type: ignore[no-untyped-def]
        super().__init__(manager, kind, _ROW)


def rows(count: int) -> NDArray[np.int32]:
    """(count, 32) int32, not yet filled, each row on cache lines of its own."""
    words = np.empty(count * LANES + 16, dtype=np.int32)
    start = -(words.ctypes.data // 4) % 16
    return words[start : start + count * LANES].reshape(count, LANES)


_kept = threading.local()


def scratch(count: int) -> NDArray[np.int32]:
    """(count, 32) int32 of anything: the same memory at each call of a thread, so that no page is fetched twice."""
    known: NDArray[np.int32] | None = getattr(_kept, "rows", None)
    if known is None or known.shape[0] < count:
        known = _kept.rows = rows(count)
    return known[:count]


def uses_vectors() -> bool:
    """Whether searches use vectors; ``LINLI_LANES=plain`` in the environment has them go number by number."""
    return os.environ.get("LINLI_LANES") != "plain"


def _address(context, builder, array_type, array, row):  # type: ignore[no-untyped-def]
    data = context.make_array(array_type)(context, builder, value=array).data
    return builder.gep(builder.bitcast(data, _ROW.as_pointer()), [row])


def _spread(builder, word):  # type: ignore[no-untyped-def]
    empty = ir.Constant(_ROW, ir.Undefined)
    one = builder.insert_element(empty, word, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(one, empty, ir.Constant(_ROW, [0] * LANES))


@intrinsic  # type: ignore[untyped-decorator]
def load(typing, array, row):  # type: ignore[no-untyped-def]
    """Row ``row`` of an (n, 32) int32 array."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.load(_address(context, builder, signature.args[0], args[0], args[1]), align=4)

    return row_type(array, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(typing, array, row, value):  # type: ignore[no-untyped-def]
    """Write a row into an (n, 32) int32 array."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        builder.store(args[2], _address(context, builder, signature.args[0], args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, row_type), generate


@intrinsic  # type: ignore[untyped-decorator]
def spread(typing, word):  # type: ignore[no-untyped-def]
    """The same number in every lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return _spread(builder, args[0])

    return row_type(types.int32), generate


@intrinsic  # type: ignore[untyped-decorator]
def add(typing, row, word):  # type: ignore[no-untyped-def]
    """A number added to every lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.add(args[0], _spread(builder, args[1]))

    return row_type(row_type, types.int32), generate


@intrinsic  # type: ignore[untyped-decorator]
def plus(typing, left, right):  # type: ignore[no-untyped-def]
    """Lane by lane sum."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.add(args[0], args[1])

    return row_type(row_type, row_type), generate


@intrinsic  # type: ignore[untyped-decorator]
def lower(typing, left, right):  # type: ignore[no-untyped-def]
    """The lower of two numbers in each lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.select(builder.icmp_signed("<", args[0], args[1]), args[0], args[1])

    return row_type(row_type, row_type), generate


@intrinsic  # type: ignore[untyped-decorator]
def within(typing, row, limit):  # type: ignore[no-untyped-def]
    """One in each lane that is at most ``limit``, otherwise zero."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.zext(builder.icmp_signed("<=", args[0], _spread(builder, args[1])), _ROW)

    return row_type(row_type, types.int32), generate


@intrinsic  # type: ignore[untyped-decorator]
def any_within(typing, row, limit):  # type: ignore[no-untyped-def]
    """Whether some lane is at most ``limit``."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        flags = builder.icmp_signed("<=", args[0], _spread(builder, args[1]))
        mask = builder.bitcast(flags, _WORD)
        return builder.icmp_unsigned("!=", mask, ir.Constant(_WORD, 0))

    return types.boolean(row_type, types.int32), generate
