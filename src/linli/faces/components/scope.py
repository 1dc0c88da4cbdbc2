"""As whom, for what and on which day a face asks the domain."""

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest
from django.utils import timezone

from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import queries as people
from linli.domain.people.queries import SignedIn
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import queries as places


class Request(HttpRequest):
    """A request as a declared view gets it; views open to everyone have neither person nor scope."""

    person: SignedIn
    scope: Scope


def scope_for(person: int, purpose: Purpose, day: date) -> Scope:
    """What a person may see and do for a purpose on a day: each role over its areas and all within them."""
    return _scope(person, purpose, day, people.grants_of(person, day))


def scope_of(person: SignedIn, purpose: Purpose, day: date) -> Scope:
    """As ``scope_for``, for whoever is signed in, whose roles are known already."""
    return _scope(person.id, purpose, day, person.grants)


def _scope(person: int, purpose: Purpose, day: date, held: Iterable[tuple[Role, frozenset[int]]]) -> Scope:
    return Scope(person, purpose, day, tuple(Grant(role, places.descendants(areas, day)) for role, areas in held))


def operator_scope(purpose: Purpose, day: date, *, role: Role = Role.DISTRICT_OFFICER) -> Scope:
    """What whoever works at the machine itself may do: a role over every district of the installation."""
    districts = (district.place for district in places.districts())
    return Scope(OPERATOR, purpose, day, (Grant(role, places.descendants(districts, day)),))


def act_of(request: HttpRequest) -> Act:
    """The act of the person behind a request, now."""
    return Act(request.user.pk, timezone.now(), Channel.ONLINE)  # type: ignore[arg-type]  # a declared view has one
