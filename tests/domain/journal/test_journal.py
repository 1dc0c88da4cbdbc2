"""Lines are added, sealed and read again; whoever changes one is found out."""

import random
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import psycopg
import pytest
from django.db import ProgrammingError, connection, transaction

from linli.domain.journal import operations, queries, rules
from linli.domain.journal.rules import Act, Channel, Tampering
from linli.runtime import database

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
ACT = Act(actor=7, at=AT, channel=Channel.ONLINE)
HOME = 41


def write(count: int, *, home: int | None = HOME) -> list[int]:
    return [
        operations.record(ACT, verb="people.appoint", home=home, object=f"term:{n}", result={"n": n})
        for n in range(count)
    ]


def as_owner(dbname: str) -> psycopg.Connection:
    settings = connection.settings_dict | database.owner_settings()
    return psycopg.connect(
        host=settings["HOST"] or None,
        port=settings.get("PORT") or None,
        user=settings["USER"] or None,
        password=settings["PASSWORD"] or None,
        dbname=dbname,
        autocommit=True,
    )


@pytest.fixture
def owner() -> Iterator[psycopg.Connection]:
    """Someone with the owner's password, at the database itself."""
    with as_owner(connection.settings_dict["NAME"]) as opened:
        yield opened


@pytest.mark.django_db
def test_a_line_says_who_did_what_when_and_how() -> None:
    act = Act(actor=7, at=AT, channel=Channel.PAPER, behalf_of=9)

    operations.record(act, verb="people.appoint", home=HOME, object="term:3", result={"role": "auditor"})

    (line,) = queries.lines(frozenset({HOME}))
    assert (line.actor, line.at, line.channel, line.behalf_of) == (7, AT, "paper", 9)
    assert (line.verb, line.object, line.result) == ("people.appoint", "term:3", {"role": "auditor"})


@pytest.mark.django_db
@pytest.mark.parametrize("statement", ["UPDATE {} SET home = 1", "DELETE FROM {}", "TRUNCATE {}"])
@pytest.mark.parametrize("table", ["journal_line", "journal_link", "journal_seal"])
def test_the_application_can_only_add(statement: str, table: str) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(table))


@pytest.mark.django_db
def test_lines_are_found_by_home_verb_person_and_time() -> None:
    write(3)
    write(2, home=None)
    operations.record(Act(8, AT, Channel.ONLINE), verb="places.import", home=HOME)

    assert len(queries.lines(frozenset({HOME}))) == 4
    assert len(queries.lines(frozenset(), homeless=True)) == 2
    assert len(queries.lines(frozenset({HOME}), wanted=queries.Filter(verb="places."))) == 1
    assert len(queries.lines(frozenset({HOME}), wanted=queries.Filter(actor=7))) == 3
    assert queries.lines(frozenset({HOME}), wanted=queries.Filter(until_at=AT)) == ()
    assert queries.lines(frozenset({HOME + 1})) == ()


@pytest.mark.django_db
def test_an_act_that_fails_leaves_no_line() -> None:
    with transaction.atomic():
        write(1)
        transaction.set_rollback(True)

    assert queries.lines(frozenset({HOME})) == ()


@pytest.mark.django_db(transaction=True)
def test_sealed_lines_verify() -> None:
    write(5)
    write(2, home=None)

    assert operations.seal_all(AT) == 7
    assert operations.seal_all(AT) == 0
    write(3)
    assert operations.seal(HOME, AT) == 3

    found = queries.verify(HOME)
    assert (found.lines, found.seals, found.unsealed, found.traces) == (8, 2, 0, ())
    assert queries.verify(rules.NO_HOME).traces == ()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_still_open_is_sealed_later_and_is_no_tampering(owner: psycopg.Connection) -> None:
    with owner.transaction():
        owner.execute(
            "INSERT INTO journal_line (home, at, actor, channel, verb, object, result)"
            " VALUES (%s, now(), 1, 'online', 'people.appoint', '', '{}')",
            [HOME],
        )
        write(3)
        assert operations.seal(HOME, AT) == 0, "the open transaction began first: nothing after it is surely complete"

    assert operations.seal(HOME, AT) == 4
    assert queries.verify(HOME).traces == ()


@pytest.mark.django_db(transaction=True)
def test_a_transaction_open_in_another_database_holds_nothing_up() -> None:
    with as_owner(database.owner_settings()["NAME"]) as other, other.transaction():
        other.execute("SELECT pg_current_xact_id()")
        write(3)

        assert operations.seal(HOME, AT) == 3


