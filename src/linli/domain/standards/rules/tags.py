"""Telling a facility's kind from its OpenStreetMap tags."""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from linli.domain.standards.rules.vocabulary import FacilityKind

_Way = tuple[int, Mapping[str, str], str]


class KindByTags:
    """Finds the kind of an object; made once, asked often.

    Of several kinds that match, the way with the most tags decides, then the order of the kinds.
    """

    __slots__ = ("_ways",)

    def __init__(self, kinds: Iterable[FacilityKind]) -> None:
        self._ways: dict[str, list[_Way]] = {}
        ways = [(len(tags), tags, kind.key) for kind in kinds for tags in kind.osm]
        for rank, (_, tags, kind) in enumerate(sorted(ways, key=lambda way: -way[0])):
            self._ways.setdefault(next(iter(tags)), []).append((rank, tags, kind))

    def __call__(self, tags: Mapping[str, str]) -> str | None:
        """The key of the kind, or None where the tags tell none."""
        best: _Way | None = None
        for key in tags:
            for way in self._ways.get(key, ()):
                if (best is None or way[0] < best[0]) and _matches(way[1], tags):
                    best = way
                    break
        return best[2] if best else None

    @property
    def keys(self) -> frozenset[str]:
        """Tag keys that matter."""
        return frozenset(key for ways in self._ways.values() for way in ways for key in way[1])


def _matches(wanted: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    return all(_value_matches(value, tags.get(key)) for key, value in wanted.items())


def _value_matches(wanted: str, found: str | None) -> bool:
    if not found:
        return False
    if "*" in wanted:
        return fnmatchcase(found, wanted)
    return found == wanted or wanted in (part.strip() for part in found.split(";"))
