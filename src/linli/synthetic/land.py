"""Layers of the ground: streets, barriers, land cover."""

import numpy as np
import shapely

from linli.domain.places.rules.package import LayerTable
from linli.synthetic import compounds, names, shapes
from linli.synthetic.district import District
from linli.synthetic.drawing import stream
from linli.synthetic.tables import numbered, table


def layers(made: District) -> list[LayerTable]:
    """Streets, barriers, land cover."""
    return [_streets(made), _barriers(made), _cover(made)]


def _streets(made: District) -> LayerTable:
    public = made.drawn.public
    on = sorted({way.line for way in public if way.line is not None})
    rng = stream(made.seed, "roads")
    roads, lanes = names.roads(len(on), rng), names.roads(len(on), rng, lane=True)
    number = {line: k for k, line in enumerate(on)}
    wide = {way.line for way in public if way.cls in ("main", "street")}
    name = [None if way.line is None else (roads if way.line in wide else lanes)[number[way.line]] for way in public]
    return table(
        "streets",
        numbered("S", len(public)),
        shapes.bent(shapes.lines([way.points for way in public]), made.land),
        {
            "name": name,
            "class": [way.cls for way in public],
            "walkable": [way.cls != "fast" for way in public],
            "compound": [made.compound_key[way.compound] if way.compound >= 0 else None for way in public],
        },
        day=made.day,
    )


def _water(made: District) -> list[tuple[str, shapely.Polygon]]:
    drawn = made.drawn
    lake = [lot.block.road for lot in drawn.parcels if lot.use == "lake"]
    half = -float(drawn.lattice.along.position[0])
    found = [("望潮江", shapes.river(drawn.plan.length_m, half))]
    found += [("镜湖", part) for part in shapes.lake(lake)]
    for corridor in drawn.corridors:
        if corridor.kind == "canal":
            found += [
                ("新开河", shapes.canal(corridor.axis, corridor.position, low, high)) for low, high in corridor.reaches
            ]
    return found


def _barriers(made: District) -> LayerTable:
    found = [(name, "water", shape) for name, shape in _water(made)]
    label = {"rail": "沪甬铁路(虚构)", "fast_road": "高架快速路"}
    for corridor in made.drawn.corridors:
        if corridor.kind in label:
            found += [
                (
                    label[corridor.kind],
                    corridor.kind,
                    shapely.LineString(shapes.straight(corridor.axis, corridor.position, *reach)),
                )
                for reach in corridor.reaches
            ]
    return table(
        "barriers",
        numbered("X", len(found)),
        shapes.bent(np.array([shape for _, _, shape in found], dtype=object), made.land),
        {"name": [name for name, _, _ in found], "kind": [kind for _, kind, _ in found]},
        day=made.day,
    )


def _banks(made: District) -> list[shapely.Polygon]:
    """Green strips between the water and the streets along it."""
    drawn = made.drawn
    facing = [lot.block.road for lot in drawn.parcels if lot.block.tile[2] == drawn.lattice.along.position[0]]
    low, high = min(road[0] for road in facing), max(road[1] for road in facing)
    strips = [shapes.rectangle((low, high, -60.0, -10.0)).difference(shapes.river(drawn.plan.length_m, 60.0))]
    for corridor in drawn.corridors:
        if corridor.kind == "canal":
            for reach in corridor.reaches:
                bank = shapes.strip(corridor.axis, corridor.position, reach, 36.0)
                strips.append(bank.difference(shapes.canal(corridor.axis, corridor.position, *reach)))
    return [part for strip in strips for part in shapely.get_parts(strip) if part.area > 500]


def _cover(made: District) -> LayerTable:
    green = {"park", "farmland", "lake"}
    found = [(name, "water", shape) for name, shape in _water(made)]
    found += [("", "green", shape) for shape in _banks(made)]
    for lot in made.drawn.parcels:
        kind = "green" if lot.use in green else "block"
        found.append(("", kind, shapes.rectangle(compounds.edge(lot))))
    return table(
        "land",
        numbered("L", len(found)),
        shapes.bent(np.array([shape for _, _, shape in found], dtype=object), made.land),
        {"name": [name for name, _, _ in found], "kind": [kind for _, kind, _ in found]},
        day=made.day,
    )
