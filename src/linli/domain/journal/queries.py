"""What the journal says, and whether it still says what was written.

Whose lines may be read is decided in ``people.queries.journal_lines``, the room above.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from linli.domain.journal import models, rules

_LINE_FIELDS = (
    *("id", "home", "at", "actor", "channel", "behalf_of", "verb", "object", "result", "cluster", "transaction"),
)
_SEAL_FIELDS = (
    *("home", "number", "from_position", "until_position", "previous", "chain", "root", "at", "cluster", "horizon"),
)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted; what is None or empty does not restrict. ``before`` is an id, for the next page."""

    verb: str = ""
    object: str = ""
    actor: int | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Verification:
    """Result of reading one home's chain again: how much was read and each sign of tampering."""

    home: int
    lines: int
    seals: int
    unsealed: int
    traces: tuple[rules.Trace, ...]


def entry(line: models.Line) -> rules.Entry:
    return rules.Entry(**{name: getattr(line, name) for name in _LINE_FIELDS})


def lines(
    homes: frozenset[int], *, homeless: bool = False, wanted: Filter | None = None, limit: int = 50
) -> tuple[rules.Entry, ...]:
    """Newest lines of the homes; with ``homeless`` also those that belong to no place."""
    found = models.Line.objects.filter(_of(homes, homeless) & _matching(wanted or Filter()))
    return tuple(entry(line) for line in found.order_by("-id")[:limit])


def _of(homes: frozenset[int], homeless: bool) -> Q:
    chosen = Q(home__in=homes)
    return chosen | Q(home=None) if homeless else chosen


def _matching(wanted: Filter) -> Q:
    conditions = {
        "verb__startswith": wanted.verb or None,
        "object": wanted.object or None,
        "actor": wanted.actor,
        "at__gte": wanted.from_at,
        "at__lt": wanted.until_at,
        "id__lt": wanted.before,
    }
    return Q(**{name: value for name, value in conditions.items() if value is not None})


def seals(home: int) -> tuple[rules.SealValue, ...]:
    """Seals of one home's chain, first to last."""
    return tuple(_seal_value(seal) for seal in models.Seal.objects.filter(home=home).order_by("number"))


def last_seal(home: int) -> rules.SealValue | None:
    seal = models.Seal.objects.filter(home=home).order_by("-number").first()
    return _seal_value(seal) if seal else None


def _seal_value(seal: models.Seal) -> rules.SealValue:
    values: dict[str, Any] = {name: getattr(seal, name) for name in _SEAL_FIELDS}
    values |= {name: bytes(values[name]) for name in ("previous", "chain", "root")}
    return rules.SealValue(**values)


def homes_to_seal() -> tuple[int, ...]:
    """Homes with lines that no seal covers yet."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT coalesce(l.home, 0) FROM journal_line l"
            " WHERE NOT EXISTS (SELECT FROM journal_link k WHERE k.line_id = l.id) ORDER BY 1"
        )
        return tuple(home for (home,) in cursor.fetchall())


def unsealed(home: int) -> tuple[rules.Entry, ...]:
    """Lines of a home that no seal covers, in the order in which they were written."""
    mine = Q(home=home) if home != rules.NO_HOME else Q(home=None)
    linked = models.Link.objects.filter(home=home).values("line_id")
    found = models.Line.objects.filter(mine).exclude(id__in=linked).order_by("id")
    return tuple(entry(line) for line in found)


def horizons(home: int) -> dict[int, int]:
    """By database cluster: the transaction before which the last seal of the home had seen every line."""
    found: dict[int, int] = {}
    for cluster, horizon in models.Seal.objects.filter(home=home).values_list("cluster", "horizon"):
        found[cluster] = max(horizon, found.get(cluster, 0))
    return found


def verify(home: int) -> Verification:
    """Read one home's chain again and name each line that was changed, taken away or pushed in after sealing."""
    chained, made = _links(home), seals(home)
    traces = [*rules.broken_links(home, chained)]
    traces += rules.broken_seals(home, made, {link.position: link.chain for link in chained})
    end = made[-1].until_position if made else 0
    traces += [rules.Trace(rules.Tampering.INSERTED, line=link.line_id) for link in chained if link.position >= end]
    traces += [
        rules.Trace(rules.Tampering.MISSING, position=lost)
        for lost in range(len(chained) and chained[-1].position + 1, end)
    ]
    seen, waiting = horizons(home), unsealed(home)
    late = [line for line in waiting if line.transaction < seen.get(line.cluster, 0)]
    traces += [rules.Trace(rules.Tampering.INSERTED, line=line.id) for line in late]
    return Verification(home, len(chained), len(made), len(waiting) - len(late), tuple(traces))


def _links(home: int) -> tuple[rules.Link, ...]:
    rows = models.Link.objects.filter(home=home).order_by("position")
    return tuple(_with_lines(list(rows)))


def _with_lines(rows: list[models.Link]) -> Iterator[rules.Link]:
    found = models.Line.objects.in_bulk([row.line_id for row in rows])
    for row in rows:
        line = found.get(row.line_id)
        yield rules.Link(
            row.line_id, row.position, bytes(row.digest), bytes(row.chain), entry(line) if line is not None else None
        )
