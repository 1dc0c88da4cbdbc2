"""Facilities of the 40 kinds: how many, how large, where; with gaps, so that communities lack different things."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
FULL_PEOPLE = 1_330_000
_DAY, _LONG, _OFFICE, _SHOP = "Mo-Su 08:00-20:00", "Mo-Su 06:30-22:30", "Mo-Fr 08:30-17:30", "Mo-Su 08:00-22:00"


@dataclass(frozen=True, slots=True)
class Kind:
    """``total`` is the number at Shangcheng's size; ``gap`` the share of communities that have none at all."""

    key: str
    label: str
    total: int
    where: str
    """``street``, ``main`` (street), ``inside`` (a compound), ``old`` (an old one), ``both`` (street and
    inside), ``school``, ``park`` or ``station``."""
    gap: float
    capacity: tuple[int, int] | None
    area_m2: tuple[int, int] | None
    hours: str = ""
    residents: float = 0.0
    """Of those inside a compound, the share open to its residents only."""
    each: bool = False
    """One for each community, two for large ones."""


KINDS: tuple[Kind, ...] = (
    Kind("community_service_station", "综合服务站", 230, "street", 0.05, None, (320, 1100), _OFFICE, each=True),
    Kind("party_service_center", "党群服务中心", 225, "street", 0.08, None, (260, 1500), _DAY, each=True),
    Kind("service_complex", "邻里中心", 62, "street", 0.55, None, (1500, 12000), _SHOP),
    Kind("kindergarten", "幼儿园", 440, "both", 0.05, (180, 420), (2200, 6500), "Mo-Fr 07:30-17:00", 0.35),
    Kind("childcare_0_3", "托育园", 330, "both", 0.15, (20, 110), (180, 900), "Mo-Fr 07:30-18:00", 0.2),
    Kind("primary_school", "小学", 118, "school", 0.3, (780, 1900), (12000, 32000), "Mo-Fr 07:30-17:30"),
    Kind("junior_middle_school", "初级中学", 62, "school", 0.55, (700, 1700), (16000, 38000), "Mo-Fr 07:10-18:00"),
    Kind("elder_station", "居家养老服务站", 480, "both", 0.08, (15, 60), (110, 620), _DAY, 0.15),
    Kind("elder_day_care", "日间照料中心", 130, "both", 0.38, (12, 50), (300, 1300), _DAY, 0.1),
    Kind("elder_meal", "社区食堂", 430, "both", 0.12, (30, 160), (90, 620), "Mo-Su 06:30-18:30", 0.1),
    Kind("health_station", "卫生服务站", 330, "street", 0.12, (2, 9), (130, 420), "Mo-Su 08:00-17:00"),
    Kind("health_center", "卫生服务中心", 28, "street", 0.0, (30, 99), (2600, 9800), "Mo-Su 08:00-21:00"),
    Kind("culture_station", "文化家园", 330, "both", 0.12, (40, 260), (180, 1300), _DAY, 0.3),
    Kind("culture_center", "文化活动中心", 30, "street", 0.0, (250, 1200), (3000, 9000), "Tu-Su 09:00-21:00"),
    Kind("learning_place", "幸福学堂", 330, "both", 0.15, (30, 160), (90, 620), _DAY, 0.1),
    Kind("supermarket", "超市", 360, "street", 0.1, None, (480, 6200), _SHOP),
    Kind("convenience_shop", "便利店", 1980, "both", 0.0, None, (28, 130), "24/7", 0.0),
    Kind("food_market", "农贸市场", 300, "street", 0.14, (20, 140), (700, 4200), "Mo-Su 05:30-19:00"),
    Kind("parcel_point", "快递驿站", 1380, "both", 0.02, None, (18, 110), _SHOP, 0.3),
    Kind("daily_services", "便民服务店", 1620, "street", 0.0, None, (18, 120), _SHOP),
    Kind("activity_ground", "健身苑点", 1500, "inside", 0.04, (20, 120), (150, 1500), _LONG, 0.5),
    Kind("multi_sport", "运动场", 420, "both", 0.12, (10, 60), (600, 3200), _LONG, 0.3),
    Kind("pocket_park", "口袋公园", 330, "street", 0.2, None, (400, 4200)),
    Kind("community_garden", "游园", 260, "inside", 0.25, None, (1000, 6500), "", 0.55),
    Kind("park", "公园", 95, "park", 0.5, None, (8000, 120000), _LONG),
    Kind("parking_car", "停车场", 1000, "both", 0.02, (120, 1300), (900, 14000), "24/7", 0.6),
    Kind("ev_charger", "充电站", 520, "both", 0.12, (4, 40), (60, 900), "24/7", 0.4),
    Kind("ebike_charging", "电动自行车充电棚", 1100, "inside", 0.05, (8, 60), (20, 160), "24/7", 0.8),
    Kind("bus_stop", "公交站", 900, "main", 0.02, None, None, "Mo-Su 05:40-22:30"),
    Kind("metro_station", "地铁站", 41, "station", 0.0, None, None, "Mo-Su 06:00-22:30"),
    Kind("waste_point", "垃圾分类投放点", 900, "inside", 0.02, (4, 12), (12, 45), "Mo-Su 06:30-21:00", 0.7),
    Kind("waste_station", "垃圾收集站", 120, "street", 0.3, (4, 20), (90, 420), "24/7"),
    Kind("public_toilet", "公共厕所", 390, "street", 0.06, (6, 26), (40, 130), "24/7"),
    Kind("lift", "加装电梯", 1400, "old", 0.25, (8, 11), None, "24/7", 1.0),
    Kind("property_room", "物业用房", 560, "inside", 0.08, None, (60, 620), _OFFICE, 0.9),
    Kind("shelter", "应急避难场所", 210, "both", 0.22, (150, 3200), (300, 9000), "24/7"),
    Kind("mini_fire_station", "微型消防站", 390, "both", 0.08, (4, 12), (18, 80), "24/7"),
    Kind("hydrant", "消火栓", 2000, "main", 0.0, None, None),
    Kind("rescue_station", "应急救援站", 70, "street", 0.6, (6, 22), (50, 260), "24/7"),
    Kind("security_camera", "智能安防点", 1600, "inside", 0.03, None, None, "24/7", 1.0),
)
_SCARCE = frozenset({"school", "park", "station", "main"})
KIND_BY_KEY = {kind.key: kind for kind in KINDS}
_NOT_MAIN = {
    "learning_place", "ebike_charging", "waste_station", "lift", "property_room",
    "shelter", "mini_fire_station", "hydrant", "rescue_station", "security_camera",
}  # fmt: skip
MAIN_KINDS = tuple(kind.key for kind in KINDS if kind.key not in _NOT_MAIN)
"""The 30 kinds of the bench: about 15,000 facilities at full size."""
INCOMPLETE_KINDS = frozenset({"hydrant", "security_camera", "rescue_station"})
"""Kinds that the synthetic source does not claim to list in full."""


