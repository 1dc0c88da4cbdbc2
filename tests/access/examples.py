"""How each endpoint is called, for the test that asks every endpoint as everyone about every place.

Whoever adds an endpoint adds its example here, under the name that ``reverse`` knows, one for each method it takes::

    "desk:community": (Example(lambda asked: Case(kwargs={"community": asked.place}), levels=("community",)),),

An example is *about* places when ``levels`` names their levels: then each role is asked at each of them, and it is
expected to be let in where its permission holds, refused elsewhere. Of a POST each field whose value depends on the
place is also sent with the value of another place than the address says, and must be refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from access.world import LEVELS, World


@dataclass(frozen=True)
class Asked:
    """What an example is asked for: a call by this person about this place."""

    world: World
    person: int
    place: int


@dataclass(frozen=True)
class Case:
    """One call: parts of the address, its query, and what is sent (``json`` as JSON, else as a form)."""

    kwargs: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    json: bool = False


@dataclass(frozen=True)
class Example:
    make: Callable[[Asked], Case] = lambda asked: Case()
    method: str = "GET"
    levels: tuple[str, ...] = ()


def at_each(make: Callable[[Asked], Case], method: str = "GET", *, levels: tuple[str, ...] = LEVELS) -> Example:
    return Example(make, method, levels)


def _person(asked: Asked) -> dict[str, int]:
    return {"person": asked.world.someone_at(asked.place)}


def _appointment(asked: Asked) -> Case:
    data = {"role": "auditor", "area": asked.place, "from_on": "2026-01-01"}
    return Case(kwargs=_person(asked), data=data)


_NEW_PERSON = {"username": "new.person", "name": "新人", "phone": ""}
_NEW_ORGANIZATION = {"kind": "other", "name": "某社", "uscc": ""}

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "set_language": (Example(lambda asked: Case(data={"language": "en"}), "POST"),),
    # People
    "access:sign_in": (Example(), Example(method="POST")),
    "access:sign_out": (Example(method="POST"),),
    "access:own": (Example(),),
    "access:password": (Example(), Example(method="POST")),
    "access:close_session": (Example(lambda asked: Case(kwargs={"session": 10**9}), "POST"),),
    "access:begin_second_factor": (Example(method="POST"),),
    "access:confirm_second_factor": (Example(method="POST"),),
    "access:remove_second_factor": (Example(method="POST"),),
    "access:accounts": (Example(),),
    "access:create_account": (Example(), Example(lambda asked: Case(data=_NEW_PERSON), "POST")),
    "access:organizations": (Example(), Example(lambda asked: Case(data=_NEW_ORGANIZATION), "POST")),
    "access:account": (at_each(lambda asked: Case(kwargs=_person(asked))),),
    "access:appoint": (at_each(_appointment, "POST"),),
    "access:reset_password": (at_each(lambda asked: Case(kwargs=_person(asked)), "POST"),),
    "access:change_account": tuple(
        at_each(lambda asked, act=act: Case(kwargs={**_person(asked), "act": act}), "POST")
        for act in ("unlock", "close", "reopen", "reset-second-factor")
    ),
    "access:end_term": (
        at_each(
            lambda asked: Case(
                kwargs={"term": asked.world.term_at(asked.place)}, data={"until_on": asked.world.day.isoformat()}
            ),
            "POST",
        ),
    ),
    "access:journal": (
        Example(),
        at_each(lambda asked: Case(query={"home": asked.place})),
        at_each(lambda asked: Case(query={"home": asked.place, "verify": "1"})),
    ),
}
"""By name of the endpoint."""
