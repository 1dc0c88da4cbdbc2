"""A seeded district of any size, as a district package."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import shapely
from numpy.typing import NDArray

from linli.domain.places.rules import fingerprint
from linli.domain.places.rules.layers import AGE_BANDS
from linli.domain.places.rules.package import DistrictPackage, LayerTable
from linli.synthetic import compounds, divisions, drawing, names, regions, residents, services, shapes
from linli.synthetic.drawing import Drawing, stream
from linli.synthetic.ground import Ground, ground
from linli.synthetic.residents import HOUSING
from linli.synthetic.services import KIND_BY_KEY, KINDS
from linli.synthetic.tables import LICENCE, SOURCE, numbered, table
from linli.synthetic.zones import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DEMO_SEED = 330102
PEOPLE_A_KM2 = 10_900
VERTEX_M = 17.0
DAY = date(2026, 6, 30)
ALL_KINDS = tuple(kind.key for kind in KINDS)


@dataclass(frozen=True, slots=True)
class _People:
    """Residents of communities and homes."""

    total: Ints
    """(communities,)"""
    home: Ints
    """Rows of the drawing's houses that are homes."""
    of_home: Ints
    ages: Ints
    """(homes, 7)"""


@dataclass(frozen=True, slots=True)
class _City:
    """Everything from which the layers are written."""

    seed: int
    members: tuple[divisions.Subdistrict, ...]
    drawn: Drawing
    land: Ground
    people: _People
    compound_name: list[str]
    compound_key: list[str]
    """Of each parcel, "" where it is no compound."""
    year: Ints
    """Of each parcel."""
    day: date

    @property
    def communities(self) -> list[divisions.Community]:
        return [member for area in self.members for member in area.communities]


def city(
    seed: int = DEMO_SEED,
    *,
    communities: int = 203,
    people: int = 1_330_000,
    area_km2: float | None = None,
    buildings: int | None = None,
    kinds: tuple[str, ...] = ALL_KINDS,
    vertex_m: float = VERTEX_M,
    day: date = DAY,
) -> DistrictPackage:
    """A district of ``communities`` communities and exactly ``people`` residents.

    The same arguments give the same package, byte by byte. ``buildings`` counts homes; ``vertex_m`` is the grain of the
    ways inside compounds and so the size of the walking network; ``kinds`` limits the kinds of facilities.

    Raises
    ------
    ValueError
        If so many communities do not fit on the area.
    """
    if communities < 1 or people < 100 * communities:
        raise ValueError(f"{people} people in {communities} communities: at least 100 each")
    members = divisions.subdistricts(communities)
    plan = Plan(area_km2 or max(people / PEOPLE_A_KM2, 0.22 * communities, 0.8))
    drawn = drawing.draw(seed, plan, members, buildings or round(people / drawing.PEOPLE_A_HOUSE), vertex_m)
    made = _peopled(seed, members, drawn, people, day)
    layers = [*_area_layers(made), *_built_layers(made), *_service_layers(made, kinds), *_land_layers(made)]
    ages = made.people.ages.sum(axis=0)
    return fingerprint.sealed(
        DistrictPackage(
            code=divisions.DISTRICT_CODE,
            name=divisions.DISTRICT_NAME,
            day=day,
            source=SOURCE,
            licence=LICENCE,
            synthetic=True,
            layers={layer.layer: layer for layer in layers},
            control_totals=_control_totals(made),
            band_shares=tuple(float(n) / people for n in ages),
            population_grid=None,
            complete_kinds=frozenset(kinds) - services.INCOMPLETE_KINDS,
            faults=(),
            fingerprint="",
        )
    )


