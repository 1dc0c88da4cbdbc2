"""Writing an edition: the records of a package against those of the edition before, in a few statements for all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import shapely
from django.db import connection
from psycopg.types.json import Jsonb

from linli.domain.journal.rules import Act
from linli.domain.places import models
from linli.domain.places.operations.codes import CODED, hold_codes
from linli.domain.places.queries.packages import packed_grid
from linli.domain.places.rules import fingerprint, membership, naming
from linli.domain.places.rules.areas import subdistrict_codes
from linli.domain.places.rules.package import DistrictPackage, LayerTable


class RepeatedKey(Exception):
    """A layer has several records of one key."""

    def __init__(self, layer: str, keys: Sequence[str]) -> None:
        super().__init__(layer, keys)
        self.layer = layer
        self.keys = tuple(keys)


def next_edition(act: Act, district: models.District, kind: models.Edition.Kind, **fields: object) -> models.Edition:
    """The row of a new edition; the district's own row must be locked."""
    newest = district.editions.order_by("-number").values_list("number", flat=True).first()
    return models.Edition(
        district=district,
        number=(newest or 0) + 1,
        kind=kind,
        actor=act.actor,
        behalf_of=act.behalf_of,
        at=act.at,
        channel=act.channel,
        **fields,
    )


def header_fields(package: DistrictPackage) -> dict[str, object]:
    """What an import's edition row keeps of its package."""
    grid = package.population_grid
    return {
        "header": fingerprint.header(package),
        "population_grid": None if grid is None else packed_grid(grid),
        "package_fingerprint": package.fingerprint,
        "day": package.day,
        "source": package.source,
        "licence": package.licence,
    }


def write_records(
    edition: models.Edition, package: DistrictPackage | None, touched: frozenset[tuple[str, str]]
) -> None:
    """Make the records of a package those of a saved edition; without a package it holds none.

    Raises
    ------
    RepeatedKey
    CodeTaken
    """
    tables = dict(package.layers) if package is not None else {}
    _refuse_repeated(tables.values())
    with connection.cursor() as cursor:
        cursor.execute(_STAGE)
        with cursor.cursor.copy(_COPY) as copy:
            copy.set_types(_COPY_TYPES)
            for row in _staged(tables, touched):
                copy.write_row(row)
        cursor.execute("ANALYZE staged (layer, key, area_layer, area_key, hash)")
    codes = {layer: tables[layer].keys for layer in CODED if layer in tables}
    undo = edition.kind == models.Edition.Kind.WITHDRAWAL
    places = hold_codes(edition.district, edition.day, codes, undo=undo)
    names = {"district": edition.district_id, "number": edition.number, "day": edition.day}
    with connection.cursor() as cursor:
        cursor.execute(_JOIN_WHOLE_TABLES)
        cursor.execute(_PLACED, [[layer for layer, _ in places], [code for _, code in places], list(places.values())])
        for statement in _SETTLE:
            cursor.execute(statement, names)


def _refuse_repeated(tables: Iterable[LayerTable]) -> None:
    for table in tables:
        repeated = [key for key, times in Counter(table.keys).items() if times > 1]
        if repeated:
            raise RepeatedKey(table.layer, repeated)


def _staged(tables: Mapping[str, LayerTable], touched: frozenset[tuple[str, str]]) -> Iterator[tuple[object, ...]]:
    for layer, table in tables.items():
        shapes = fingerprint.wkb(table.geometry)
        bounds = shapely.bounds(table.geometry)
        placed = ~np.isnan(bounds[:, 0])
        for row, (key, area) in enumerate(zip(table.keys, _area_keys(layer, table, tables), strict=True)):
            plain = fingerprint.plain_attributes(layer, table.attributes[row])
            shape = shapes[row] if placed[row] else None
            name = str(plain.get("name", ""))
            yield (
                layer,
                key,
                "subdistricts" if layer == "communities" else "communities",
                area,
                Jsonb(plain),
                shape,
                *(bounds[row].tolist() if placed[row] else (None,) * 4),
                fingerprint.record_hash(key, plain, shapes[row]),
                (layer, key) in touched,
                name,
                naming.sorting_key(name),
                naming.pieces(name),
            )


