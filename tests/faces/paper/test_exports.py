"""Exports: each writes what its person may see, for that person alone, for a day, with a line in the journal."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyogrio
import pytest
from access.world import World
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.queries import RoundValue
from linli.domain.journal import queries as journal
from linli.domain.people.rules import NotPermitted, Permission, Purpose, Role
from linli.domain.places import operations as places
from linli.domain.places import queries as place_queries
from linli.faces.paper import jobs
from linli.runtime.jobs import registry
from linli.runtime.jobs.models import Job, State

pytestmark = pytest.mark.slow
Enter = Callable[[str], Client]


@dataclass
class Running:
    """A job as its function sees it, without a worker."""

    id: int
    person: int | None
    home: int | None = None

    def progress(self, done: int, total: int, message: str = "") -> None:
        pass


def person(world: World, username: str) -> int:
    return next(one.id for one in world.people if one.username == username)


def export(
    world: World, round: RoundValue, kind: str, username: str = "district_officer.district", **more: Any
) -> Path:
    """Ask as someone; the file that was written."""
    who = person(world, username)
    purpose = more.pop("purpose", "checkup")
    one = Job.objects.create(kind=kind, person=who, state=State.DONE, finished_at=timezone.now())
    result = registry.find(kind).work(Running(one.pk, who), round=round.id, purpose=purpose, **more)
    Job.objects.filter(pk=one.pk).update(result=result)
    assert result is not None
    return jobs.folder(one.pk) / result["name"]


def rename(world: World, name: str) -> str:
    """Give a community a name that a spreadsheet would run; the name as it was stored."""
    community = world.targets("community")[0]
    upkeep = world.scope(Purpose.DATA_UPKEEP)
    places.correct_place(world.act, upkeep, place=community, changes={"name": name}, reason="test")
    return name


# --- Files ----------------------------------------------------------------------------------------------------------


def test_the_workbook_holds_every_community_finding_and_shortfall(world: World, round: RoundValue) -> None:
    path = export(world, round, "paper.workbook")

    scope = world.scope(Purpose.CHECKUP)
    found = (checkup.communities, checkup.findings, checkup.shortfalls)
    counts = [sheet.max_row for sheet in load_workbook(path).worksheets]
    assert counts == [len(each(scope, round.id)) + 1 for each in found]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\uff1d", "\uff20"])
def test_no_name_becomes_a_formula(world: World, start: str) -> None:
    rename(world, f"{start}HYPERLINK(1)")
    scope = world.scope(Purpose.CHECKUP)
    new = checkup_round(world)

    path = export(world, new, "paper.workbook")

    named = next(one.name for one in checkup.communities(scope, new.id) if one.place == world.targets("community")[0])
    assert named.startswith(start)
    cells = [cell for sheet in load_workbook(path).worksheets for line in sheet.iter_rows() for cell in line]
    assert not [cell for cell in cells if cell.data_type == "f"]
    told = [cell for cell in cells if isinstance(cell.value, str) and "HYPERLINK" in cell.value]
    assert told
    assert all(cell.quotePrefix or str(cell.value).startswith("'") for cell in told)


def checkup_round(world: World) -> RoundValue:
    from access.world import PACK

    from linli.domain.checkup import operations

    scope = world.scope(Purpose.CHECKUP)
    return operations.run_round(world.act, scope, district=world.district, pack_key=PACK, day=world.day)


def test_the_geopackage_reads_back_with_equal_counts(world: World, round: RoundValue) -> None:
    path = export(world, round, "paper.layers", format="gpkg")

    package = place_queries.package_of(world.scope(Purpose.CHECKUP), round.edition)
    expected = {layer: len(table.keys) for layer, table in package.layers.items() if table.keys}
    assert {name: pyogrio.read_info(path, layer=name)["features"] for name, _ in pyogrio.list_layers(path)} == expected
    names = pyogrio.raw.read(path, layer="communities", columns=["name", "grade"])[3][0]
    assert set(names) == {one.name for one in checkup.communities(world.scope(Purpose.CHECKUP), round.id)}


def test_the_geojson_reads_back_with_equal_counts(world: World, round: RoundValue) -> None:
    path = export(world, round, "paper.layers", format="geojson")

    body = json.loads(path.read_text())
    assert len(body["features"]) == len(checkup.communities(world.scope(Purpose.CHECKUP), round.id))
    assert pyogrio.read_info(path)["features"] == len(body["features"])
    assert all(one["geometry"] for one in body["features"])


def test_the_report_is_a_pdf(world: World, round: RoundValue) -> None:
    assert export(world, round, "paper.district_report").read_bytes().startswith(b"%PDF-")


# --- Who ------------------------------------------------------------------------------------------------------------


def test_an_officer_exports_their_part(world: World, round: RoundValue) -> None:
    who = "subdistrict_officer.subdistricts"
    whole = pyogrio.read_info(export(world, round, "paper.layers", format="gpkg"), layer="buildings")["features"]

    path = export(world, round, "paper.layers", who, format="gpkg")

    part = {name: pyogrio.read_info(path, layer=name)["features"] for name, _ in pyogrio.list_layers(path)}
    assert 0 < part["communities"] < len(checkup.communities(world.scope(Purpose.CHECKUP), round.id))
    assert 0 < part["buildings"] < whole
    assert export(world, round, "paper.district_report", who).stat().st_size > 10_000


def test_an_auditor_exports_to_audit_and_for_nothing_else(world: World, round: RoundValue) -> None:
    assert export(world, round, "paper.workbook", "auditor.district", purpose="audit").is_file()
    with pytest.raises((NotPermitted, checkup.NoSuchRound)):
        export(world, round, "paper.workbook", "auditor.district", purpose="checkup")


@pytest.mark.parametrize("username", ["administrator.district", "no.term", "term.over"])
def test_others_export_nothing(world: World, round: RoundValue, username: str) -> None:
    with pytest.raises((NotPermitted, checkup.NoSuchRound)):
        export(world, round, "paper.workbook", username)

    assert not list(jobs.exports().glob("*/*.xlsx"))


def test_an_export_is_in_the_journal_of_its_area(world: World, round: RoundValue) -> None:
    export(world, round, "paper.workbook")
    export(world, round, "paper.workbook", "subdistrict_officer.subdistricts")

    wanted = journal.Filter(verb="paper.export")
    (whole,) = journal.lines(frozenset({world.district}), wanted=wanted)
    (part,) = journal.lines(frozenset({world.offices[1].place}), wanted=wanted)
    assert whole.object == part.object == f"round:{round.id}"
    assert whole.result == {"file": f"checkup-{round.id}.xlsx", "purpose": "checkup"}
    assert whole.actor == person(world, "district_officer.district")


# --- Pages ----------------------------------------------------------------------------------------------------------


def test_the_page_starts_a_job_for_the_purpose_one_came_with(world: World, round: RoundValue, enter: Enter) -> None:
    for username, purpose in (("auditor.district", "audit"), ("subdistrict_officer.subdistricts", "checkup")):
        browser = enter(username)
        assert browser.get(f"/paper/rounds/{round.id}/").status_code == 200
        answer = browser.post(f"/paper/rounds/{round.id}/workbook/start/")
        assert answer.status_code == 302

        one = Job.objects.latest("pk")
        assert (one.person, one.arguments["purpose"]) == (person(world, username), purpose)
        assert one.home == (world.district if purpose == "audit" else world.offices[1].place)


def test_a_file_is_for_its_person_alone(world: World, round: RoundValue, enter: Enter) -> None:
    export(world, round, "paper.workbook")
    address = f"/paper/results/{Job.objects.latest('pk').pk}/"

    answer = enter("district_officer.district").get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    for other in ("auditor.district", "administrator.district", "subdistrict_officer.subdistricts"):
        assert enter(other).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_a_file_is_gone_after_a_day(world: World, round: RoundValue, enter: Enter) -> None:
    path = export(world, round, "paper.workbook")
    job = Job.objects.latest("pk")
    address = f"/paper/results/{job.pk}/"

    Job.objects.filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=1, seconds=1))
    assert enter("district_officer.district").get(address).status_code == 404

    assert jobs.sweep(timezone.now()) == 0
    old = (timezone.now() - timedelta(days=1, minutes=1)).timestamp()
    os.utime(path.parent, (old, old))
    export(world, round, "paper.workbook")
    assert not path.exists()


def test_a_communitys_report_is_shown_and_noted(world: World, round: RoundValue, enter: Enter) -> None:
    place = world.targets("community")[0]
    address = f"/paper/rounds/{round.id}/communities/{world.code(place)}.pdf"

    answer = enter("community_worker.communities").get(address)

    assert answer.content.startswith(b"%PDF-")
    (line,) = journal.lines(frozenset({place}), wanted=journal.Filter(verb="paper.export"))
    assert line.object == f"round:{round.id}"


def test_slips_are_printed_for_ones_own_community(world: World, enter: Enter) -> None:
    mine, other = (world.code(place) for place in world.targets("community")[:2])
    survey = world.survey()
    worker = enter("community_worker.communities")

    assert worker.get(f"/paper/survey/{mine}/slips/{survey}.pdf?count=7").content.startswith(b"%PDF-")
    assert worker.get(f"/paper/survey/{other}/slips/{survey}.pdf").status_code == 404
    assert worker.get(f"/paper/survey/{mine}/slips/{survey + 1}.pdf").status_code == 404
    for count in ("0", "-1", "601", "x", "9" * 40, "\u0663"):
        assert worker.get(f"/paper/survey/{mine}/slips/{survey}.pdf", {"count": count}).status_code == 404


def test_the_survey_is_printed_with_what_is_known(world: World, enter: Enter) -> None:
    code = world.code(world.targets("community")[0])

    assert enter("community_worker.communities").get(f"/paper/survey/{code}.pdf").content.startswith(b"%PDF-")


def test_whoever_may_export_may_view(world: World) -> None:
    """An export shows no more than its pages: the reports take their rows from the same scope."""
    for role in Role:
        scope = world.scope(Purpose.CHECKUP, role)
        assert scope.places(Permission.EXPORT) <= scope.places(Permission.VIEW_CHECKUP)


def test_the_survey_page_leads_to_the_slips(world: World, enter: Enter) -> None:
    survey = world.survey()
    page = enter("community_worker.communities").get(f"/surveys/{survey}/").content.decode()

    mine, other = (world.code(place) for place in world.targets("community")[:2])
    assert f"/paper/survey/{mine}/slips/{survey}.pdf" in page
    assert f"/paper/survey/{other}/slips/{survey}.pdf" not in page
