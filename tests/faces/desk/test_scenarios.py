"""Scenarios on the desk: what the editor asks and is told, what is kept, who sees which part."""

import json
from typing import Any

import pytest
import shapely
from builders import lonlat
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from faces.desk.builders import COMMUNITY, PACK, Desk

from linli.domain.planning import queries as planning

pytestmark = pytest.mark.slow


def degrees(*metres: tuple[float, float]) -> list[list[float]]:
    """Longitudes and latitudes of points counted from the district's corner in the southwest."""
    return [[shape.x, shape.y] for shape in lonlat(*(shapely.Point(each) for each in metres))]


def kindergarten_at(x: float, y: float) -> dict[str, Any]:
    return {"kind": "add_facility", "line": degrees((x, y)), "facility_kind": "kindergarten", "capacity": 180}


KINDERGARTEN_NORTH = (150.0, 720.0)
TO_CLOSE = {"kind": "close_facility", "target": "F1"}
TO_NOWHERE = {"kind": "add_way", "line": [[120.1, 30.1], [120.1001, 30.1]]}


def draft(desk: Desk, *edits: object, **more: Any) -> dict[str, Any]:
    base = {"pack": PACK, "day": desk.day.isoformat(), "at": timezone.now().isoformat(), "slice": "", "shown": ""}
    return {**base, "edits": list(edits), **more}


def ask(client: Client, desk: Desk, what: str, body: object) -> Any:
    address = reverse(f"desk:{what}", args=[desk.district, 1])
    return client.post(address, body if isinstance(body, str) else json.dumps(body), content_type="application/json")


def save(desk: Desk, *edits: object, name: str = "北边的幼儿园") -> int:
    answer = ask(desk.officer, desk, "scenario_save", draft(desk, *edits, name=name))
    assert answer.status_code == 200, answer.content.decode()
    return int(answer.json()["url"].rstrip("/").rpartition("/")[2])


def test_a_facility_on_the_map_brings_people_within_reach(desk: Desk) -> None:
    told = ask(desk.officer, desk, "plan_effect", draft(desk, kindergarten_at(*KINDERGARTEN_NORTH))).json()

    chosen = next(one for one in told["access"] if one["key"] == told["shown"])
    assert chosen["gained"] > 0
    assert chosen["gained"] == sum(chosen["gained_by"])
    assert told["refusals"] == []
    gaining = [
        n for n, change in zip(told["homes"]["people"], told["homes"]["change"], strict=True) if change == "gain"
    ]
    assert sum(gaining) == chosen["gained"] == sum(one["gain"] for one in told["communities"])


def test_what_is_refused_is_said_beside_it_and_the_rest_counts(desk: Desk) -> None:
    half_entered = {"kind": "move_facility", "target": "F1"}
    edits = (TO_NOWHERE, half_entered, kindergarten_at(*KINDERGARTEN_NORTH))

    told = ask(desk.officer, desk, "plan_effect", draft(desk, *edits)).json()

    assert {one["edit"] for one in told["refusals"]} == {0, 1}
    assert all(one["text"].endswith("。") for one in told["refusals"])
    assert max(one["gained"] for one in told["access"]) > 0


def test_an_edit_is_counted_against_the_right_number_when_others_fall_out(desk: Desk) -> None:
    moved = {"kind": "move_facility", "target": "#2", "line": degrees((450.0, 720.0))}
    edits = (TO_NOWHERE, kindergarten_at(*KINDERGARTEN_NORTH), moved)

    told = ask(desk.officer, desk, "plan_effect", draft(desk, *edits)).json()

    assert [one["edit"] for one in told["refusals"]] == [0]


@pytest.mark.parametrize(
    "body",
    ["not json", "[]", "{}", '{"pack": "shangcheng", "edits": []}', '{"edits": ' + "[" * 3000 + "]" * 3000 + "}"],
)
def test_what_is_no_draft_is_answered_with_a_sentence(desk: Desk, body: str) -> None:
    for what in ("plan_warm", "plan_effect", "scenario_save"):
        answer = ask(desk.officer, desk, what, body)

        assert answer.status_code == 400
        assert answer.json()["detail"].endswith("。")


def test_edits_that_are_no_list_are_refused(desk: Desk) -> None:
    for edits in ("none", {"a": 1}, [TO_NOWHERE] * 101):
        answer = ask(desk.officer, desk, "plan_effect", draft(desk) | {"edits": edits})

        assert answer.status_code == 400
        assert answer.json()["refusals"][0]["edit"] == -1


def test_lines_that_nobody_can_have_meant_are_refused_each(desk: Desk) -> None:
    (south, north) = degrees((150.0, 0.0), (150.0, 900.0))
    back_and_forth = {"kind": "close_way", "line": [south, north] * 100}

    told = ask(desk.officer, desk, "plan_effect", draft(desk, *[back_and_forth] * 100)).json()

    assert [one["edit"] for one in told["refusals"]] == list(range(100))
    assert all("最长" in one["text"] for one in told["refusals"])


