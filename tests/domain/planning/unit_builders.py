"""Districts of square atoms, for units."""

from dataclasses import replace
from typing import Any

import numpy as np
import shapely

from linli.domain.planning.queries.unit_rules import unit_rules
from linli.domain.planning.rules.units.proposals import LINES, Atoms, Borders, UnitRules, Walks

SIDE = 100.0


def the_rules(**changes: Any) -> UnitRules:
    """Those of the pack, but for units of 500 to 1,200 people."""
    return replace(unit_rules(), **({"people_min": 500, "people_max": 1200} | changes))


def squares(columns: int, rows: int, people: int = 100, seed: int = 1) -> Atoms:
    """Atoms of 100 m by 100 m with some people, lines between, and walks; communities are stripes of three columns."""
    random = np.random.default_rng(seed)
    count = columns * rows
    x, y = np.tile(np.arange(columns), rows), np.repeat(np.arange(rows), columns)
    number = np.arange(count).reshape(rows, columns)
    first = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    second = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    community = (x // 3).astype(np.int32)
    line_m = random.choice([0.0, 0.0, 0.0, SIDE], size=(first.size, len(LINES)))
    line_m[:, LINES.index("community")] = SIDE * (community[first] != community[second])
    residents = random.multinomial(people, np.full(7, 1 / 7), size=count).astype(np.int64)
    services = len(the_rules().services)
    within = 2 * random.integers(0, people // 2 + 1, size=(count, services))
    return Atoms(
        fingerprint="squares",
        epsg=4549,
        key=tuple(f"A{n}" for n in range(count)),
        name=tuple(f"块{n}" for n in range(count)),
        compound=np.full(count, -1, dtype=np.int32),
        community=community,
        community_name=tuple(f"社区{n}" for n in range(int(community.max()) + 1)),
        people=residents,
        bands_known=True,
        area_m2=np.full(count, SIDE**2),
        perimeter_m=np.full(count, 4 * SIDE),
        xy=np.column_stack([x, y]) * SIDE + SIDE / 2,
        shape=shapely.box(x * SIDE, y * SIDE, (x + 1) * SIDE, (y + 1) * SIDE),
        borders=Borders(
            first.astype(np.int32),
            second.astype(np.int32),
            np.full(first.size, SIDE),
            line_m,
            random.uniform(size=first.size) > 0.03,
        ),
        walks=_walks(within, random, count, services),
        building=np.arange(count, dtype=np.int32),
    )


def _walks(within: np.ndarray, random: np.random.Generator, count: int, services: int) -> Walks:
    """Two groups for each atom and service, each reaching two atoms."""
    atom, service = np.repeat(np.arange(count), services * 2), np.tile(np.repeat(np.arange(services), 2), count)
    half = within[atom, service] // 2
    return Walks(
        within=within,
        reached=within + 3,
        person_m=within * 400.0,
        complete=(True, True, False)[:services],
        group_atom=atom.astype(np.int32),
        group_service=service.astype(np.int16),
        group_people=half,
        group_first=np.arange(0, 2 * atom.size + 1, 2),
        facility_atom=random.integers(0, count, size=2 * atom.size).astype(np.int32),
    )
