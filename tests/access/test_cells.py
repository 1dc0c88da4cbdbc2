"""Every endpoint, asked as everyone about every place: the answer is what the policy table says.

The cells are generated from the list of addresses and from ``POLICY``; an endpoint without an example fails.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from access.examples import EXAMPLES, Asked, Case, Example
from access.world import Someone, World, a_world, forget_standing
from linli.domain.people.rules import POLICY, Purpose, Role
from linli.faces.access import middleware
from linli.faces.components.declared import ANY_METHOD, Declaration, Endpoint, endpoints

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

Rows = list[tuple[str, int, int]]
FACES = ("", "access", "api", "desk", "paper", "phone")
NOT_COMPARED = ("django_session", "people_session", "django_migrations")


@dataclass(frozen=True)
class Cell:
    """One call and whether it must be let in."""

    endpoint: Endpoint
    method: str
    case: Case
    who: Someone | None
    is_allowed: bool
    note: str = ""

    def __str__(self) -> str:
        who = self.who.username if self.who else "nobody"
        return f"{self.method} {self.endpoint.name} {self.case.kwargs} {self.case.query} {self.note} as {who}"


def face_of(endpoint: Endpoint) -> str:
    return endpoint.name.rpartition(":")[0]


def named() -> list[Endpoint]:
    return [endpoint for endpoint in endpoints() if endpoint.name]


def test_every_endpoint_has_a_name_and_an_example() -> None:
    found = endpoints()

    assert [endpoint.route for endpoint in found if not endpoint.name] == []
    missing = {endpoint.name for endpoint in found} - set(EXAMPLES)
    assert missing == set(), "add how they are called to tests/access/examples.py"
    assert set(EXAMPLES) - {endpoint.name for endpoint in found} == set(), "examples of endpoints that are gone"


def test_every_declared_method_has_an_example() -> None:
    missing = [
        f"{method} {endpoint.name}"
        for endpoint in named()
        for method in set(endpoint.methods) - {ANY_METHOD, "HEAD"}
        if method not in {example.method for example in EXAMPLES.get(endpoint.name, ())}
    ]

    assert missing == []


@pytest.mark.long
@pytest.mark.parametrize("face", FACES)
def test_each_cell_answers_as_the_policy_says(face: str) -> None:
    world, client = a_world(), Client(raise_request_exception=False)
    cells = [cell for endpoint in named() if face_of(endpoint) == face for cell in _cells(world, endpoint)]

    rows = _rows()
    wrong = sorted({found for cell in cells if (found := _wrong(client, cell, rows)) is not None})

    assert len(cells) > 10
    assert not wrong, "\n".join(wrong)


def test_sabotage_a_gate_that_lets_everyone_in_everywhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cells above would mean nothing if they passed without gate and scopes."""
    world, client = a_world(), Client(raise_request_exception=False)
    everywhere = world.scope(Purpose.AUDIT, Role.AUDITOR)
    monkeypatch.setattr(middleware, "purpose_of", lambda declaration, roles: Purpose.AUDIT)
    monkeypatch.setattr(middleware, "scope_of", lambda person, purpose, day: everywhere)
    journal = next(endpoint for endpoint in named() if endpoint.name == "access:journal")
    cells = [cell for cell in _cells(world, journal) if cell.who and cell.method == "GET"]

    noticed = sum(_wrong(client, cell, []) is not None for cell in cells if not cell.is_allowed)

    assert noticed == sum(not cell.is_allowed for cell in cells) > 50


def test_the_faces_asked_are_all_there_are() -> None:
    assert {face_of(endpoint) for endpoint in named()} == set(FACES)


def _cells(world: World, endpoint: Endpoint) -> Iterator[Cell]:
    for example in EXAMPLES.get(endpoint.name, ()):
        declared = endpoint.methods.get(example.method) or endpoint.methods.get(ANY_METHOD)
        assert declared is not None, f"{endpoint.name} does not take {example.method}"
        places = [place for level in example.levels for place in world.targets(level)]
        for who in (None, *world.people):
            for place in places or [world.district]:
                yield from _at(world, endpoint, example, declared, who, place)
    if endpoint.name in EXAMPLES:
        yield from _other_methods(world, endpoint)