def _area_keys(layer: str, table: LayerTable, tables: Mapping[str, LayerTable]) -> list[str | None]:
    """Key of the next larger area of each record: the subdistrict of a community, the community of anything else."""
    if layer == "subdistricts" or len(table.keys) == 0:
        return [None] * len(table.keys)
    if layer == "communities":
        return subdistrict_codes(table, tables.get("subdistricts"))
    communities = tables.get("communities")
    if communities is None:
        return [None] * len(table.keys)
    found = membership.area_at(membership.places_of(table.geometry), communities.geometry)
    return [communities.keys[area] if area >= 0 else None for area in found]


_STAGE = """
DROP TABLE IF EXISTS staged;
CREATE TEMPORARY TABLE staged (
    layer text, key text COLLATE "C", area_layer text, area_key text COLLATE "C", attributes jsonb, geometry bytea,
    west float8, south float8, east float8, north float8, hash bytea, is_corrected bool,
    name text, name_order text, name_pieces text[], place bigint, area bigint
) ON COMMIT DROP
"""
_COLUMNS = (
    "layer, key, area_layer, area_key, attributes, geometry, west, south, east, north, hash, is_corrected,"
    " name, name_order, name_pieces"
)
_COPY = f"COPY staged ({_COLUMNS}) FROM STDIN (FORMAT binary)"
_COPY_TYPES = (
    *("text", "text", "text", "text", "jsonb", "bytea", "float8", "float8", "float8", "float8", "bytea", "bool"),
    *("text", "text", "text[]"),
)

# Tables that were empty when the server last counted them, as after an import that was taken back, look empty still;
# it would then compare each record with each other, for an hour instead of a second.
_JOIN_WHOLE_TABLES = "SET LOCAL enable_nestloop = off"
_PLACED = """
UPDATE staged SET place = bearer.place
FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS bearer(layer, key, place)
WHERE staged.layer = bearer.layer AND staged.key = bearer.key
"""
_SETTLE = (
    # Places that files name by key, new ones included.
    """
    INSERT INTO places_place (district_id, layer, key)
    SELECT %(district)s, s.layer, s.key FROM staged s
    LEFT JOIN places_place p ON p.district_id = %(district)s AND p.layer = s.layer AND p.key = s.key
    WHERE s.place IS NULL AND p.id IS NULL
    """,
    """
    UPDATE staged s SET place = p.id FROM places_place p
    WHERE s.place IS NULL AND p.district_id = %(district)s AND p.layer = s.layer AND p.key = s.key
    """,
    # The next larger area; what lies in none belongs to the district where it is an area itself.
    """
    UPDATE staged s SET area = a.place FROM staged a
    WHERE s.area_key IS NOT NULL AND a.layer = s.area_layer AND a.key = s.area_key
    """,
    "UPDATE staged SET area = %(district)s WHERE area IS NULL AND layer IN ('subdistricts', 'communities')",
    # What changed or is gone ends with this edition, and what changed or is new begins.
    """
    UPDATE places_version v SET until_edition = %(number)s, until_on = greatest(v.from_on, %(day)s)
    WHERE v.district_id = %(district)s AND v.until_edition IS NULL AND NOT EXISTS (
        SELECT FROM staged s
        WHERE s.place = v.place_id AND s.hash = v.hash AND s.area IS NOT DISTINCT FROM v.area_id
            AND s.is_corrected = v.is_corrected
    )
    """,
    """
    INSERT INTO places_version (place_id, district_id, layer, key, from_edition, from_on, geometry, west, south, east,
        north, attributes, hash, area_id, is_corrected, name, name_order, name_pieces)
    SELECT s.place, %(district)s, s.layer, s.key, %(number)s, %(day)s, s.geometry, s.west, s.south, s.east,
        s.north, s.attributes, s.hash, s.area, s.is_corrected, s.name, s.name_order, s.name_pieces
    FROM staged s
    LEFT JOIN places_version v ON v.place_id = s.place AND v.until_edition IS NULL
    WHERE v.id IS NULL ORDER BY s.layer, s.key
    """,
    "DROP TABLE staged",
    "SET LOCAL enable_nestloop = on",
)
