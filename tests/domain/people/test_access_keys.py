"""Keys of programs: made once, held by their person alone, ended at once."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from domain.people.builders import AT, DAY, PASSWORD, a_district, a_person, act_of, keeper_scope

from linli.domain.journal import queries as journal
from linli.domain.people import models, operations, queries
from linli.domain.people.operations import NewKey
from linli.domain.people.rules import Role

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(days=30)


def a_key(person: int, **changes: object) -> NewKey:
    asked = {"name": "QGIS", "password": PASSWORD, "until_at": LATER} | changes
    return operations.create_access_key(act_of(person), **asked)  # type: ignore[arg-type]


@pytest.fixture
def worker() -> int:
    district, _ = a_district()
    return a_person("worker", Role.COMMUNITY_WORKER, district)


def test_a_key_gives_its_persons_terms_and_is_kept_as_a_hash(worker: int) -> None:
    key = a_key(worker)

    held = queries.key_holder(key.secret, AT, DAY)

    assert held is not None
    assert (held.id, held.key, held.may_write, held.roles) == (worker, key.id, False, (Role.COMMUNITY_WORKER,))
    queries.stand_alone(worker)
    assert key.secret not in models.AccessKey.objects.get().hash
    assert key.secret.startswith("linli_")


def test_each_act_on_keys_is_in_the_journal_without_its_secret(worker: int) -> None:
    key = a_key(worker)
    assert operations.revoke_access_key(act_of(worker), key=key.id)
    assert not operations.revoke_access_key(act_of(worker), key=key.id)

    home = queries.home_of(worker, DAY)
    lines = journal.lines(frozenset({home or 0}), wanted=journal.Filter(verb="people."))

    verbs = [line.verb for line in lines]
    assert verbs.count("people.create_access_key") == 1
    assert verbs.count("people.revoke_access_key") == 1
    assert key.secret not in str(lines)


def test_a_key_ends_when_revoked_over_or_its_account_closed(worker: int) -> None:
    key, other = a_key(worker), a_key(worker)
    operations.revoke_access_key(act_of(worker), key=other.id)

    assert queries.key_holder(other.secret, AT, DAY) is None
    assert queries.key_holder(key.secret, LATER, DAY) is None
    assert queries.key_holder(key.secret + "x", AT, DAY) is None
    queries.stand_alone(worker)
    models.Person.objects.filter(pk=worker).update(is_active=False)
    assert queries.key_holder(key.secret, AT, DAY) is None


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"password": "wrong"}, operations.WrongPassword),
        ({"name": "  "}, operations.KeyNotPossible),
        ({"name": "x" * 61}, operations.KeyNotPossible),
        ({"until_at": AT}, operations.KeyNotPossible),
        ({"until_at": AT + timedelta(days=400)}, operations.KeyNotPossible),
    ],
)
def test_a_key_that_may_not_be_made(worker: int, changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        a_key(worker, **changes)

    assert queries.own_access_keys(worker) == ()


def test_nobody_gathers_keys_without_end(worker: int) -> None:
    for _ in range(10):
        a_key(worker)

    with pytest.raises(operations.TooManyKeys):
        a_key(worker)


def test_nobody_ends_the_key_of_another(worker: int) -> None:
    key = a_key(worker)
    other = a_person("other", Role.AUDITOR, queries.home_of(worker, DAY) or 0)

    assert not operations.revoke_access_key(act_of(other), key=key.id)
    assert queries.key_holder(key.secret, AT, DAY) is not None


def test_the_last_use_is_noted_once_a_minute(worker: int) -> None:
    key = a_key(worker)
    operations.note_key_use(key.id, person=worker, used_at=None, at=AT)
    operations.note_key_use(key.id, person=worker, used_at=AT, at=AT + timedelta(seconds=59))
    assert queries.own_access_keys(worker)[0].used_at == AT

    operations.note_key_use(key.id, person=worker, used_at=AT, at=AT + timedelta(seconds=60))
    assert queries.own_access_keys(worker)[0].used_at == AT + timedelta(seconds=60)


def test_wrong_keys_are_counted_apart_from_sign_ins(worker: int) -> None:
    answers = [operations.note_key_refused(username="worker", address="10.0.0.1", at=AT) for _ in range(11)]

    assert [answer is None for answer in answers] == [True] * 9 + [False] * 2
    assert queries.locked_until("worker", AT) is None
    assert operations.note_key_refused(username="", address="10.0.0.1", at=AT) is None


def test_the_database_shows_keys_to_their_person_and_keeper_alone() -> None:
    _, (east, west) = a_district()
    here, there = a_person("here", Role.AUDITOR, east), a_person("there", Role.AUDITOR, west)
    keeper = a_person("keeper", Role.ADMINISTRATOR, east)
    for person in (here, there):
        a_key(person)

    def shown() -> set[int]:
        return set(models.AccessKey.objects.values_list("person_id", flat=True))

    queries.stand_alone(there)
    assert shown() == {there}
    queries.stand(keeper_scope(keeper, east))
    assert shown() == {here}
    queries.stand_alone(keeper)
    assert shown() == set()


@pytest.mark.parametrize(
    ("name", "lasts", "constraint"),
    [("", 1, "people_key_name_is_not_empty"), ("x", 0, "people_key_ends_after_it_begins")],
)
def test_constraints(worker: int, name: str, lasts: int, constraint: str) -> None:
    queries.stand_alone(worker)
    values = {"created_at": AT, "expires_at": AT + timedelta(days=lasts)}

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        models.AccessKey.objects.create(person_id=worker, name=name, hash="h", **values)
