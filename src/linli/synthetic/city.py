"""A seeded district of any size, as a district package."""

from datetime import date

import numpy as np
from numpy.typing import NDArray

from linli.domain.places.rules import fingerprint
from linli.domain.places.rules.package import DistrictPackage
from linli.synthetic import amenities, areas, built, divisions, drawing, land, names, regions, residents, services
from linli.synthetic.district import District, People
from linli.synthetic.drawing import Drawing, stream
from linli.synthetic.ground import ground
from linli.synthetic.residents import HOUSING
from linli.synthetic.services import KINDS
from linli.synthetic.tables import LICENCE, SOURCE, numbered
from linli.synthetic.zones import Plan

Ints = NDArray[np.int64]
DEMO_SEED = 330102
PEOPLE_A_KM2 = 10_900
VERTEX_M = 30.0
DAY = date(2026, 6, 30)
ALL_KINDS = tuple(kind.key for kind in KINDS)


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
    layers = [*areas.layers(made), *built.layers(made), *amenities.layers(made, kinds), *land.layers(made)]
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


def _peopled(seed: int, members: tuple[divisions.Subdistrict, ...], drawn: Drawing, people: int, day: date) -> District:
    lots = drawn.parcels
    homes = np.array([lot.use == "housing" for lot in lots])[drawn.house_parcel]
    home = np.flatnonzero(homes)
    parcel = drawn.house_parcel[home]
    rng = stream(seed, "people")
    count = sum(len(area.communities) for area in members)
    potential = np.bincount(drawn.community, weights=drawn.potential, minlength=count)
    total = residents.totals(potential.astype(np.float64), people, rng)
    weight = np.array([HOUSING[lots[k].type].people for k in parcel]) * rng.lognormal(0.0, 0.16, home.size)
    of_home = residents.by_group(weight, drawn.community[parcel], total)
    ages = residents.ages(of_home, [lots[k].type for k in parcel], rng)
    named = names.compounds([lot.type if lot.use == "housing" else "" for lot in lots], stream(seed, "names"))
    keys = iter(numbered("C", len(lots)))
    return District(
        seed, members, drawn,
        ground(float(np.hypot(drawn.plan.length_m, drawn.plan.depth_m)), stream(seed, "ground")),
        People(total, home, of_home, ages),
        named, [next(keys) if lot.use == "housing" else "" for lot in lots],
        _years(drawn, rng), *_grid_cells(drawn, total, stream(seed, "cells")), day,
    )  # fmt: skip


def _grid_cells(drawn: Drawing, total: Ints, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Grid cell of every parcel, and community of every grid cell: about 1,500 people each."""
    center = np.array([lot.block.center for lot in drawn.parcels])
    cell = np.full(len(drawn.parcels), -1, dtype=np.int64)
    owner: list[int] = []
    for number, people in enumerate(total):
        own = np.flatnonzero(drawn.community == number)
        starts = regions.seeds(int(np.clip(round(people / 1500), 1, 9)), own, drawn.potential, center, rng)
        share = np.ones(len(starts))
        region = regions.balanced(starts, share, own, drawn.potential, center, drawn.beside, turns=24)
        cell[own] = len(owner) + region[own]
        owner += [number] * len(starts)
    return cell, np.array(owner)


def _years(drawn: Drawing, rng: np.random.Generator) -> Ints:
    spans = [HOUSING[lot.type].years if lot.type else (1992, 2022) for lot in drawn.parcels]
    return np.array([int(rng.integers(low, high + 1)) for low, high in spans])


def _control_totals(made: District) -> dict[str, int]:
    totals: dict[str, int] = {divisions.DISTRICT_CODE: int(made.people.total.sum())}
    first = 0
    for area in made.members:
        own = made.people.total[first : first + len(area.communities)]
        totals[area.code] = int(own.sum())
        totals |= {member.code: int(n) for member, n in zip(area.communities, own, strict=True)}
        first += len(area.communities)
    return totals
