"""Parcels: what a superblock is divided into, and what stands on each piece."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linli.synthetic.lattice import Block, split

HOUSING_SHARES: dict[str, dict[str, float]] = {
    "old_town": {"upgrade_historic": 0.42, "upgrade_old_compound": 0.5, "partial_rebuild": 0.08},
    "inner": {"upgrade_old_compound": 0.5, "upgrade_commodity": 0.36, "partial_rebuild": 0.14},
    "middle": {
        "upgrade_old_compound": 0.16,
        "upgrade_commodity": 0.54,
        "upgrade_resettlement": 0.18,
        "new_build": 0.12,
    },
    "outer": {"upgrade_commodity": 0.4, "upgrade_resettlement": 0.4, "new_build": 0.16, "partial_rebuild": 0.04},
    "business": {"new_build": 0.7, "upgrade_commodity": 0.3},
    "industry": {"upgrade_resettlement": 1.0},
    "village": {"village": 1.0},
}
"""What kinds of housing a zone has, by compound. The keys are those of the Shangcheng pack; villages have none."""


@dataclass(frozen=True, slots=True)
class Parcel:
    block: Block
    use: str
    """``housing``, ``school``, ``park``, ``commerce``, ``industry``, ``farmland`` or ``lake``."""
    type: str
    """Kind of housing, or ""."""
    walled: bool
    superblock: int


def parcels(blocks: list[Block], zones: list[str], rng: np.random.Generator) -> list[Parcel]:
    """All parcels of the superblocks that lie in the district."""
    result: list[Parcel] = []
    for number, (block, zone) in enumerate(zip(blocks, zones, strict=True)):
        if zone:
            result += [Parcel(b, use, kind, wall, number) for b, use, kind, wall in _divide(block, zone, rng)]
    return result


Piece = tuple[Block, str, str, bool]


def _divide(block: Block, zone: str, rng: np.random.Generator) -> Iterator[Piece]:
    whole = {"lake": "lake", "hills": "park", "park": "park", "farmland": "farmland", "campus": "school"}
    if zone in whole:
        yield block, whole[zone], "", False
    elif zone == "old_town":
        yield from _small(block, zone, (90.0, 175.0), "lane", {"commerce": 0.13, "park": 0.06, "school": 0.06}, rng)
    elif zone == "village":
        yield from _small(
            block, zone, (150.0, 280.0), "lane", {"farmland": 0.55, "commerce": 0.05, "school": 0.03}, rng
        )
    elif zone == "business":
        yield from _small(block, zone, (150.0, 260.0), "street", {"commerce": 0.62, "park": 0.14}, rng)
    elif zone == "industry":
        yield from _small(block, zone, (190.0, 330.0), "street", {"industry": 0.8, "park": 0.04}, rng)
    else:
        yield from _housing(block, zone, rng)


def _housing(block: Block, zone: str, rng: np.random.Generator) -> Iterator[Piece]:
    """A superblock of large compounds behind walls, often with a strip of schools, shops and parks along one side."""
    rest = block
    if min(block.width, block.depth) > 420 and rng.random() < 0.72:
        rest, strip = _with_strip(block, rng)
        for piece in _equal(strip, int(strip.width < strip.depth), rng):
            yield piece, str(rng.choice(["school", "park", "commerce"], p=[0.42, 0.25, 0.33])), "", False
    for piece in _compounds(rest, rng):
        kind = _kind(zone, rng)
        yield piece, "housing", kind, kind != "partial_rebuild" or rng.random() < 0.7


def _with_strip(block: Block, rng: np.random.Generator) -> tuple[Block, Block]:
    axis, far = int(rng.integers(0, 2)), rng.random() < 0.5
    low, high = block.road[2 * axis], block.road[2 * axis + 1]
    thick = round(rng.uniform(100, 150), -1)
    first, second = split(block, axis, [round(high - thick if far else low + thick, -1)], "street")
    return (first, second) if far else (second, first)


def _equal(block: Block, axis: int, rng: np.random.Generator) -> list[Block]:
    low, high = block.road[2 * axis], block.road[2 * axis + 1]
    parts = max(1, round((high - low) / rng.uniform(150, 230)))
    return split(block, axis, np.round(low + np.arange(1, parts) / parts * (high - low), -1), "bare")


def _compounds(block: Block, rng: np.random.Generator) -> Iterator[Block]:
    """One to four compounds; between two of them there is a street, or nothing but a wall."""
    axis = int(block.width < block.depth)
    long = max(block.width, block.depth)
    area = block.width * block.depth
    if long < 260 or area < rng.uniform(9e4, 34e4):
        yield block
        return
    low, high = block.road[2 * axis], block.road[2 * axis + 1]
    position = round(low + rng.uniform(0.36, 0.64) * (high - low), -1)
    pieces = split(block, axis, [position], "bare")
    landlocked = any(set(piece.sides) == {"bare"} for piece in pieces)
    if landlocked or rng.random() > 0.55:
        pieces = split(block, axis, [position], "street")
    for piece in pieces:
        yield from _compounds(piece, rng)


def _small(
    block: Block, zone: str, size: tuple[float, float], way: str, uses: dict[str, float], rng: np.random.Generator
) -> Iterator[Piece]:
    """A fine grain of blocks with public lanes around every one."""
    for piece in _grain(block, size, way, rng):
        use = str(rng.choice([*uses, "housing"], p=[*uses.values(), 1 - sum(uses.values())]))
        kind = _kind(zone, rng) if use == "housing" else ""
        yield (
            piece,
            use,
            kind,
            kind in ("upgrade_old_compound", "new_build", "upgrade_commodity") and rng.random() < 0.8,
        )


def _grain(block: Block, size: tuple[float, float], way: str, rng: np.random.Generator) -> Iterator[Block]:
    axis = int(block.width < block.depth)
    low, high = block.road[2 * axis], block.road[2 * axis + 1]
    if high - low <= rng.uniform(*size) or high - low < 2 * 0.75 * size[0]:
        yield block
        return
    position = round(low + rng.uniform(0.36, 0.64) * (high - low), -1)
    for piece in split(block, axis, [position], way if high - low < 3 * size[1] else "street"):
        yield from _grain(piece, size, way, rng)


def _kind(zone: str, rng: np.random.Generator) -> str:
    shares = HOUSING_SHARES[zone]
    return str(rng.choice(list(shares), p=list(shares.values())))
