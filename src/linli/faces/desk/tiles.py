"""Where the tiles of an edition lie, and how they come to be."""

from collections.abc import Callable, Mapping
from pathlib import Path

from django.conf import settings

from linli.domain.people.rules import Scope
from linli.domain.places import queries as places
from linli.domain.places.queries import EditionValue
from linli.interchange.tiles import TILE_LAYERS, write_tiles


def folder(edition: EditionValue) -> Path:
    return Path(settings.VAR) / "tiles" / edition.fingerprint


def path(edition: EditionValue, layer: str) -> Path:
    return folder(edition) / f"{layer}.pmtiles"


def present(edition: EditionValue) -> tuple[str, ...]:
    """Layers of which there are tiles."""
    return tuple(cut.key for cut in TILE_LAYERS if path(edition, cut.key).exists())


def are_complete(edition: EditionValue) -> bool:
    return (folder(edition) / "complete").exists()


def make(scope: Scope, edition: EditionValue, *, progress: Callable[[int, int, str], None]) -> None:
    """Write what is missing of an edition's tiles; a file that is there is never written again."""
    package = places.package_of(scope, edition.id)
    folder(edition).mkdir(parents=True, exist_ok=True)
    for n, cut in enumerate(TILE_LAYERS):
        progress(n, len(TILE_LAYERS), cut.key)
        table = package.layers.get(cut.key)
        if table is not None and table.keys and not path(edition, cut.key).exists():
            write_tiles(table, cut, places=_ids(scope, edition, cut.key), path=path(edition, cut.key))
    (folder(edition) / "complete").touch()


def _ids(scope: Scope, edition: EditionValue, layer: str) -> Mapping[str, int]:
    """Permanent ids by key, of the layers whose features the pages color or open."""
    return places.keys_of(scope, edition.id, layer) if layer in {"buildings", "compounds"} else {}