@dataclass(frozen=True, slots=True)
class Sites:
    """Places where a facility may stand."""

    uv: Floats
    community: Ints
    cell: Ints
    """Grid cell, within the community."""
    parcel: Ints
    weight: Floats


@dataclass(frozen=True, slots=True)
class Placed:
    """Facilities, kind by kind."""

    kind: list[str]
    uv: Floats
    community: Ints
    parcel: Ints
    inside: NDArray[np.bool_]
    """Stands inside a compound."""
    capacity: Floats
    area_m2: Floats
    residents_only: NDArray[np.bool_]


def place(
    sites: dict[str, Sites], people: Ints, standing: Floats, kinds: tuple[str, ...], rng: np.random.Generator
) -> Placed:
    """Place facilities of the given kinds for communities with ``people`` residents each.

    standing : (communities,) how well each stands; those that stand badly lack more
    """
    free = {where: replace(found, weight=found.weight.copy()) for where, found in sites.items()}
    parts = []
    for kind in (kind for kind in KINDS if kind.key in kinds):
        wanted = _wanted(kind, people, standing, rng)
        chosen = _chosen(kind, wanted, free, rng)
        parts.append(_stocked(kind, chosen, sites, standing, rng))
        for where in _SCARCE & set(chosen):
            free[where].weight[chosen[where]] = 0.0
    return Placed(
        [key for part in parts for key in part.kind],
        *(
            np.concatenate([getattr(part, field) for part in parts])
            for field in ("uv", "community", "parcel", "inside", "capacity", "area_m2", "residents_only")
        ),
    )