def _peopled(
    seed: int, members: tuple[divisions.Subdistrict, ...], drawn: Drawing, people: int, day: date
) -> _City:
    lots = drawn.parcels
    homes = np.array([lot.use == "housing" for lot in lots])[drawn.house_parcel]
    home = np.flatnonzero(homes)
    parcel = drawn.house_parcel[home]
    rng = stream(seed, "people")
    count = sum(len(area.communities) for area in members)
    potential = np.bincount(drawn.community, weights=drawn.potential, minlength=count)
    total = residents.totals(potential, people, rng)
    weight = np.array([HOUSING[lots[k].type].people for k in parcel]) * rng.lognormal(0.0, 0.16, home.size)
    of_home = residents.by_group(weight, drawn.community[parcel], total)
    ages = residents.ages(of_home, [lots[k].type for k in parcel], rng)
    named = names.compounds([lot.type if lot.use == "housing" else "" for lot in lots], stream(seed, "names"))
    keys = iter(numbered("C", len(lots)))
    return _City(
        seed, members, drawn,
        ground(float(np.hypot(drawn.plan.length_m, drawn.plan.depth_m)), stream(seed, "ground")),
        _People(total, home, of_home, ages),
        named, [next(keys) if lot.use == "housing" else "" for lot in lots],
        _years(drawn, rng), day,
    )  # fmt: skip


def _years(drawn: Drawing, rng: np.random.Generator) -> Ints:
    spans = [HOUSING[lot.type].years if lot.type else (1992, 2022) for lot in drawn.parcels]
    return np.array([int(rng.integers(low, high + 1)) for low, high in spans])


def _control_totals(made: _City) -> dict[str, int]:
    totals: dict[str, int] = {divisions.DISTRICT_CODE: int(made.people.total.sum())}
    first = 0
    for area in made.members:
        own = made.people.total[first : first + len(area.communities)]
        totals[area.code] = int(own.sum())
        totals |= {member.code: int(n) for member, n in zip(area.communities, own, strict=True)}
        first += len(area.communities)
    return totals


def _area_layers(made: _City) -> list[LayerTable]:
    """Subdistricts, communities, grid cells."""
    drawn, members = made.drawn, made.communities
    plan_tiles = shapes.bent(shapes.tiles([lot.block for lot in drawn.parcels]), made.land)
    of_community = np.repeat(np.arange(len(made.members)), [len(area.communities) for area in made.members])
    cell, cell_community = _grid_cells(made)
    cell_keys = [f"{members[c].code}-{n + 1:02d}" for n, c in zip(_count_up(cell_community), cell_community, strict=True)]
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
            {"name": [f"{names.short(members[int(k[0])].name)}第{int(k[1])}网格" for k in _cell_numbers(cell_community)]},
            day=made.day,
        ),
    ]


def _grid_cells(made: _City) -> tuple[Ints, Ints]:
    """Grid cell of every parcel, and community of every grid cell: about 1,500 people each."""
    drawn, rng = made.drawn, stream(made.seed, "cells")
    center = np.array([lot.block.center for lot in drawn.parcels])
    cell = np.full(len(drawn.parcels), -1, dtype=np.int64)
    owner: list[int] = []
    for number, people in enumerate(made.people.total):
        own = np.flatnonzero(drawn.community == number)
        starts = regions.seeds(int(np.clip(round(people / 1500), 1, 9)), own, drawn.potential, center, rng)
        share = np.ones(len(starts))
        region = regions.grow(starts, share, own, drawn.potential + 1.0, center, drawn.beside)
        cell[own] = len(owner) + region[own]
        owner += [number] * len(starts)
    return cell, np.array(owner)


def _count_up(group: Ints) -> Ints:
    """0, 1, 2, … within each run of equal numbers."""
    return np.arange(group.size) - np.searchsorted(group, group)


def _cell_numbers(cell_community: Ints) -> Ints:
    return np.column_stack([cell_community, _count_up(cell_community) + 1])


def _built_layers(made: _City) -> list[LayerTable]:
    """Compounds, gates, walls, buildings."""
    drawn = made.drawn
    rows = [k for k, lot in enumerate(drawn.parcels) if lot.use == "housing"]
    walled = [k for k in rows if drawn.parcels[k].walled and drawn.interiors[k].gates.size]
    return [_compounds(made, rows), *_gates_and_walls(made, walled), _buildings(made)]


def _compounds(made: _City, rows: list[int]) -> LayerTable:
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


def _gates_and_walls(made: _City, walled: list[int]) -> list[LayerTable]:
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
                "name": [f"{made.compound_name[k]}{n + 1}号门" for k, n in zip(owner, _count_up(owner), strict=True)],
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


