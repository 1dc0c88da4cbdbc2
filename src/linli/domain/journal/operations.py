"""Write a line; close what was written under a seal."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from linli.domain.journal import models, queries, rules
from linli.domain.journal.rules import Act, Entry, SealValue

_SEALING = 0x6C696E6C
"""First half of the advisory lock's key, so that it meets no other lock of ours."""


def record(
    act: Act, *, verb: str, home: int | None = None, object: str = "", result: Mapping[str, Any] | None = None
) -> int:
    """Write what an act did as one line, in the act's own transaction, and return its id.

    Parameters
    ----------
    verb : text
        ``room.operation``, as ``people.appoint``.
    home : id of a place or None
        Whose chain the line joins; None for what belongs to no place.
    object : text
        What was acted on, as ``term:12``.
    result : JSON
        What came of it. Never a secret, never more of a person than the act needs.
    """
    line = models.Line.objects.create(
        home=home,
        at=act.at,
        actor=act.actor,
        channel=act.channel,
        behalf_of=act.behalf_of,
        verb=verb,
        object=object,
        result=dict(result or {}),
    )
    return line.pk


def seal_all(at: datetime) -> int:
    """Seal every home with open lines, one transaction each; returns the number of lines sealed."""
    return sum(seal(home, at) for home in queries.homes_to_seal())


@transaction.atomic
def seal(home: int, at: datetime) -> int:
    """Chain the finished lines of one home and close them; returns how many there were.

    A line counts as finished when every transaction up to its own has ended, so none can appear later below the seal's
    horizon. A line that does is no late commit but was pushed in: it is left unsealed for the verifier to name.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashint8(%s))", [_SEALING, home])
        cursor.execute(_HORIZON)
        cluster, horizon = cursor.fetchone()
    seen = queries.horizons(home)
    finished = [
        line
        for line in queries.unsealed(home)
        if line.transaction >= seen.get(line.cluster, 0) and (line.cluster != cluster or line.transaction < horizon)
    ]
    if finished:
        _close(home, finished, at=at, cluster=cluster, horizon=horizon)
    return len(finished)


# The oldest transaction of this database that is still open, else the next to come. The snapshot's own xmin would wait
# for the other databases of the server too. Whoever writes has locked a table of this database before it got a number,
# so no writer is missed; locks tell the lower 32 bits of the number, of which the upper ones are the next number's.
_HORIZON = """
WITH next AS (SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS number),
open AS (
    SELECT number - ((number - own.transactionid::text::bigint) & 4294967295) AS number
    FROM next, pg_locks own WHERE own.locktype = 'transactionid' AND own.mode = 'ExclusiveLock' AND own.granted
    AND EXISTS (
        SELECT FROM pg_locks here JOIN pg_database ON here.database = pg_database.oid
        WHERE here.virtualtransaction = own.virtualtransaction AND datname = current_database()
    )
)
SELECT journal_cluster(), coalesce((SELECT min(number) FROM open), (SELECT number FROM next))
"""


def _close(home: int, finished: Sequence[Entry], *, at: datetime, cluster: int, horizon: int) -> None:
    last = queries.last_seal(home)
    position = last.until_position if last else 0
    links = _chain(home, last.chain if last else rules.opening(home), position, finished)
    models.Link.objects.bulk_create(links, batch_size=1000)
    value = SealValue(
        home=home,
        number=last.number + 1 if last else 1,
        from_position=position,
        until_position=position + len(links),
        previous=last.root if last else rules.opening(home),
        chain=bytes(links[-1].chain),
        root=b"",
        at=at,
        cluster=cluster,
        horizon=horizon,
    )
    fields = {name: getattr(value, name) for name in SealValue.__slots__}
    models.Seal.objects.create(**fields | {"root": rules.root(value)})


def _chain(home: int, chain: bytes, position: int, finished: Sequence[Entry]) -> list[models.Link]:
    links = []
    for offset, line in enumerate(finished):
        line_digest = rules.digest(line)
        chain = rules.chained(chain, line_digest)
        links.append(
            models.Link(home=home, position=position + offset, line_id=line.id, digest=line_digest, chain=chain)
        )
    return links
