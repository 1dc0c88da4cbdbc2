"""Writing an edition: the records of a package against those of the edition before, in a few statements for all."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
import shapely
from django.db import connection
from django.db.models import Q, QuerySet
from psycopg.types.json import Jsonb

from linli.domain.journal.rules import Act
from linli.domain.places import models
from linli.domain.places.queries.packages import packed_grid
from linli.domain.places.rules import corrections, fingerprint, membership, naming
from linli.domain.places.rules.assembly import subdistrict_codes
from linli.domain.places.rules.package import DistrictPackage, LayerTable

CODED = ("subdistricts", "communities")
"""Layers whose key is a code; larger areas first."""


class RepeatedKey(Exception):
    """A layer has several records of one key."""

    def __init__(self, layer: str, keys: Sequence[str]) -> None:
        super().__init__(layer, keys)
        self.layer = layer
        self.keys = tuple(keys)


class CodeTaken(Exception):
    """The code names a place of another district on that day."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A correction that still holds, in the words of the package: layer and key, changes, and a geometry or None."""

    layer: str
    key: str
    changes: Mapping[str, object]
    geometry: shapely.Geometry | None


def overlays(district: int, day: date, *, since: int = 0) -> list[Overlay]:
    """Corrections of a district made after an edition, in the order in which they were made."""
    rows = models.Correction.objects.filter(place__district_id=district, edition__number__gt=since)
    rows = rows.select_related("place").order_by("edition__number")
    codes = dict(_holding(day).filter(place__in=[row.place_id for row in rows]).values_list("place_id", "code"))
    return [
        Overlay(
            row.place.layer,
            row.place.key if row.place.key is not None else codes.get(row.place_id, ""),
            _with_types(row.place.layer, row.changes),
            None if row.geometry is None else shapely.from_wkb(bytes(row.geometry)),
        )
        for row in rows
    ]


def _with_types(layer: str, plain: Mapping[str, object]) -> dict[str, object]:
    known = {key: value for key, value in plain.items() if value is not None}
    return {**plain, **fingerprint.typed_attributes(layer, known)}


def corrected(package: DistrictPackage, over: Sequence[Overlay]) -> tuple[DistrictPackage, frozenset[tuple[str, str]]]:
    """The package with corrections laid over, sealed anew, and the (layer, key) of what they touched."""
    layers = dict(package.layers)
    touched: set[tuple[str, str]] = set()
    for layer in {one.layer for one in over} & set(layers):
        mine = [one for one in over if one.layer == layer]
        layers[layer], keys = _corrected_table(layers[layer], mine)
        touched |= {(layer, key) for key in keys}
    if not touched:
        return package, frozenset()
    return fingerprint.sealed(replace(package, layers=layers)), frozenset(touched)


def _corrected_table(table: LayerTable, over: Sequence[Overlay]) -> tuple[LayerTable, set[str]]:
    row_of = {key: row for row, key in enumerate(table.keys)}
    attributes, geometry = list(table.attributes), table.geometry.copy()
    keys = {one.key for one in over} & set(row_of)
    for one in over:
        row = row_of.get(one.key)
        if row is None:
            continue
        attributes[row] = corrections.laid_over(attributes[row], one.changes)
        if one.geometry is not None:
            geometry[row] = one.geometry
    return replace(table, attributes=tuple(attributes), geometry=geometry), keys


# --- One edition ----------------------------------------------------------------------------------------------------


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
        cursor.execute("ANALYZE staged")
    codes = {layer: tables[layer].keys for layer in CODED if layer in tables}
    places = hold_codes(edition, codes)
    names = {"district": edition.district_id, "number": edition.number, "day": edition.day}
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE staged SET place = %s WHERE layer = %s AND key = %s",
            [(place, layer, key) for (layer, key), place in places.items()],
        )
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
)


# --- Codes ----------------------------------------------------------------------------------------------------------


def _holding(day: date) -> QuerySet[models.PlaceCode]:
    return models.PlaceCode.objects.filter(Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gt=day)))


def hold_codes(edition: models.Edition, codes: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], int]:
    """The place of every code on the edition's day, by (layer, code); new places for new codes.

    A code of the district that the edition does not have any more ends on that day.

    Raises
    ------
    CodeTaken
    """
    district = models.District.objects.get(pk=edition.district_id)
    mine = _codes_of(district.pk)
    places: dict[tuple[str, str], int] = {}
    for layer in CODED:
        for code in codes.get(layer, ()):
            places[layer, code] = _held(district, layer, code, edition.day, mine)
    for row in mine.values():
        if (row.place.layer, row.code) not in places and row.until_on is None:
            row.until_on = max(edition.day, row.from_on + timedelta(days=1))
            row.save(update_fields=["until_on"])
    return places


def _codes_of(district: int) -> dict[tuple[str, str], models.PlaceCode]:
    """The newest holding of every code in a district, by (layer, code)."""
    rows = models.PlaceCode.objects.filter(place__district_id=district, successor=None)
    return {(row.place.layer, row.code): row for row in rows.select_related("place").order_by("from_on")}


def _held(
    district: models.District,
    layer: str,
    code: str,
    day: date,
    mine: Mapping[tuple[str, str], models.PlaceCode],
) -> int:
    """The place that bears a code on a day: its bearer, its last bearer again, or a new place."""
    scheme = naming.code_scheme(code, district.code)
    row = mine.get((layer, code))
    if row is None:
        _refuse_taken(scheme, code, day)
        place = models.Place.objects.create(district_id=district.pk, layer=layer)
        models.PlaceCode.objects.create(place=place, scheme=scheme, code=code, from_on=day)
        return place.pk
    if row.until_on is not None and row.until_on < day:
        _refuse_taken(scheme, code, day)
        models.PlaceCode.objects.create(place_id=row.place_id, scheme=scheme, code=code, from_on=day)
    elif row.until_on is not None or row.from_on > day:
        row.until_on, row.from_on = None, min(row.from_on, day)
        row.save(update_fields=["until_on", "from_on"])
    return row.place_id


def _refuse_taken(scheme: str, code: str, day: date) -> None:
    later = Q(until_on=None) | Q(until_on__gt=day)
    if models.PlaceCode.objects.filter(later, scheme=scheme, code=code).exists():
        raise CodeTaken(code)


def corrected_then(edition: models.Edition) -> frozenset[tuple[str, str]]:
    """The (layer, key) of the corrected records of an edition."""
    then = models.Version.objects.filter(
        Q(until_edition=None) | Q(until_edition__gt=edition.number),
        district_id=edition.district_id,
        from_edition__lte=edition.number,
        is_corrected=True,
    )
    return frozenset(then.values_list("layer", "key"))
