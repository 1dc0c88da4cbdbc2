"""Rows of 32 whole numbers as one value of compiled code: 32 searches walk side by side.

LLVM does not vectorize minima between two rows of one array, since they may overlap. So a row is a type of its own
here, a vector of 32 int32, and what is written with it becomes vector instructions on any processor.
"""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model
from numpy.typing import NDArray

LANES = 32

_WORD = ir.IntType(32)
_ROW = ir.VectorType(_WORD, LANES)
_LONG = ir.IntType(64)
_FLOAT = ir.FloatType()
_WEIGHTS = ir.VectorType(_FLOAT, LANES)


class RowType(types.Type):  # type: ignore[misc]
    """32 lanes of int32."""

    def __init__(self) -> None:
        super().__init__(name="Row")


class WeightsType(types.Type):  # type: ignore[misc]
    """32 lanes of float32."""

    def __init__(self) -> None:
        super().__init__(name="Weights")


row_type = RowType()
weights_type = WeightsType()


@register_model(RowType)
class _RowModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):  # type: ignore[no-untyped-def]
        super().__init__(manager, kind, _ROW)


def rows(count: int) -> NDArray[np.int32]:
    """(count, 32) int32, not yet filled, each row on cache lines of its own."""
    words = np.empty(count * LANES + 16, dtype=np.int32)
    start = -(words.ctypes.data // 4) % 16
    return words[start : start + count * LANES].reshape(count, LANES)


@register_model(WeightsType)
class _WeightsModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager, kind):  # type: ignore[no-untyped-def]
        super().__init__(manager, kind, _WEIGHTS)


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


def _address(context: Any, builder: Any, array_type: Any, array: Any, row: Any) -> Any:
    data = context.make_array(array_type)(context, builder, value=array).data
    return builder.gep(builder.bitcast(data, _ROW.as_pointer()), [row])


def _spread(builder: Any, word: Any) -> Any:
    empty = ir.Constant(_ROW, ir.Undefined)
    one = builder.insert_element(empty, word, ir.Constant(_WORD, 0))
    return builder.shuffle_vector(one, empty, ir.Constant(_ROW, [0] * LANES))


@intrinsic
def load(typing, array, row):  # type: ignore[no-untyped-def]
    """Row ``row`` of an (n, 32) int32 array."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.load(_address(context, builder, signature.args[0], args[0], args[1]), align=4)

    return row_type(array, types.int64), generate


@intrinsic
def store(typing, array, row, value):  # type: ignore[no-untyped-def]
    """Write a row into an (n, 32) int32 array."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        builder.store(args[2], _address(context, builder, signature.args[0], args[0], args[1]), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, row_type), generate


@intrinsic
def store_some(typing, array, start, lanes, value):  # type: ignore[no-untyped-def]
    """Write the first ``lanes`` lanes into a flat int32 array from ``start`` on."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, value=args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), _ROW.as_pointer())
        count = builder.trunc(args[2], _WORD)
        mask = builder.icmp_signed("<", ir.Constant(_ROW, list(range(LANES))), _spread(builder, count))
        kind = ir.FunctionType(ir.VoidType(), [_ROW, place.type, _WORD, mask.type])
        write = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.store.v{LANES}i32.p0")
        builder.call(write, [args[3], place, ir.Constant(_WORD, 4), mask])
        return context.get_dummy_value()

    return types.void(array, types.int64, types.int64, row_type), generate


@intrinsic
def spread(typing, word):  # type: ignore[no-untyped-def]
    """The same number in every lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return _spread(builder, args[0])

    return row_type(types.int32), generate


@intrinsic
def add(typing, row, word):  # type: ignore[no-untyped-def]
    """A number added to every lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.add(args[0], _spread(builder, args[1]))

    return row_type(row_type, types.int32), generate


@intrinsic
def plus(typing, left, right):  # type: ignore[no-untyped-def]
    """Lane by lane sum."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.add(args[0], args[1])

    return row_type(row_type, row_type), generate


@intrinsic
def lower(typing, left, right):  # type: ignore[no-untyped-def]
    """The lower of two numbers in each lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.select(builder.icmp_signed("<", args[0], args[1]), args[0], args[1])

    return row_type(row_type, row_type), generate


@intrinsic
def within(typing, row, limit):  # type: ignore[no-untyped-def]
    """One in each lane that is at most ``limit``, otherwise zero."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.zext(builder.icmp_signed("<=", args[0], _spread(builder, args[1])), _ROW)

    return row_type(row_type, types.int32), generate


@intrinsic
def any_within(typing, row, limit):  # type: ignore[no-untyped-def]
    """Whether some lane is at most ``limit``."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        flags = builder.icmp_signed("<=", args[0], _spread(builder, args[1]))
        mask = builder.bitcast(flags, _WORD)
        return builder.icmp_unsigned("!=", mask, ir.Constant(_WORD, 0))

    return types.boolean(row_type, types.int32), generate


@intrinsic
def load_weights(typing, array, start):  # type: ignore[no-untyped-def]
    """32 numbers of a flat float32 array from ``start`` on."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, value=args[0]).data
        place = builder.bitcast(builder.gep(data, [args[1]]), _WEIGHTS.as_pointer())
        return builder.load(place, align=4)

    return weights_type(array, types.int64), generate