def test_an_effect_asks_the_database_little_once_the_base_is_there(desk: Desk) -> None:
    body = draft(desk, kindergarten_at(*KINDERGARTEN_NORTH))
    ask(desk.officer, desk, "plan_effect", body)

    with CaptureQueriesContext(connection) as asked:
        ask(desk.officer, desk, "plan_effect", body)

    assert len(asked) <= 14


def test_a_worker_is_told_of_one_community_and_no_other(desk: Desk) -> None:
    edits = (kindergarten_at(30.0, 150.0), kindergarten_at(*KINDERGARTEN_NORTH))

    mine = ask(desk.worker, desk, "plan_effect", draft(desk, *edits)).json()
    whole = ask(desk.officer, desk, "plan_effect", draft(desk, *edits)).json()

    assert {one["community"] for one in mine["communities"]} <= {COMMUNITY}
    assert {one["community"] for one in whole["communities"]} > {COMMUNITY}
    assert all("covered" not in one and "gini" not in one for one in mine["access"])
    of_mine = sum(one["gained"] + one["lost"] for one in mine["access"])
    assert 0 < of_mine < sum(one["gained"] + one["lost"] for one in whole["access"])
    for found in (*mine["closed"], *mine["opened"], *mine["verdicts"], *mine["states"]):
        assert found["community"] == COMMUNITY


def test_a_worker_is_told_of_no_places_of_others(desk: Desk) -> None:
    body = draft(desk, targets=["F1", "F2", "F3", "P1", "P2", 5])

    whole, mine = (ask(client, desk, "plan_warm", body).json() for client in (desk.officer, desk.worker))

    assert sum(mine["age_shares"]) == pytest.approx(1)
    assert set(mine["spots"]) < set(whole["spots"])


def test_a_worker_is_not_told_how_many_are_cut_off(desk: Desk) -> None:
    address = reverse("desk:plan_known", args=[desk.district, 1, "gates"])
    gates = [one["properties"]["key"] for one in desk.officer.get(address).json()["features"]]
    body = draft(desk, *({"kind": "close_gate", "target": key} for key in gates))

    whole, mine = (ask(client, desk, "plan_effect", body).json() for client in (desk.officer, desk.worker))

    assert any("栋楼" in one["text"] for one in whole["refusals"])
    assert [one["edit"] for one in mine["refusals"]] == [one["edit"] for one in whole["refusals"]]
    assert not any("栋楼" in one["text"] for one in mine["refusals"])


def test_known_places_carry_the_keys_that_edits_name(desk: Desk) -> None:
    address = reverse("desk:plan_known", args=[desk.district, 1, "facilities"])

    found = desk.officer.get(f"{address}?kind=kindergarten").json()["features"]

    assert [one["properties"]["key"] for one in found] == ["F1"]
    assert desk.officer.get(f"{address}?kind=castle").status_code == 404
    assert desk.officer.get(reverse("desk:plan_known", args=[desk.district, 1, "walls"])).status_code == 404


def test_a_way_is_picked_from_crossing_to_crossing(desk: Desk) -> None:
    address = reverse("desk:plan_way", args=[desk.district, 1])
    (lon, lat), *_ = degrees((150.0, 300.0))

    line = desk.officer.get(address, {"lon": lon, "lat": lat}).json()["line"]

    assert len(line) >= 2
    told = ask(desk.officer, desk, "plan_effect", draft(desk, {"kind": "close_way", "line": line})).json()
    assert not [one for one in told["refusals"] if "没有道路" in one["text"]]
    for wrong in ({}, {"lon": "east", "lat": "1"}, {"lon": "nan", "lat": "1"}, {"lon": "500", "lat": "1"}):
        assert desk.officer.get(address, wrong).status_code == 400


def test_rings_grow_with_the_distance_and_with_a_bridge(desk: Desk) -> None:
    (at,) = degrees((150.0, 300.0))

    rings = ask(desk.officer, desk, "plan_walks", draft(desk, **{"from": at})).json()["rings"]

    shapes = [shapely.from_geojson(json.dumps(one["geometry"])) for one in rings]
    assert [one["m"] for one in rings] == [800, 500, 300]
    assert shapes[0].area > shapes[1].area > shapes[2].area > 0


def test_who_is_far_from_a_kindergarten_is_told_of_the_homes_seen(desk: Desk) -> None:
    body = draft(desk, TO_CLOSE, kindergarten_at(*KINDERGARTEN_NORTH), kinds=["kindergarten"])

    whole, mine = (ask(client, desk, "plan_walks", body).json() for client in (desk.officer, desk.worker))

    assert [one["m"] for one in whole["steps"]] == [300, 500, 800]
    assert whole["all"] >= len(whole["homes"]["lon"]) > 0
    walks = [one["m"] for one in whole["worst"] if one["m"] is not None]
    assert walks == sorted(walks, reverse=True)
    assert whole["route"]["type"] == "LineString"
    assert {one["community"] for one in mine["worst"]} == {COMMUNITY}
    assert sum(mine["homes"]["people"]) < sum(whole["homes"]["people"])
    for kinds in (None, [], ["castle"], "kindergarten", [["kindergarten"]]):
        assert ask(desk.officer, desk, "plan_walks", body | {"kinds": kinds}).status_code == 400
    for at in ("here", [1], [500, 1], ["1", "2"], [0, 90], [0, 0]):
        assert ask(desk.officer, desk, "plan_walks", body | {"from": at}).status_code == 400


