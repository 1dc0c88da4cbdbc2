"""From the flat plan to the landscape: a rotation, a few long waves, and a projected system."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

Floats = NDArray[np.float64]

EPSG = 4549
"""CGCS2000, three-degree zone around 120° east: metres that are true to a few parts in a hundred thousand here."""
ANCHOR_LONLAT = (120.176, 30.2235)
"""Where the plan's origin lies: the west end of the river bank."""
ANGLE = np.deg2rad(31.0)
"""The river runs north-east."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A smooth, one-to-one bend of the plan. Its slopes stay below one half, so nothing folds over."""

    origin: tuple[float, float]
    wave: Floats
    """(k, 2) radians a metre."""
    phase: Floats
    push: Floats
    """(k, 2) metres."""

    def metres(self, uv: Floats) -> Floats:
        """Projected coordinates of points of the plan, (n, 2) to (n, 2)."""
        uv = np.asarray(uv, dtype=np.float64)
        bent = uv + np.sin(uv @ self.wave.T + self.phase) @ self.push
        turn = np.array([[np.cos(ANGLE), np.sin(ANGLE)], [-np.sin(ANGLE), np.cos(ANGLE)]])
        return bent @ turn + np.array(self.origin)

    def heading(self, uv: Floats) -> Floats:
        """(n,) radians: the direction of a row of houses at each point."""
        step = np.array([2.0, 0.0])
        along = self.metres(uv + step) - self.metres(uv - step)
        return np.arctan2(along[:, 1], along[:, 0])


def ground(extent_m: float, rng: np.random.Generator) -> Ground:
    """A bend for a district about ``extent_m`` across; small districts bend in shorter waves."""
    long = max(0.55 * extent_m, 1500.0)
    lengths = np.concatenate([rng.uniform(0.75, 1.2, 3) * long, rng.uniform(0.2, 0.34, 3) * long])
    slopes = np.concatenate([np.full(3, 0.17), np.full(3, 0.06)]) * min(1.0, 0.4 + extent_m / 15_000)
    direction = rng.uniform(0, 2 * np.pi, 6)
    wave = (2 * np.pi / lengths)[:, None] * np.column_stack([np.cos(direction), np.sin(direction)])
    size = slopes * lengths / (2 * np.pi)
    # A push across the wave's own direction bends lines without stretching blocks.
    push = size[:, None] * np.column_stack([-np.sin(direction), np.cos(direction)])
    east, north = _transformer(inverse=False).transform(*ANCHOR_LONLAT)
    return Ground((float(east), float(north)), wave, rng.uniform(0, 2 * np.pi, 6), push)


def lonlat(xy: Floats) -> Floats:
    """WGS 84 degrees of projected points, rounded to 1e-7, about a centimetre."""
    lon, lat = _transformer(inverse=True).transform(xy[:, 0], xy[:, 1])
    return np.round(np.column_stack([lon, lat]), 7)


@lru_cache(maxsize=2)
def _transformer(*, inverse: bool) -> Transformer:
    ends = (f"EPSG:{EPSG}", "EPSG:4326") if inverse else ("EPSG:4326", f"EPSG:{EPSG}")
    return Transformer.from_crs(*ends, always_xy=True)
