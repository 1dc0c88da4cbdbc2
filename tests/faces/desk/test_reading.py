"""Reading pages: who sees what, in how few questions to the database."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from faces.desk.builders import COMMUNITY, ELSEWHERE, PACK, Desk

pytestmark = pytest.mark.slow


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def pages(desk: Desk) -> list[str]:
    return [
        reverse("desk:cockpit"),
        f"{reverse('desk:cockpit')}?paint=ZJ-10&kind=kindergarten&place={COMMUNITY}",
        f"{reverse('desk:communities')}?sort=below&grade=untold",
        reverse("desk:community", args=[COMMUNITY]),
        reverse("desk:sheet", args=[COMMUNITY]),
        reverse("desk:indicators"),
        f"{reverse('desk:indicator', args=['ZJ-10'])}?sort=best",
        reverse("desk:finding", args=[desk.round.id, COMMUNITY, "ZJ-10"]),
        reverse("desk:rounds"),
        f"{reverse('desk:figures')}?pack={PACK}&show=undecided",
        reverse("desk:figure", args=[PACK, "ZJ-10"]),
        reverse("desk:local", args=[COMMUNITY, PACK]),
        reverse("desk:surveys"),
        reverse("desk:jobs"),
        reverse("desk:gallery"),
        f"{reverse('desk:search')}?q=幼儿园",
    ]


@pytest.mark.parametrize("who", ["officer", "worker", "auditor"])
def test_every_reading_page_opens_with_a_title_and_one_heading(desk: Desk, who: str) -> None:
    client: Client = getattr(desk, who)

    for address in pages(desk):
        answer = client.get(address)
        page = text(answer)
        assert answer.status_code == 200, address
        if "<html" in page:
            assert re.search(r"<title>\s*\S.* · 邻里</title>", page), address
            assert page.count("<h1") == 1, address
            assert "style=" not in page, address
            assert "<script>" not in page, address


@pytest.mark.parametrize(
    ("address", "most"),
    [
        (lambda desk: reverse("desk:cockpit"), 30),
        (lambda desk: reverse("desk:community", args=[COMMUNITY]), 34),
        (lambda desk: reverse("desk:indicator", args=["ZJ-10"]), 22),
        (lambda desk: reverse("desk:communities"), 22),
    ],
)
def test_a_page_asks_the_database_few_questions(desk: Desk, address: Callable[[Desk], str], most: int) -> None:
    desk.officer.get(address(desk))

    with CaptureQueriesContext(
        connection,
    ) as asked:
        desk.officer.get(address(desk))

    assert len(asked) <= most


def test_a_worker_sees_one_community_and_no_other(desk: Desk) -> None:
    listed = text(desk.worker.get(reverse("desk:communities")))

    assert COMMUNITY in listed
    assert ELSEWHERE not in listed
    assert desk.worker.get(reverse("desk:community", args=[ELSEWHERE])).status_code == 404
    assert desk.worker.get(reverse("desk:finding", args=[desk.round.id, ELSEWHERE, "ZJ-10"])).status_code == 404


def test_the_map_is_given_the_communities_and_their_classes(desk: Desk) -> None:
    areas = desk.officer.get(reverse("desk:map_areas", args=[desk.district, 1])).json()
    worker = desk.worker.get(reverse("desk:map_areas", args=[desk.district, 1])).json()
    distances = desk.officer.get(reverse("desk:map_distances", args=[desk.round.id, "kindergarten"])).json()

    assert len(areas["features"]) == 4
    assert [one["properties"]["code"] for one in worker["features"]] == [COMMUNITY]
    assert len(distances["place"]) == len(distances["m"]) > 0


def test_a_verdict_is_told_in_few_sentences(desk: Desk) -> None:
    page = text(desk.officer.get(reverse("desk:community", args=[COMMUNITY])))

    assert "不作要求的场景:" in page
    assert page.count("场景必配(") == 0


def test_a_round_that_nobody_ran_is_not_found(desk: Desk) -> None:
    assert desk.officer.get(reverse("desk:cockpit"), {"round": "999999"}).status_code == 404
    assert desk.officer.get(reverse("desk:compare"), {"before": "1"}).status_code == 404
    assert desk.officer.get(reverse("desk:indicator", args=["NONE"])).status_code == 404


def test_two_rounds_are_laid_side_by_side(desk: Desk) -> None:
    same = {"before": desk.round.id, "after": desk.round.id}

    page = text(desk.officer.get(reverse("desk:compare"), same))

    assert "两轮的输入完全相同" in page
