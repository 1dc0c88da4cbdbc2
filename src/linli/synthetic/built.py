"""Layers of what is built: compounds with gates and walls, buildings."""

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import LayerTable
from linli.synthetic import compounds, names, residents, shapes
from linli.synthetic.district import District, count_up
from linli.synthetic.drawing import stream
from linli.synthetic.residents import HOUSING
from linli.synthetic.tables import numbered, table

Ints = NDArray[np.int64]


def layers(made: District) -> list[LayerTable]:
    """Compounds, gates, walls, buildings."""
    drawn = made.drawn
    rows = [k for k, lot in enumerate(drawn.parcels) if lot.use == "housing"]
    walled = [k for k in rows if drawn.parcels[k].walled and drawn.interiors[k].gates.size]
    return [_compounds(made, rows), *_gates_and_walls(made, walled), _buildings(made)]


def _compounds(made: District, rows: list[int]) -> LayerTable:
    lots = made.drawn.parcels
    outline = np.array([shapes.rectangle(compounds.edge(lots[k])) for k in rows], dtype=object)
    managers = stream(made.seed, "managers").integers(0, 24, len(rows))
    return table(
        "compounds",
        [made.compound_key[k] for k in rows],
        shapes.bent(outline, made.land),
        {
            "name": [made.compound_name[k] for k in rows],
            "type": [lots[k].type if lots[k].type != "village" else None for k in rows],
            "walled": [lots[k].walled for k in rows],
            "year": [int(made.year[k]) for k in rows],
            "property_manager": [
                f"{names.invented_place(900 + int(n))}物业" if lots[k].walled else None
                for k, n in zip(rows, managers, strict=True)
            ],
        },
        day=made.day,
    )


def _gates_and_walls(made: District, walled: list[int]) -> list[LayerTable]:
    drawn, rng = made.drawn, stream(made.seed, "gates")
    owner = np.repeat(walled, [drawn.interiors[k].gates.shape[0] for k in walled])
    gates = np.concatenate([drawn.interiors[k].gates for k in walled])
    is_open = rng.random(owner.size) < 0.06
    at_night = rng.random(owner.size) < 0.3
    walls = [(k, line) for k in walled for line in compounds.wall(drawn.interiors[k].edge, drawn.interiors[k].gates)]
    return [
        table(
            "gates",
            numbered("G", owner.size),
            shapes.points(gates, made.land),
            {
                "name": [f"{made.compound_name[k]}{n + 1}号门" for k, n in zip(owner, count_up(owner), strict=True)],
                "compound": [made.compound_key[k] for k in owner],
                "open_to": ["all" if free else "residents" for free in is_open],
                "opening_hours": ["Mo-Su 06:00-22:00" if shut else "24/7" for shut in at_night],
            },
            day=made.day,
        ),
        table(
            "walls",
            numbered("W", len(walls)),
            shapes.bent(shapes.lines([line for _, line in walls]), made.land),
            {"compound": [made.compound_key[k] for k, _ in walls]},
            day=made.day,
        ),
    ]


def _buildings(made: District) -> LayerTable:
    drawn, rng = made.drawn, stream(made.seed, "buildings")
    count = drawn.house.shape[0]
    lots = [drawn.parcels[k] for k in drawn.house_parcel]
    people = np.zeros(count, dtype=np.int64)
    people[made.people.home] = made.people.of_home
    ages = np.zeros((count, 7), dtype=np.int64)
    ages[made.people.home] = made.people.ages
    home = np.array([lot.use == "housing" for lot in lots])
    households = np.where(home, np.ceil(people / residents.PERSONS_A_HOUSEHOLD), 0).astype(np.int64)
    dwellings = np.where(home, np.ceil(households * rng.uniform(1.02, 1.16, count)), 0).astype(np.int64)
    flat = np.array([HOUSING[lot.type].m2_a_dwelling if lot.type else 0.0 for lot in lots])
    most = np.array([HOUSING[lot.type].floors_most if lot.type else 9 for lot in lots])
    print_m2 = drawn.house[:, 2] * drawn.house[:, 3]
    floors = np.where(home, np.ceil(dwellings * flat / print_m2), rng.integers(1, 9, count))
    floors = np.clip(floors, 1, most).astype(np.int64)
    floor_area = np.where(home, np.maximum(dwellings * flat, print_m2), print_m2 * floors)
    shops = home & (rng.random(count) < 0.06)
    use = {"housing": "residential", "commerce": "commercial", "industry": "industrial", "school": "public"}
    year = np.minimum(made.year[drawn.house_parcel] + rng.integers(0, 4, count), made.day.year)
    number = count_up(drawn.house_parcel) + 1
    return table(
        "buildings",
        numbered("B", count),
        shapes.houses(drawn.house, made.land),
        {
            "name": [
                f"{made.compound_name[k]}{n}幢" if is_home else None
                for k, n, is_home in zip(drawn.house_parcel, number, home, strict=True)
            ],
            "use": ["mixed" if shop else use[lot.use] for lot, shop in zip(lots, shops, strict=True)],
            "dwellings": [int(n) if is_home else None for n, is_home in zip(dwellings, home, strict=True)],
            "households": [int(n) if is_home else None for n, is_home in zip(households, home, strict=True)],
            "floor_area_m2": np.round(floor_area),
            "floors": floors,
            "year": year,
            "compound": [made.compound_key[k] for k in drawn.house_parcel],
            **{
                f"people_{band}": [int(n) if is_home else None for n, is_home in zip(ages[:, b], home, strict=True)]
                for b, band in enumerate(AGE_BANDS)
            },
        },
        day=made.day,
    )
