"""Invented names in the manner of the place: roads, compounds, stations. They mean nothing and nobody."""

import numpy as np

_FIRST = "望听新锦云澜秋春江潮桂荷松竹梅兰清和安景明星月湖堤柳禾稻桑晨曦丰泰永庆德信文博望麓溪岚枫橡梧棠榆樱鹭鹤雁鸿"
_SECOND = "潮涛禾澜汀洲岸浦塘桥河渠泉林苑谷川原野坪屏岭丘晖霞虹岚枫桐棠芳馨宁康乐瑞祥嘉华盛隆达远行知思源"
_ROAD_ENDINGS = ("路", "路", "路", "街", "大道")
_LANE_ENDINGS = ("巷", "弄", "巷", "里", "小路")
_COMPOUND_ENDINGS = {
    "upgrade_historic": ("里", "坊", "巷", "弄"),
    "upgrade_old_compound": ("新村", "小区", "公寓", "一区", "二区", "宿舍"),
    "upgrade_commodity": ("花园", "苑", "名苑", "公寓", "雅居", "城"),
    "upgrade_resettlement": ("家园", "嘉苑", "景苑", "人家", "社"),
    "partial_rebuild": ("雅苑", "新苑", "里弄", "华庭"),
    "new_build": ("府", "云邸", "天城", "印月", "中心"),
}


def invented_place(number: int) -> str:
    """A two-character name for any number; different numbers below some thousands give different names."""
    first, second = number % len(_FIRST), (number // len(_FIRST) * 7 + number * 11) % len(_SECOND)
    return _FIRST[first] + _SECOND[second]


def roads(count: int, rng: np.random.Generator, *, lane: bool = False) -> list[str]:
    """Names of ``count`` roads or lanes; distinct while there are enough words."""
    endings = _LANE_ENDINGS if lane else _ROAD_ENDINGS
    pairs = rng.permutation(len(_FIRST) * len(_SECOND))
    ending = rng.integers(0, len(endings), count)
    return [_pair(int(pairs[k % pairs.size])) + endings[int(ending[k])] for k in range(count)]


def compounds(types: list[str], rng: np.random.Generator) -> list[str]:
    """A name for a compound of each type."""
    pairs = rng.permutation(len(_FIRST) * len(_SECOND))
    drawn = rng.integers(0, 1000, len(types))
    chosen = []
    for k, kind in enumerate(types):
        endings = _COMPOUND_ENDINGS.get(kind, ("苑",))
        chosen.append(_pair(int(pairs[k % pairs.size])) + endings[int(drawn[k]) % len(endings)])
    return chosen


def short(community: str) -> str:
    """The name without what every community's name ends in."""
    return community.removesuffix("村委会").removesuffix("社区")


def _pair(number: int) -> str:
    return _FIRST[number % len(_FIRST)] + _SECOND[number // len(_FIRST)]