def _at(
    world: World, endpoint: Endpoint, example: Example, declared: Declaration, who: Someone | None, place: int
) -> Iterator[Cell]:
    person = who.id if who else 0
    case = example.make(Asked(world, person, place))
    allowed = not example.absent and _is_allowed(world, example, declared, who, place)
    yield Cell(endpoint, example.method, case, who, allowed)
    if not (allowed and example.levels and case.data and who and who.area != world.district):
        return
    foreign = example.make(Asked(world, person, _elsewhere(world, who)))
    for key, value in foreign.data.items():
        if case.data.get(key) != value:
            swapped = Case(case.kwargs, case.query, {**case.data, key: value}, case.json)
            yield Cell(endpoint, example.method, swapped, who, False, note=f"with foreign {key}")


def _elsewhere(world: World, who: Someone) -> int:
    assert who.area is not None
    ours = world.within(who.area)
    return next(place for place in world.targets("community") if place not in ours)


def _other_methods(world: World, endpoint: Endpoint) -> Iterator[Cell]:
    """A method without an example must not be answered: else it would be an endpoint that nobody tests."""
    examples = EXAMPLES[endpoint.name]
    known = {example.method for example in examples}
    place = world.targets(examples[0].levels[0])[0] if examples[0].levels else world.district
    case = examples[0].make(Asked(world, 0, place))
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        for who in world.people if method not in known else ():
            if who.area == world.district:
                yield Cell(endpoint, method, case, who, False, note="without example")


def _is_allowed(world: World, example: Example, declared: Declaration, who: Someone | None, place: int) -> bool:
    """The policy table, read once more and in another way than the product does."""
    permission = declared.permission or example.permission
    if declared.everyone:
        return True
    if who is None:
        return False
    if permission is None:
        return True
    if who.role is None or who.area is None:
        return False
    purposes: frozenset[Purpose] = POLICY[who.role].get(permission, frozenset())
    asked = set(declared.purposes) if declared.permission else set(Purpose)
    return bool(purposes & asked) and (not example.levels or place in world.within(who.area))


def _wrong(client: Client, cell: Cell, rows: Rows) -> str | None:
    """What is wrong with the answer to a cell; its changes are undone."""
    forget_standing()
    with transaction.atomic():
        before = _writes()
        status, where = _ask(client, cell)
        verdict = _verdict(cell, status, where)
        if verdict is None and not cell.is_allowed and _writes() != before and _rows() != rows:
            verdict = f"{cell}: refused, but rows have changed"
        transaction.set_rollback(True)
    return verdict


def _ask(client: Client, cell: Cell) -> tuple[int, str]:
    client.cookies.clear()
    if cell.who is not None:
        client.cookies[settings.SESSION_COOKIE_NAME] = cell.who.session
    address = reverse(cell.endpoint.name, kwargs=dict(cell.case.kwargs))
    if cell.method == "GET":
        answer = client.get(address, dict(cell.case.query))
    else:
        body = json.dumps(dict(cell.case.data)) if cell.case.json else dict(cell.case.data)
        kind = {"content_type": "application/json"} if cell.case.json or cell.method != "POST" else {}
        answer = client.generic(cell.method, address) if cell.method != "POST" else client.post(address, body, **kind)
    return answer.status_code, answer.headers.get("Location", "")


def _verdict(cell: Cell, status: int, where: str) -> str | None:
    to_sign_in = where.startswith(reverse("access:sign_in"))
    refused = status in {400, 401, 403, 404, 405, 409, 422} or (status == 302 and to_sign_in)
    turned_away = to_sign_in and cell.endpoint.name != "access:sign_out"
    if cell.is_allowed and (turned_away or (status >= 400 and status not in {400, 422})):
        return f"{cell}: allowed, but answered {status} {where}"
    if not cell.is_allowed and not refused:
        return f"{cell}: must be refused, but answered {status} {where}"
    return None


def _writes() -> list[tuple[str, int]]:
    """Rows written in this transaction, by table; what was undone is counted too, so this only says where to look."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables"
            " WHERE relname <> ALL (%s) ORDER BY 1",
            [list(NOT_COMPARED)],
        )
        return cursor.fetchall()  # type: ignore[no-any-return]


def _rows() -> Rows:
    """Number and hash of the rows of every table, hidden ones included."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' AND relname <> ALL (%s) ORDER BY 1",
            [list(NOT_COMPARED)],
        )
        tables = [name for (name,) in cursor.fetchall()]
        row = "SELECT '{0}', count(*), coalesce(sum(hashtext(t::text)), 0)::bigint FROM {0} t"
        parts = [row.format(name) for name in tables]
        cursor.execute("SELECT set_config('linli.door', 'set_up', true)")
        cursor.execute(" UNION ALL ".join(parts))
        found = cursor.fetchall()
        cursor.execute("SELECT set_config('linli.door', '', true)")
        return found  # type: ignore[no-any-return]
