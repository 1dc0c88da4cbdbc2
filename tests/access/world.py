"""A small district with someone in every role at every level, for asking what each of them may do.

Owners of endpoints get a ``World``: ids of its areas, of its records by layer and key, and persons. What an endpoint
needs besides (a round, an import, a ticket) its example makes by ``world.once``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TypeVar

from builders import a_small_district
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.utils import timezone
from domain.people.builders import PASSWORD, a_person

from linli.domain.checkup import operations as checkup
from linli.domain.checkup.queries import CampaignValue
from linli.domain.journal.rules import OPERATOR, Act, Channel
from linli.domain.people import models as people
from linli.domain.people import operations, queries
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations as places
from linli.domain.places import queries as place_queries
from linli.domain.places.queries import AreaValue, areas_tree, descendants
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import MeasureKind
from linli.faces.access.middleware import TOKEN
from linli.faces.components import survey
from linli.faces.desk import jobs as desk_jobs
from linli.faces.desk import tiles
from linli.runtime.jobs.models import Job, State

Made = TypeVar("Made")
PACK = "complete-community"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
LEVELS = ("district", "subdistrict", "community")


@dataclass(frozen=True)
class Someone:
    """A person with one term. ``area`` is None for those without any in force."""

    id: int
    username: str
    role: Role | None
    area: int | None
    session: str = field(repr=False)


@dataclass
class World:
    """``areas``: by code; ``people``: one for each role and level, one whose term is over, one without a term."""

    day: date
    district: int
    areas: dict[str, AreaValue]
    people: list[Someone] = field(default_factory=list)
    _made: dict[object, object] = field(default_factory=dict)

    @property
    def act(self) -> Act:
        return Act(OPERATOR, timezone.now(), Channel.ONLINE)

    def within(self, area: int) -> frozenset[int]:
        return descendants([area], self.day)

    def scope(self, purpose: Purpose, role: Role = Role.DISTRICT_OFFICER) -> Scope:
        """Of someone with the role in the whole district."""
        return Scope(OPERATOR, purpose, self.day, (Grant(role, self.within(self.district)),))

    def targets(self, level: str) -> list[int]:
        """Areas of a level that differ for ``offices``: one's own, a sibling of it, one elsewhere."""
        layer = {"district": "district", "subdistrict": "subdistricts", "community": "communities"}[level]
        return [area.place for area in self.areas.values() if area.layer == layer][:3]

    @property
    def offices(self) -> list[AreaValue]:
        """The district, its first subdistrict and the first community of that."""
        return [next(area for area in self.areas.values() if area.place in self.targets(level)) for level in LEVELS]

    def code(self, place: int) -> str:
        """The code of an area."""
        return next(code for code, area in self.areas.items() if area.place == place)

    def once(self, key: object, make: Callable[[], Made]) -> Made:
        """Make something at the first asking and give the same afterwards. Ask for it before the cells begin."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]  # type: ignore[return-value]

    def someone_at(self, place: int) -> int:
        """A person whose only term is at a place, with a session open: whose account others may keep or not."""

        def make() -> int:
            return a_person(f"target.{place}", Role.COMMUNITY_WORKER, place, name="某某")

        return self.once(("target", place), make)

    def term_at(self, place: int) -> int:
        person = self.someone_at(place)
        return people.Term.objects.get(person_id=person).pk

    def round(self) -> int:
        """A check-up of the whole district."""

        def make() -> int:
            scope = self.scope(Purpose.CHECKUP)
            return checkup.run_round(self.act, scope, district=self.district, pack_key=PACK, day=self.day).id

        return self.once("round", make)

    def indicator(self) -> str:
        pack = standards.pack(PACK, day=self.day, district=self.district)
        return next(one.key for one in pack.indicators if one.measure.kind is MeasureKind.WALK_COVERAGE)

    def section(self) -> str:
        return self.once("section", lambda: survey.sections(day=self.day, district=self.district)[0].key)

    def survey_token(self) -> str:
        return self._survey().token

    def survey(self) -> int:
        return self._survey().id

    def _survey(self) -> CampaignValue:
        def make() -> CampaignValue:
            return checkup.open_survey(
                self.act,
                self.scope(Purpose.CHECKUP),
                district=self.district,
                question="residents_satisfied",
                title="满意度",
                from_on=self.day,
                until_on=self.day + timedelta(days=9),
            )

        return self.once("survey", make)

    def evidence_at(self, place: int) -> int:
        """A photo that came in from a community."""

        def make() -> int:
            scope = self.scope(Purpose.CHECKUP)
            content = PNG + str(place).encode()
            return checkup.add_evidence(self.act, scope, community=place, question="entrances", content=content).id

        return self.once(("evidence", place), make)

    def ticket(self, place: int) -> int:
        """Long work about a place that nobody here asked for."""
        return self.once(("ticket", place), lambda: Job.objects.create(kind="desk.round", home=place).pk)

    def refused_upload(self) -> int:
        """An import that was refused and whose good rows may be taken."""

        def make() -> int:
            folder = desk_jobs.uploads() / "refused"
            folder.mkdir(parents=True, exist_ok=True)
            result = {"faults": [], "may_rest": True, "folder": "refused"}
            done = {"state": State.DONE, "finished_at": timezone.now(), "result": result}
            return Job.objects.create(kind="desk.import", home=self.district, **done).pk

        return self.once("upload", make)

    def tiles(self) -> str:
        """A layer of which there are tiles."""

        def make() -> str:
            edition = place_queries.edition(self.scope(Purpose.CHECKUP), self.district, number=1)
            tiles.make(self.scope(Purpose.CHECKUP), edition, progress=lambda done, total, layer: None)
            return tiles.present(edition)[0]

        return self.once("tiles", make)


def a_world() -> World:
    act = Act(OPERATOR, timezone.now(), Channel.ONLINE)
    day = timezone.localdate()
    package = a_small_district()
    district = places.open_district(act, code=package.code, name=package.name).place
    officer = Scope(OPERATOR, Purpose.DATA_UPKEEP, day, (Grant(Role.DISTRICT_OFFICER, frozenset({district})),))
    places.import_package(act, officer, package)
    seen = Scope(OPERATOR, Purpose.DATA_UPKEEP, day, (Grant(Role.DISTRICT_OFFICER, descendants([district], day)),))
    world = World(day, district, {area.code: area for area in areas_tree(seen)})
    world.people = [*_role_holders(world), _without_term(world), _with_term_over(world)]
    return world


def _role_holders(world: World) -> list[Someone]:
    found = []
    for role in Role:
        for area in world.offices:
            username = f"{role.value}.{area.layer}"
            person = a_person(username, role, area.place)
            found.append(Someone(person, username, role, area.place, signed_in(username)))
    return found


def _without_term(world: World) -> Someone:
    keeper = world.scope(Purpose.ACCOUNT_KEEPING, Role.ADMINISTRATOR)
    person = operations.create_person(world.act, keeper, username="no.term", name="无职", password=PASSWORD)
    queries.stand_alone(person)
    people.Person.objects.filter(pk=person).update(has_temporary_password=False)
    return Someone(person, "no.term", None, None, signed_in("no.term"))


def _with_term_over(world: World) -> Someone:
    person = a_person("term.over", Role.DISTRICT_OFFICER, world.district)
    term = people.Term.objects.get(person_id=person)
    keeper = world.scope(Purpose.ACCOUNT_KEEPING, Role.ADMINISTRATOR)
    operations.end_term(world.act, keeper, term=term.pk, until_on=world.day - timedelta(days=1))
    return Someone(person, "term.over", None, None, signed_in("term.over"))


def signed_in(username: str) -> str:
    """The cookie of a browser in which this person has signed in."""
    opened = operations.sign_in(username=username, password=PASSWORD, at=timezone.now())
    assert isinstance(opened, operations.Opened)
    session = SessionStore()
    session[TOKEN] = opened.token
    session.create()
    return str(session.session_key)


def forget_standing() -> None:
    """Clear what row security reads, as the end of a transaction would."""
    with connection.cursor() as cursor:
        names = ("person", "purpose", "scope", "door")
        cursor.execute("SELECT " + ", ".join(f"set_config('linli.{name}', '', true)" for name in names))