def test_a_scenario_is_kept_revised_shared_and_withdrawn(desk: Desk) -> None:
    number = save(desk, kindergarten_at(*KINDERGARTEN_NORTH))
    page = desk.officer.get(reverse("desk:scenario", args=[number])).content.decode()
    assert "北边的幼儿园" in page
    assert "第 1 次修订" in page

    body = draft(desk, kindergarten_at(450.0, 720.0), name="另一处幼儿园", revision=1)
    revise = reverse("desk:scenario_revise", args=[number])
    assert desk.officer.post(revise, json.dumps(body), content_type="application/json").status_code == 200
    stale = desk.officer.post(
        revise, json.dumps(body | {"edits": [], "name": "被拒绝的名称"}), content_type="application/json"
    )
    assert stale.status_code == 400
    assert "别人刚刚修订" in stale.json()["detail"]

    desk.officer.post(reverse("desk:scenario_share", args=[number]))
    value = planning.scenario(desk.scope(), number)
    assert (value.name, value.revision) == ("另一处幼儿园", 2)
    shared = reverse("desk:scenario_shared", args=[value.token])
    assert "另一处幼儿园" in desk.auditor.get(shared).content.decode()
    assert Client().get(shared).status_code == 302

    desk.officer.post(reverse("desk:scenario_withdraw", args=[number]), {"reason": " "})
    assert planning.scenario(desk.scope(), number).withdrawn_at is None
    desk.officer.post(reverse("desk:scenario_withdraw", args=[number]), {"reason": "并入另一方案"})
    assert planning.scenario(desk.scope(), number).withdrawn_because == "并入另一方案"
    assert desk.auditor.get(shared).status_code == 404


def test_what_cannot_be_kept_is_refused_and_nothing_is_kept(desk: Desk) -> None:
    good = kindergarten_at(*KINDERGARTEN_NORTH)
    save(desk, good)

    for body in (
        draft(desk, good),
        draft(desk, good, name="北边的幼儿园"),
        draft(desk, good, name="\ud800"),
        draft(desk, good, name="那一天", dated="2026-02-30"),
        draft(desk, TO_NOWHERE, name="桥"),
    ):
        answer = ask(desk.officer, desk, "scenario_save", body)
        assert answer.status_code == 400
        assert answer.json()["detail"]

    assert len(planning.scenarios(desk.scope(), desk.district)) == 1


def test_a_worker_plans_within_their_community_only(desk: Desk) -> None:
    outside = ask(desk.worker, desk, "scenario_save", draft(desk, kindergarten_at(*KINDERGARTEN_NORTH), name="外面"))
    inside = ask(desk.worker, desk, "scenario_save", draft(desk, kindergarten_at(450.0, 330.0), name="里面"))

    assert outside.status_code == 400
    assert outside.json()["refusals"][0]["edit"] == 0
    assert inside.status_code == 200


def test_scenarios_are_listed_filtered_and_compared(desk: Desk) -> None:
    first, second = save(desk, kindergarten_at(*KINDERGARTEN_NORTH)), save(desk, TO_CLOSE, name="关掉一所")
    listing, compare = reverse("desk:scenarios"), reverse("desk:scenario_compare")

    everything = desk.auditor.get(listing).content.decode()
    assert "北边的幼儿园" in everything
    assert "关掉一所" in everything
    assert "北边的幼儿园" not in desk.officer.get(f"{listing}?q=关掉&sort=gain&state=current").content.decode()
    assert "没有符合条件的方案" in desk.officer.get(f"{listing}?state=withdrawn").content.decode()

    page = desk.officer.get(f"{compare}?scenario={first}&scenario={second}").content.decode()
    assert page.count('class="edit') == 0
    assert page.count("data-compare-map=") == 2
    assert f"/planning/scenarios/{first}/?shown=" in page
    assert desk.officer.get(f"{compare}?scenario=x").status_code == 404
    assert desk.officer.get(f"{compare}?scenario=999999").status_code == 404


@pytest.mark.parametrize("who", ["officer", "worker", "auditor"])
def test_pages_open_for_those_whom_they_are_for(desk: Desk, who: str) -> None:
    number = save(desk, kindergarten_at(*KINDERGARTEN_NORTH))
    client: Client = getattr(desk, who)

    assert client.get(reverse("desk:scenarios")).status_code == 200
    assert client.get(reverse("desk:scenario_new")).status_code == (403 if who == "auditor" else 200)
    assert client.get(reverse("desk:scenario", args=[number])).status_code == (404 if who == "worker" else 200)
    page = client.get(reverse("desk:scenarios")).content.decode()
    assert page.count("<h1") == 1
    assert "style=" not in page
    assert 'aria-current="page"' in page
    assert "规划" in page