def pick(sites: Sites, wanted: Ints, rng: np.random.Generator) -> NDArray[np.intp]:
    """As many sites as wanted in each community, likelier where the weight is high, its grid cells taking turns."""
    race = rng.exponential(size=sites.weight.size) / np.maximum(sites.weight, 1e-9)
    by_cell = np.lexsort((race, sites.cell))
    turn = np.empty(race.size, dtype=np.int64)
    turn[by_cell] = np.arange(race.size) - np.searchsorted(sites.cell[by_cell], sites.cell[by_cell])
    order = np.lexsort((race, turn, sites.community))
    group = sites.community[order]
    rank = np.arange(group.size) - np.searchsorted(group, group)
    chosen: NDArray[np.intp] = order[rank < wanted[group]]
    return chosen


def _chosen(kind: Kind, wanted: Ints, sites: dict[str, Sites], rng: np.random.Generator) -> dict[str, NDArray[np.intp]]:
    """Rows of sites. Where sites are scarce the district's number counts, not each community's."""
    if kind.where in _SCARCE:
        weight = sites[kind.where].weight * (wanted > 0)[sites[kind.where].community]
        race = rng.exponential(size=weight.size) / np.maximum(weight, 1e-9)
        return {kind.where: np.argsort(race, kind="stable")[: min(int(wanted.sum()), int((weight > 0).sum()))]}
    if kind.where == "both":
        inside = (wanted + 1) // 2
        return {where: pick(sites[where], n, rng) for where, n in (("street", wanted - inside), ("inside", inside))}
    return {kind.where: pick(sites[kind.where], wanted, rng)}


def _stocked(
    kind: Kind, chosen: dict[str, NDArray[np.intp]], sites: dict[str, Sites], standing: Floats, rng: np.random.Generator
) -> Placed:
    parts = [(sites[where], rows) for where, rows in chosen.items()]
    inside = np.concatenate([np.full(rows.size, where in ("inside", "old")) for where, rows in chosen.items()])
    community = np.concatenate([found.community[rows] for found, rows in parts])
    return Placed(
        [kind.key] * inside.size,
        np.concatenate([found.uv[rows] for found, rows in parts]),
        community,
        np.concatenate([found.parcel[rows] for found, rows in parts]),
        inside,
        _sizes(kind.capacity, standing[community], rng, step=1),
        _sizes(kind.area_m2, standing[community], rng, step=5),
        inside & (rng.random(inside.size) < kind.residents),
    )


def _wanted(kind: Kind, people: Ints, standing: Floats, rng: np.random.Generator) -> Ints:
    """How many each community should have. Some have none, rather those that lack other things too."""
    luck = 0.8 * standing + 0.6 * rng.normal(size=people.size)
    absent = np.zeros(people.size, dtype=np.bool_)
    absent[np.argsort(luck, kind="stable")[: round(kind.gap * people.size)]] = True
    if kind.each:
        return np.where(absent, 0, 1 + (people > 11_000)).astype(np.int64)
    # The small need less than the large, but not in proportion; new quarters are well equipped.
    share = np.where(absent, 0.0, people**0.75 * np.exp(0.22 * np.clip(luck, -2, 4)))
    total = max(1.0, kind.total * float(people.sum()) / FULL_PEOPLE)
    steps = np.floor(np.cumsum(share / max(share.sum(), 1e-9)) * round(total) + 0.5)
    return np.diff(np.concatenate([[0.0], steps])).astype(np.int64)


def _sizes(limits: tuple[int, int] | None, standing: Floats, rng: np.random.Generator, *, step: int) -> Floats:
    """Sizes between the limits, small ones more often, larger where a community stands well; NaN for no limits."""
    drawn = rng.beta(1.6, 3.2, standing.size)
    drawn = np.clip(drawn * np.exp(0.15 * standing), 0.0, 1.0)
    if limits is None:
        return np.full(standing.size, np.nan)
    low, high = limits
    return np.round((low + drawn * (high - low)) / step) * step