def _buildings(made: _City) -> LayerTable:
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
    number = _count_up(drawn.house_parcel) + 1
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


def _service_layers(made: _City, kinds: tuple[str, ...]) -> list[LayerTable]:
    sites = _sites(made)
    placed = services.place(sites, made.people.total, kinds, stream(made.seed, "facilities"))
    return [_facilities(made, placed), _premises(made, sites)]


def _sites(made: _City) -> dict[str, services.Sites]:
    """Frontages of streets, places in front of houses, school grounds, parks, stations."""
    drawn = made.drawn
    lots, rng = drawn.parcels, stream(made.seed, "sites")
    frontage, rank = _frontages(drawn)
    density = np.bincount(drawn.house_parcel[made.people.home], weights=made.people.of_home, minlength=len(lots))
    found = {"street": _at(drawn, frontage, (density + 150)[np.maximum(drawn.parcel_at(frontage), 0)] * (0.5 + rank))}
    found["main"] = _at(drawn, frontage[rank == 2], np.ones(int((rank == 2).sum())))
    homes = drawn.house[made.people.home]
    yard = homes[:, :2] - np.column_stack([rng.uniform(-9, 9, homes.shape[0]), homes[:, 3] / 2 + 4.5])
    found["inside"] = _at(drawn, yard, made.people.of_home + 5.0, drawn.house_parcel[made.people.home])
    for use in ("school", "park"):
        rows = np.array([k for k, lot in enumerate(lots) if lot.use == use], dtype=np.int64)
        middle = np.array([lots[k].block.center for k in rows]).reshape(-1, 2) + np.array([3.0, -12.0])
        found[use] = _at(drawn, middle, np.ones(rows.size), rows)
    stations = _stations(drawn, rng)
    found["station"] = _at(drawn, stations, np.ones(stations.shape[0]))
    return found


def _at(drawn: Drawing, uv: Floats, weight: Floats, parcel: Ints | None = None) -> services.Sites:
    """Sites in the district; those in the lake or outside are dropped."""
    found = drawn.parcel_at(uv) if parcel is None else parcel
    dry = np.array([lot.use != "lake" for lot in drawn.parcels])
    kept = (found >= 0) & dry[np.maximum(found, 0)]
    return services.Sites(uv[kept], drawn.community[found[kept]], found[kept], weight[kept])


def _frontages(drawn: Drawing) -> tuple[Floats, Ints]:
    """Points beside public streets, on both sides, and the rank of the street."""
    offset = {"path": 4.0, "street": 9.0, "main": 13.0}
    uv, rank = [], []
    for way in drawn.public:
        if way.line is None or way.cls not in offset:
            continue
        middle = (way.points[1:] + way.points[:-1]) / 2
        side = np.array([1.0, 0.0] if way.line[0] == 0 else [0.0, 1.0]) * offset[way.cls]
        uv += [middle + side, middle - side]
        rank.append(np.full(2 * middle.shape[0], list(offset).index(way.cls)))
    return np.concatenate(uv), np.concatenate(rank)


def _stations(drawn: Drawing, rng: np.random.Generator) -> Floats:
    """Corners of main roads, where metro stations may lie."""
    u, v = drawn.lattice.across, drawn.lattice.along
    corner = [(a, b) for a, k in zip(u.position, u.kind, strict=True) for b, m in zip(v.position, v.kind, strict=True)
              if k in ("plain", "edge") and m in ("plain", "edge")]  # fmt: skip
    return np.array(corner).reshape(-1, 2) + rng.uniform(13, 17, (len(corner), 2))