@pytest.mark.django_db(transaction=True)
def test_two_sealers_at_once_seal_each_line_once() -> None:
    write(50)
    sealed: list[int] = []

    def run() -> None:
        sealed.append(operations.seal(HOME, AT))
        connection.close()

    workers = [threading.Thread(target=run) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert sorted(sealed) == [0, 0, 0, 50]
    assert queries.verify(HOME).traces == ()


# --- Tampering: each way of lying about a line, tried with the owner's rights ---------------------------------------


def _set(column: str, value: str) -> tuple[str, ...]:
    return (f"UPDATE journal_line SET {column} = {value} WHERE id = %s",)


LIES: dict[str, tuple[str, ...]] = {
    "time": _set("at", "at + interval '1 microsecond'"),
    "actor": _set("actor", "actor + 1"),
    "channel": _set("channel", "'paper'"),
    "behalf": _set("behalf_of", "coalesce(behalf_of, 0) + 1"),
    "verb": _set("verb", "verb || '_'"),
    "object": _set("object", "object || '0'"),
    "result": _set("result", "result || jsonb_build_object('n', -1)"),
    "home": _set("home", "home + 1"),
    "no home": _set("home", "NULL"),
    "transaction": _set("transaction", "transaction + 1"),
    "deleted": ("DELETE FROM journal_line WHERE id = %s",),
    "deleted with its link": (
        "DELETE FROM journal_line WHERE id = %s",
        "DELETE FROM journal_link WHERE line_id = %s",
    ),
    "digest recomputed": (
        "UPDATE journal_line SET actor = 99 WHERE id = %s",
        "UPDATE journal_link SET digest = sha256('forged') WHERE line_id = %s",
    ),
}
EDITS = 1_000


def _edits(lines: list[int]) -> Iterator[tuple[int, int, queries.Verification]]:
    """One edit after another, each read by the verifier and undone before the next, so that each is found alone."""
    chance = random.Random(20261122)
    for number in range(EDITS):
        lie = list(LIES.values())[number % len(LIES)]
        position = chance.randrange(len(lines))
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in lie:
                cursor.execute(statement, [lines[position]])
            yield lines[position], position, queries.verify(HOME)
            transaction.set_rollback(True)


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_each_of_a_thousand_edits_is_found_and_named() -> None:
    lines = write(25)
    operations.seal(HOME, AT)

    with database.acting_as_owner():
        misses = [
            found.traces
            for line, position, found in _edits(lines)
            if not any(trace.line == line or trace.position == position for trace in found.traces)
        ]
        assert misses == []
        assert queries.verify(HOME).traces == ()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_sabotage_a_verifier_that_does_not_hash_finds_no_changed_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that it is the hashes which find the edits above, and not the test."""
    lines = write(25)
    operations.seal(HOME, AT)
    digests = {line.id: rules.digest(line) for line in queries.lines(frozenset({HOME}))}
    monkeypatch.setattr(rules, "digest", lambda line: digests[line.id])

    with database.acting_as_owner(), transaction.atomic(), connection.cursor() as cursor:
        for line in lines:
            cursor.execute(*_as_call(LIES["actor"], line))
        assert queries.verify(HOME).traces == ()


def _as_call(lie: tuple[str, ...], line: int) -> tuple[str, list[int]]:
    return lie[0], [line]


@pytest.mark.django_db(transaction=True)
def test_a_line_pushed_in_before_the_seal_is_named_and_never_sealed(owner: psycopg.Connection) -> None:
    lines = write(3)
    operations.seal(HOME, AT)
    row = owner.execute(
        "INSERT INTO journal_line (home, at, actor, channel, verb, object, result, transaction)"
        " SELECT home, at, 99, channel, verb, object, result, transaction FROM journal_line WHERE id = %s RETURNING id",
        [lines[1]],
    ).fetchone()

    assert operations.seal(HOME, AT) == 0
    assert row is not None
    assert queries.verify(HOME).traces == (rules.Trace(Tampering.INSERTED, line=row[0]),)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "lie",
    [
        "UPDATE journal_seal SET at = at + interval '1 day' WHERE number = 1",
        "UPDATE journal_seal SET until_position = until_position - 1 WHERE number = 2",
        "DELETE FROM journal_seal WHERE number = 1",
        "UPDATE journal_seal SET root = sha256('forged') WHERE number = 1",
    ],
)
def test_a_changed_seal_is_named(owner: psycopg.Connection, lie: str) -> None:
    for _ in range(2):
        write(3)
        operations.seal(HOME, AT)

    owner.execute(lie)

    assert any(trace.tampering is Tampering.SEAL_CHANGED for trace in queries.verify(HOME).traces)


@pytest.mark.django_db(transaction=True)
def test_a_copy_restored_elsewhere_goes_on_sealing(owner: psycopg.Connection) -> None:
    """Another cluster counts its transactions anew: an open line from the old one is still sealed."""
    write(2)
    operations.seal(HOME, AT)
    (old,) = write(1)
    owner.execute("UPDATE journal_line SET cluster = 5, transaction = 1 << 40 WHERE id = %s", [old])

    assert operations.seal(HOME, AT) == 1
    assert queries.verify(HOME).traces == ()
