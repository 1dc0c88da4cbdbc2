"""Layers of areas: subdistricts, communities, grid cells."""

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.package import LayerTable
from linli.synthetic import names, regions, shapes
from linli.synthetic.district import District, count_up
from linli.synthetic.drawing import stream
from linli.synthetic.tables import table

Ints = NDArray[np.int64]


def layers(made: District) -> list[LayerTable]:
    """Subdistricts, communities, grid cells."""
    drawn, members = made.drawn, made.communities
    plan_tiles = shapes.bent(shapes.tiles([lot.block for lot in drawn.parcels]), made.land)
    of_community = np.repeat(np.arange(len(made.members)), [len(area.communities) for area in made.members])
    cell, cell_community = _grid_cells(made)
    cell_keys = [
        f"{members[c].code}-{n + 1:02d}" for n, c in zip(count_up(cell_community), cell_community, strict=True)
    ]
    return [
        table(
            "subdistricts",
            [area.code for area in made.members],
            shapes.unions(plan_tiles, of_community[drawn.community], len(made.members)),
            {"name": [area.name for area in made.members]},
            day=made.day,
        ),
        table(
            "communities",
            [member.code for member in members],
            shapes.unions(plan_tiles, drawn.community, len(members)),
            {
                "name": [member.name for member in members],
                "subdistrict": [made.members[k].code for k in of_community],
                "kind": [member.kind for member in members],
                "people": made.people.total,
            },
            day=made.day,
        ),
        table(
            "grid_cells",
            cell_keys,
            shapes.unions(plan_tiles, cell, cell_community.size),
            {
                "name": [
                    f"{names.short(members[int(k[0])].name)}第{int(k[1])}网格" for k in _cell_numbers(cell_community)
                ]
            },
            day=made.day,
        ),
    ]


def _grid_cells(made: District) -> tuple[Ints, Ints]:
    """Grid cell of every parcel, and community of every grid cell: about 1,500 people each."""
    drawn, rng = made.drawn, stream(made.seed, "cells")
    center = np.array([lot.block.center for lot in drawn.parcels])
    cell = np.full(len(drawn.parcels), -1, dtype=np.int64)
    owner: list[int] = []
    for number, people in enumerate(made.people.total):
        own = np.flatnonzero(drawn.community == number)
        starts = regions.seeds(int(np.clip(round(people / 1500), 1, 9)), own, drawn.potential, center, rng)
        share = np.ones(len(starts))
        region = regions.balanced(starts, share, own, drawn.potential, center, drawn.beside, turns=24)
        cell[own] = len(owner) + region[own]
        owner += [number] * len(starts)
    return cell, np.array(owner)


def _cell_numbers(cell_community: Ints) -> Ints:
    return np.column_stack([cell_community, count_up(cell_community) + 1])
