"""What each superblock is: lake, hills, old town, housing by age, business, industry, villages; and what is outside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.synthetic.ground import ANGLE
from linli.synthetic.lattice import Block

FULL_KM2 = 122.0
_FEW = 30
"""Below that many superblocks a district has no shape of its own, only a mixture."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How large the district is. ``scale`` is 1 at Shangcheng's size."""

    area_km2: float

    @property
    def scale(self) -> float:
        return float(np.sqrt(self.area_km2 / FULL_KM2))

    @property
    def length_m(self) -> float:
        return 15_000.0 * self.scale if self.scale > 0.35 else 1.3e3 * float(np.sqrt(self.area_km2))

    @property
    def depth_m(self) -> float:
        return 10_200.0 * self.scale if self.scale > 0.35 else 0.8e3 * float(np.sqrt(self.area_km2))


def zones(blocks: list[Block], plan: Plan, rng: np.random.Generator) -> list[str]:
    """The zone of each superblock; "" lies outside the district."""
    u, v = np.array([block.center for block in blocks]).T
    if len(blocks) < _FEW:
        return _mixture(u, rng)
    scale = 1000 * plan.scale
    x, y = (u * np.cos(ANGLE) - v * np.sin(ANGLE)) / scale, (u * np.sin(ANGLE) + v * np.cos(ANGLE)) / scale
    luck = rng.random((2, u.size))
    old = _ellipse(x, y, (2.3, 3.9), (1.75, 2.1))
    reach = np.hypot(x - 2.3, y - 3.9)
    u, v = u / plan.length_m, v / plan.depth_m
    rules: list[tuple[NDArray[np.bool_], str]] = [
        (x < 0.05 + 0.25 * np.sin(1.3 * y), ""),
        ((u > 0.9) & (v > 0.66), ""),
        ((u < 0.52) & (v > 0.93), ""),
        (_ellipse(x, y, (0.45, 4.0), (1.0, 1.35)), "lake"),
        (_ellipse(x, y, (0.7, 1.6), (0.95, 1.0)), "hills"),
        (old, "old_town"),
        ((abs(u - 0.45) < 0.06) & (v < 0.2), "business"),
        ((abs(u - 0.6) < 0.035) & (abs(v - 0.45) < 0.07), "business"),
        (((v > 0.76) & (u > 0.45)) & (luck[0] < 0.33), "village"),
        (((v > 0.76) & (u > 0.45)) & (luck[0] < 0.5), "farmland"),
        ((u > 0.84) & (luck[0] < 0.2), "village"),
        ((u > 0.74) & (abs(v - 0.45) < 0.16) & (luck[0] < 0.55), "industry"),
        (luck[1] < 0.035, "park"),
        (luck[1] < 0.06, "campus"),
        (reach < 4.6, "inner"),
        (u + 0.4 * v < 0.85, "middle"),
    ]
    return [str(z) for z in np.select([rule for rule, _ in rules], [zone for _, zone in rules], "outer")]


def _mixture(u: NDArray[np.float64], rng: np.random.Generator) -> list[str]:
    """An old quarter in the west, then housing of every age, with a village at the far end of larger mixtures."""
    order = np.argsort(u, kind="stable")
    names = ["old_town", "inner", "outer", "middle", "inner", "outer"]
    result = [""] * u.size
    for rank, k in enumerate(order):
        result[int(k)] = names[rank % len(names)]
    if u.size >= 8:
        result[int(order[-1])] = "village"
        result[int(order[u.size // 2])] = "business"
    return result


def _ellipse(
    x: NDArray[np.float64], y: NDArray[np.float64], center: tuple[float, float], radii: tuple[float, float]
) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = ((x - center[0]) / radii[0]) ** 2 + ((y - center[1]) / radii[1]) ** 2 < 1
    return inside
