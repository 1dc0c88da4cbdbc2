"""Exports of planning: what someone sees of a scenario, a siting or units, in every format; the journal knows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from access import scenario_examples, siting_examples, unit_examples
from access.world import PACK, World
from django.test import Client
from django.utils import timezone
from written_files import columns, rows

from linli.domain.journal import queries as journal
from linli.domain.people.rules import Purpose
from linli.domain.places import queries as places
from linli.domain.planning import operations
from linli.domain.planning.rules.scenarios.edits import Edit, EditKind
from linli.faces.paper import jobs, planning_jobs
from linli.runtime.jobs import registry
from linli.runtime.jobs.models import Job, State

pytestmark = pytest.mark.slow
Enter = Callable[[str], Client]
OFFICER = "district_officer.district"


class Running:
    """A job as its function sees it, without a worker."""

    def __init__(self, number: int, person: int) -> None:
        self.id, self.person, self.home = number, person, None

    def progress(self, done: int, total: int, message: str = "") -> None:
        pass


def export(world: World, kind: str, username: str = OFFICER, **arguments: Any) -> Path:
    who = next(one.id for one in world.people if one.username == username)
    one = Job.objects.create(kind=kind, person=who, state=State.DONE, finished_at=timezone.now())
    result = registry.find(kind).work(Running(one.pk, who), purpose="planning", **arguments)
    assert result is not None
    return jobs.folder(one.pk) / result["name"]


def a_scenario(world: World, home: int) -> int:
    """A bus stop in the middle of the first community."""
    scope = world.scope(Purpose.PLANNING)
    records = places.records(scope, "communities", places.current(scope, world.district).id)
    middle = next(one.geometry for one in records if one.place == world.targets("community")[0]).centroid
    edit = Edit(EditKind.ADD_FACILITY, line=((middle.x, middle.y),), facility_kind="bus_stop", cost_fen=100)
    given: dict[str, Any] = {"district": world.district, "home": home, "name": "新站", "edits": (edit,)}
    return operations.create_scenario(world.act, scope, **given).id


def asked(world: World, home: int, format: str) -> dict[str, Any]:
    more = {"pack": PACK, "day": world.day.isoformat(), "slice": "", "format": format}
    return {"scenario": a_scenario(world, home)} | more


@pytest.mark.parametrize("format", planning_jobs.FORMATS)
def test_a_scenario_is_written_with_its_effect(world: World, format: str) -> None:
    path = export(world, "paper.scenario", **asked(world, world.district, format))

    assert path.suffix == f".{format}"
    assert path.stat().st_size > 500
    assert not [one for one in path.parent.iterdir() if one != path], "no draft is left"


def test_the_line_in_the_journal_says_what_was_exported(world: World) -> None:
    arguments = asked(world, world.district, "xlsx")
    export(world, "paper.scenario", **arguments)

    (line,) = journal.lines(frozenset({world.district}), wanted=journal.Filter(verb="paper.export"))
    assert line.object == f"scenario:{arguments['scenario']}"


def test_whoever_sees_a_part_exports_a_part(world: World) -> None:
    community = world.targets("community")[0]
    whole = export(world, "paper.scenario", **asked(world, world.district, "gpkg"))

    part = export(world, "paper.scenario", "district_officer.communities", **asked(world, community, "gpkg"))

    people = [columns(path, "access")["people_after"].sum() for path in (whole, part)]
    assert 0 < people[1] < people[0]
    homes = columns(part, "homes")
    assert len(set(homes["community"])) <= 1


def test_a_siting_and_units_are_written(world: World) -> None:
    siting = siting_examples.answered(world, world.district)
    path = export(world, "paper.siting", siting=siting, format="gpkg")
    projects = columns(path, "projects")
    assert projects["candidate"].tolist() == ["point-1"]
    assert export(world, "paper.siting", siting=siting, format="pdf").read_bytes().startswith(b"%PDF")

    study = unit_examples.a_study(world)
    path = export(world, "paper.units", study=study, proposal=None, format="gpkg")
    assert rows(path, "units") > 1
    proposal = unit_examples.a_proposal(world)
    assert export(world, "paper.units", study=study, proposal=proposal, format="pdf").stat().st_size > 1000


def test_without_an_answer_there_is_a_sentence(world: World) -> None:
    waiting = siting_examples.waiting(world, world.district)

    with pytest.raises(planning_jobs.ExportRefused, match="还没有结果"):
        export(world, "paper.siting", siting=waiting, format="pdf")


def test_who_asks_is_led_to_the_job(world: World, enter: Enter, django_capture_on_commit_callbacks: Any) -> None:
    scenario = scenario_examples.scenario_at(world, world.district)
    client = enter(OFFICER)
    form = {"pack": PACK}

    answer = client.post(f"/paper/scenarios/{scenario}/pdf/start/", form)

    assert answer.status_code == 302
    assert Job.objects.get().kind == "paper.scenario"
    for wrong, data in (("exe", form), ("pdf", {"pack": "none"}), ("pdf", {**form, "day": "x"})):
        assert client.post(f"/paper/scenarios/{scenario}/{wrong}/start/", data).status_code == 404
