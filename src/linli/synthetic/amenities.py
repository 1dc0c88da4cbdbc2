"""Layers of what serves people: facilities and premises, and the sites they may stand on."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules.package import LayerTable
from linli.synthetic import compounds, names, services, shapes
from linli.synthetic.district import District
from linli.synthetic.drawing import Drawing, stream
from linli.synthetic.services import KIND_BY_KEY
from linli.synthetic.standing import standing
from linli.synthetic.tables import numbered, table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def layers(made: District, kinds: tuple[str, ...]) -> list[LayerTable]:
    sites = _sites(made)
    good = standing(made.seed, made.is_new)
    placed = services.place(sites, made.people.total, good, kinds, stream(made.seed, "facilities"))
    return [_facilities(made, placed), _premises(made, sites)]


def _sites(made: District) -> dict[str, services.Sites]:
    """Frontages of streets, places in front of houses, school grounds, parks, stations."""
    drawn = made.drawn
    lots, rng = drawn.parcels, stream(made.seed, "sites")
    frontage, rank = _frontages(drawn)
    density = np.bincount(drawn.house_parcel[made.people.home], weights=made.people.of_home, minlength=len(lots))
    found = {"street": _at(made, frontage, (density + 150)[np.maximum(drawn.parcel_at(frontage), 0)] * (0.5 + rank))}
    found["main"] = _at(made, frontage[rank == 2], np.ones(int((rank == 2).sum())))
    homes = drawn.house[made.people.home]
    yard = homes[:, :2] - np.column_stack([rng.uniform(-9, 9, homes.shape[0]), homes[:, 3] / 2 + 4.5])
    found["inside"] = _at(made, yard, made.people.of_home + 5.0, drawn.house_parcel[made.people.home])
    old = np.isin(
        [lots[k].type for k in drawn.house_parcel[made.people.home]], ["upgrade_old_compound", "partial_rebuild"]
    )
    found["old"] = _at(made, yard[old] + 3.0, made.people.of_home[old], drawn.house_parcel[made.people.home][old])
    for use in ("school", "park"):
        rows = np.array([k for k, lot in enumerate(lots) if lot.use == use], dtype=np.int64)
        middle = np.array([lots[k].block.center for k in rows]).reshape(-1, 2) + np.array([3.0, -12.0])
        found[use] = _at(made, middle, np.ones(rows.size), rows)
    stations = _stations(drawn, rng)
    found["station"] = _at(made, stations, np.ones(stations.shape[0]))
    return found


def _at(made: District, uv: Floats, weight: NDArray[np.number[Any]], parcel: Ints | None = None) -> services.Sites:
    """Sites in the district; those in the lake or outside are dropped."""
    drawn = made.drawn
    found = drawn.parcel_at(uv) if parcel is None else parcel
    dry = np.array([lot.use != "lake" for lot in drawn.parcels])
    kept = (found >= 0) & dry[np.maximum(found, 0)]
    return services.Sites(
        uv[kept], drawn.community[found[kept]], made.cell[found[kept]], found[kept], weight[kept].astype(np.float64)
    )


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


def _facilities(made: District, placed: services.Placed) -> LayerTable:
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


def _premises(made: District, sites: dict[str, services.Sites]) -> LayerTable:
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
