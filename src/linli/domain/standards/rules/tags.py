"""Telling a facility's kind from its OpenStreetMap tags."""

from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from linli.domain.standards.rules.vocabulary import FacilityKind

_Way = tuple[int, Mapping[str, str], str]


class KindByTags:
    """Finds the kind of an object; made once, asked often.

    Of several kinds that match, the way with the most tags decides, then the order of the kinds.
    """

    __slots__ = ("_by_key", "_by_tag", "keys")

    def __init__(self, kinds: Iterable[FacilityKind]) -> None:
        self._by_tag: dict[tuple[str, str], list[_Way]] = {}
        self._by_key: dict[str, list[_Way]] = {}
        ways = [(len(tags), tags, kind.key) for kind in kinds for tags in kind.osm]
        for rank, (_, tags, kind) in enumerate(sorted(ways, key=lambda way: -way[0])):
            exact = next((tag for tag in tags.items() if "*" not in tag[1]), None)
            if exact is not None:
                self._by_tag.setdefault(exact, []).append((rank, tags, kind))
            else:
                self._by_key.setdefault(next(iter(tags)), []).append((rank, tags, kind))
        self.keys = frozenset(key for _, tags, _ in ways for key in tags)
        """Tag keys that matter."""

    def __call__(self, tags: Mapping[str, str]) -> str | None:
        """The key of the kind, or None where the tags tell none."""
        best: _Way | None = None
        for way in self._candidates(tags):
            if (best is None or way[0] < best[0]) and _matches(way[1], tags):
                best = way
        return best[2] if best else None

    def _candidates(self, tags: Mapping[str, str]) -> Iterator[_Way]:
        """Ways of which one tag is there already."""
        for key in self.keys & tags.keys():
            yield from self._by_key.get(key, ())
            for part in _parts(tags[key]):
                yield from self._by_tag.get((key, part), ())


def _parts(value: str) -> tuple[str, ...]:
    if ";" not in value:
        return (value,)
    return (value, *(part.strip() for part in value.split(";")))


def _matches(wanted: Mapping[str, str], tags: Mapping[str, str]) -> bool:
    for key, value in wanted.items():
        found = tags.get(key)
        if not found:
            return False
        if "*" in value:
            if not fnmatchcase(found, value):
                return False
        elif found != value and value not in _parts(found):
            return False
    return True