@intrinsic
def store_weights(typing, array, start, value):  # type: ignore[no-untyped-def]
    """Write 32 numbers into a flat float32 array from ``start`` on."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, value=args[0]).data
        builder.store(args[2], builder.bitcast(builder.gep(data, [args[1]]), _WEIGHTS.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, weights_type), generate


@intrinsic
def look_up(typing, table, row, last):  # type: ignore[no-untyped-def]
    """``table[min(lane, last)]`` of each lane, none of which is negative."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        data = context.make_array(signature.args[0])(context, builder, value=args[0]).data
        bound = _spread(builder, args[2])
        index = builder.select(builder.icmp_signed("<", args[1], bound), args[1], bound)
        flag = ir.VectorType(ir.IntType(1), LANES)
        wide = ir.VectorType(_LONG, LANES)
        step = builder.mul(builder.zext(index, wide), ir.Constant(wide, [4] * LANES))
        base = builder.insert_element(
            ir.Constant(wide, ir.Undefined), builder.ptrtoint(data, _LONG), ir.Constant(_WORD, 0)
        )
        base = builder.shuffle_vector(base, ir.Constant(wide, ir.Undefined), ir.Constant(_ROW, [0] * LANES))
        places = builder.inttoptr(builder.add(base, step), ir.VectorType(_FLOAT.as_pointer(), LANES))
        kind = ir.FunctionType(_WEIGHTS, [places.type, _WORD, flag, _WEIGHTS])
        gather = cgutils.get_or_insert_function(builder.module, kind, f"llvm.masked.gather.v{LANES}f32.v{LANES}p0")
        every = ir.Constant(flag, [1] * LANES)
        return builder.call(gather, [places, ir.Constant(_WORD, 4), every, ir.Constant(_WEIGHTS, ir.Undefined)])

    return weights_type(table, row_type, types.int32), generate


@intrinsic
def choose(typing, row, limit, near, far):  # type: ignore[no-untyped-def]
    """``near`` in each lane where ``row`` is at most ``limit``, otherwise ``far``."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.select(builder.icmp_signed("<=", args[0], _spread(builder, args[1])), args[2], args[3])

    return weights_type(row_type, types.int32, weights_type, weights_type), generate


@intrinsic
def times(typing, left, right):  # type: ignore[no-untyped-def]
    """Lane by lane product."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.fmul(args[0], args[1])

    return weights_type(weights_type, weights_type), generate


@intrinsic
def also(typing, left, right):  # type: ignore[no-untyped-def]
    """Lane by lane sum of weights."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.fadd(args[0], args[1])

    return weights_type(weights_type, weights_type), generate


@intrinsic
def evenly(typing, number):  # type: ignore[no-untyped-def]
    """The same float32 in every lane."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        empty = ir.Constant(_WEIGHTS, ir.Undefined)
        one = builder.insert_element(empty, args[0], ir.Constant(_WORD, 0))
        return builder.shuffle_vector(one, empty, ir.Constant(_ROW, [0] * LANES))

    return weights_type(types.float32), generate


@intrinsic
def total(typing, weights):  # type: ignore[no-untyped-def]
    """Sum of all lanes, always in the same order: halves are added to halves."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        value, left = args[0], LANES
        while left > 1:
            left //= 2
            word = ir.VectorType(_WORD, left)
            low = builder.shuffle_vector(value, value, ir.Constant(word, list(range(left))))
            high = builder.shuffle_vector(value, value, ir.Constant(word, list(range(left, 2 * left))))
            value = builder.fadd(low, high)
        return builder.extract_element(value, ir.Constant(_WORD, 0))

    return types.float32(weights_type), generate


@intrinsic
def whole(typing, row):  # type: ignore[no-untyped-def]
    """Sum of all lanes of whole numbers."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        value, left = args[0], LANES
        while left > 1:
            left //= 2
            word = ir.VectorType(_WORD, left)
            low = builder.shuffle_vector(value, value, ir.Constant(word, list(range(left))))
            high = builder.shuffle_vector(value, value, ir.Constant(word, list(range(left, 2 * left))))
            value = builder.add(low, high)
        return builder.extract_element(value, ir.Constant(_WORD, 0))

    return types.int32(row_type), generate


@intrinsic
def where_within(typing, row, limit, chosen):  # type: ignore[no-untyped-def]
    """``chosen`` in each lane where ``row`` is at most ``limit``, otherwise zero."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        near = builder.icmp_signed("<=", args[0], _spread(builder, args[1]))
        return builder.select(near, args[2], ir.Constant(_ROW, [0] * LANES))

    return row_type(row_type, types.int32, row_type), generate


@intrinsic
def lowest_bit(typing, word):  # type: ignore[no-untyped-def]
    """Number of the lowest bit that is set in a uint64 other than zero."""

    def generate(context, builder, signature, args):  # type: ignore[no-untyped-def]
        return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.uint64), generate