def _facilities(made: _City, placed: services.Placed) -> LayerTable:
    drawn, members = made.drawn, made.communities
    label = [KIND_BY_KEY[kind].label for kind in placed.kind]
    counter: dict[tuple[str, int], int] = {}
    named = []
    for kind, text, community in zip(placed.kind, label, placed.community.tolist(), strict=True):
        n = counter[kind, community] = counter.get((kind, community), 0) + 1
        named.append(f"{names.short(members[community].name)}{text}{n if n > 1 else ''}")
    geometry = shapes.points(placed.uv, made.land)
    area = placed.area_m2.copy()
    park = np.array([kind == "park" for kind in placed.kind])
    grounds = [compounds.edge(drawn.parcels[k]) for k in placed.parcel[park]]
    if grounds:
        geometry[park] = shapes.bent(np.array([shapes.rectangle(rect) for rect in grounds], dtype=object), made.land)
        area[park] = [round((b - a) * (d - c), -1) for a, b, c, d in grounds]
    return table(
        "facilities",
        numbered("F", len(named)),
        geometry,
        {
            "name": named,
            "kind": placed.kind,
            "capacity": placed.capacity,
            "area_m2": area,
            "opening_hours": [KIND_BY_KEY[kind].hours for kind in placed.kind],
            "open_to": ["residents" if closed else "all" for closed in placed.residents_only],
            "compound": [
                made.compound_key[k] if inner else None for k, inner in zip(placed.parcel, placed.inside, strict=True)
            ],
        },
        day=made.day,
    )


def _premises(made: _City, sites: dict[str, services.Sites]) -> LayerTable:
    """Rooms of communities and institutions: one to five each, a third of them idle or shared."""
    rng = stream(made.seed, "premises")
    wanted = 1 + rng.poisson(made.people.total / 3200)
    rows = services.pick(sites["street"], wanted.astype(np.int64), rng)
    state = rng.choice(["idle", "shared", "in_use"], rows.size, p=[0.2, 0.22, 0.58])
    holder = rng.choice(["社区居委会", "街道办事处", "区属国有企业", "市属国有企业", "村经济合作社"], rows.size)
    owner = [made.communities[int(c)].name for c in sites["street"].community[rows]]
    return table(
        "premises",
        numbered("P", rows.size),
        shapes.points(sites["street"].uv[rows], made.land),
        {
            "name": [f"{names.short(name)}用房{n + 1}" for n, name in enumerate(owner)],
            "state": [str(s) for s in state],
            "area_m2": np.round(rng.gamma(2.2, 130, rows.size) + 20),
            "holder": [str(h) for h in holder],
        },
        day=made.day,
    )


def _land_layers(made: _City) -> list[LayerTable]:
    """Streets, barriers, land cover."""
    return [_streets(made), _barriers(made), _cover(made)]


def _streets(made: _City) -> LayerTable:
    public = made.drawn.public
    on = sorted({way.line for way in public if way.line is not None})
    rng = stream(made.seed, "roads")
    roads, lanes = names.roads(len(on), rng), names.roads(len(on), rng, lane=True)
    number = {line: k for k, line in enumerate(on)}
    wide = {way.line for way in public if way.cls in ("main", "street")}
    name = [
        None if way.line is None else (roads if way.line in wide else lanes)[number[way.line]] for way in public
    ]
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


def _water(made: _City) -> list[tuple[str, shapely.Polygon]]:
    drawn = made.drawn
    lake = [lot.block.road for lot in drawn.parcels if lot.use == "lake"]
    half = -float(drawn.lattice.along.position[0])
    found = [("望潮江", shapes.river(drawn.plan.length_m, half))]
    found += [("镜湖", part) for part in shapes.lake(lake)]
    for corridor in drawn.corridors:
        if corridor.kind == "canal":
            found += [("新开河", shapes.canal(corridor.axis, corridor.position, low, high)) for low, high in corridor.reaches]
    return found


def _barriers(made: _City) -> LayerTable:
    found = [(name, "water", shape) for name, shape in _water(made)]
    label = {"rail": "沪甬铁路(虚构)", "fast_road": "高架快速路"}
    for corridor in made.drawn.corridors:
        if corridor.kind in label:
            found += [
                (label[corridor.kind], corridor.kind, shapely.LineString(shapes.straight(corridor.axis, corridor.position, *reach)))
                for reach in corridor.reaches
            ]
    return table(
        "barriers",
        numbered("X", len(found)),
        shapes.bent(np.array([shape for _, _, shape in found], dtype=object), made.land),
        {"name": [name for name, _, _ in found], "kind": [kind for _, kind, _ in found]},
        day=made.day,
    )


def _cover(made: _City) -> LayerTable:
    green = {"park", "farmland", "lake"}
    found = [(name, "water", shape) for name, shape in _water(made)]
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
