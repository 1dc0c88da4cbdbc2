"""What a database holds, as row counts and digests that do not depend on the order of rows."""

from dataclasses import dataclass

import psycopg
from psycopg import sql

# Rows as text must not depend on who asks.
_SETTINGS = (
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL datestyle = 'ISO'",
    "SET LOCAL intervalstyle = 'iso_8601'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL row_security = off",
)
_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY relname COLLATE "C"
"""
# The sum of 128-bit digests of the rows, in two halves: equal rows in any order give equal sums.
_ROWS = """
SELECT count(*),
    coalesce(sum(('x' || substr(digest, 1, 16))::bit(64)::bigint::numeric), 0)::text || '/' ||
    coalesce(sum(('x' || substr(digest, 17, 16))::bit(64)::bigint::numeric), 0)::text
FROM (SELECT md5(one::text) AS digest FROM {} AS one) AS rows
"""
_SEQUENCES = """
SELECT sequencename, coalesce(last_value, 0) FROM pg_sequences
WHERE schemaname = 'public' ORDER BY sequencename COLLATE "C"
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """One table's rows, or where a sequence stands (then ``rows`` is its last value)."""

    name: str
    rows: int
    digest: str


def contents(connection: psycopg.Connection) -> tuple[Contents, ...]:
    """Every table and sequence of the schema ``public``, within the connection's open transaction."""
    for statement in _SETTINGS:
        connection.execute(statement)
    tables = [name for (name,) in connection.execute(_TABLES)]
    found = [_table(connection, name) for name in tables]
    found += [Contents(f"{name} (sequence)", value, "") for name, value in connection.execute(_SEQUENCES)]
    return tuple(found)


def _table(connection: psycopg.Connection, name: str) -> Contents:
    row = connection.execute(sql.SQL(_ROWS).format(sql.Identifier("public", name))).fetchone()
    assert row is not None
    return Contents(name, row[0], row[1])


@dataclass(frozen=True, slots=True)
class Difference:
    """A table that is not the same in two databases; ``None`` where it is missing."""

    name: str
    rows: int | None
    rows_restored: int | None


def differences(kept: tuple[Contents, ...], restored: tuple[Contents, ...]) -> tuple[Difference, ...]:
    """The tables and sequences that differ, by name."""
    before, after = ({one.name: one for one in side} for side in (kept, restored))
    return tuple(
        Difference(name, before[name].rows if name in before else None, after[name].rows if name in after else None)
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    )
