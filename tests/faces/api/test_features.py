"""The layers as OGC API Features: pages, boxes, links, and what is asked wrongly."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from access.world import World
from django.test import Client
from django.test.utils import override_script_prefix

from linli.domain.places.rules.layers import LAYERS

pytestmark = pytest.mark.slow
Program = Callable[..., Client]
OGC = "/api/ogc/"
BUILDINGS = f"{OGC}collections/990102.buildings/items"


@pytest.fixture
def officer(program: Program) -> Client:
    return program()


def links(body: dict[str, Any]) -> dict[str, str]:
    return {link["rel"]: link["href"] for link in body["links"]}


def pages(client: Client, address: str) -> Iterator[dict[str, Any]]:
    while address:
        body = client.get(address).json()
        yield body
        address = links(body).get("next", "")


def test_every_link_leads_somewhere_under_the_name_by_which_one_came(officer: Client) -> None:
    met: set[str] = set()

    def walk(address: str) -> None:
        if address in met:
            return
        met.add(address)
        answer = officer.get(address, headers={"host": "localhost"})
        assert answer.status_code == 200, address
        body = answer.json()
        for one in (body, *body.get("collections", ())):
            for link in one.get("links", ()):
                assert link["href"].startswith("http://localhost/"), link
                assert answer.headers["Content-Type"]
                walk(link["href"])

    walk(f"http://localhost{OGC}")
    assert len(met) == 4 + 2 * len(LAYERS)


def test_links_keep_a_prefix_under_which_the_site_is_served(officer: Client) -> None:
    with override_script_prefix("/linli/"):
        body = officer.get(OGC, headers={"host": "localhost"}).json()

    assert links(body)["data"] == "http://localhost/linli/api/ogc/collections"


def test_the_landing_page_and_conformance_say_what_the_standard_asks(officer: Client) -> None:
    assert set(links(officer.get(OGC).json())) == {"self", "service-desc", "conformance", "data"}
    assert (
        "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core"
        in (officer.get(f"{OGC}conformance").json()["conformsTo"])
    )
    described = officer.get("/api/openapi.json")
    assert described.headers["Content-Type"].startswith("application/vnd.oai.openapi+json;version=3.0")
    assert f"{OGC}collections/{{collection}}/items" in described.json()["paths"]


@pytest.mark.parametrize("limit", [1, 3, 1000])
def test_pages_hold_every_feature_once(officer: Client, limit: int) -> None:
    bodies = list(pages(officer, f"{BUILDINGS}?limit={limit}"))

    found = [feature["id"] for body in bodies for feature in body["features"]]
    assert len(found) == len(set(found)) == bodies[0]["numberMatched"] > 1
    assert all(body["numberReturned"] == len(body["features"]) <= limit for body in bodies)
    assert ("prev" in links(bodies[-1])) == (len(bodies) > 1)


def test_a_box_keeps_what_meets_it_on_every_page(officer: Client) -> None:
    everything = officer.get(BUILDINGS, {"limit": 1000}).json()["features"]
    corner = everything[0]["geometry"]
    ring = corner["coordinates"][0] if corner["type"] == "Polygon" else corner["coordinates"][0][0]
    west, south = min(x for x, _ in ring), min(y for _, y in ring)
    box = f"{west},{south},{west + 1e-5},{south + 1e-5}"

    found = [one["id"] for body in pages(officer, f"{BUILDINGS}?limit=1&bbox={box}") for one in body["features"]]

    assert everything[0]["id"] in found
    assert len(found) < len(everything)
    assert officer.get(BUILDINGS, {"bbox": "0,0,1,1"}).json()["numberMatched"] == 0
    with_heights = f"{west},{south},0,{west + 1e-5},{south + 1e-5},99"
    assert officer.get(BUILDINGS, {"bbox": with_heights}).json()["numberMatched"] == len(found)


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"},
        {"bbox": "a,b,c,d"},
        {"bbox": "1,2,3,nan"},
        {"bbox": "1,2,3,inf"},
        {"bbox": "1,9,3,4"},
        {"limit": "0"},
        {"limit": "-1"},
        {"limit": "many"},
        {"offset": "-1"},
        {"offset": "1" + "0" * 30},
        {"datetime": "yesterday"},
        {"datetime": "2026-01-02/2026-01-01"},
        {"datetime": "/"},
        {"f": "html"},
        {"nonsense": "1"},
        {"bbox": "\0"},
    ],
)
def test_a_wrong_parameter_is_answered_with_a_sentence(officer: Client, query: dict[str, str]) -> None:
    answer = officer.get(BUILDINGS, query)

    assert answer.status_code == 400
    assert any("\u4e00" <= letter <= "\u9fff" for letter in answer.json()["detail"])


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "999999999999"},
        {"datetime": "2026-01-01T00:00:00Z"},
        {"datetime": "../2026-01-01T00:00:00Z"},
        {"datetime": "2026-01-01/.."},
        {"f": "json"},
        {"bbox": ""},
    ],
)
def test_what_the_standard_allows_is_answered(officer: Client, query: dict[str, str]) -> None:
    assert officer.get(BUILDINGS, query).status_code == 200


@pytest.mark.parametrize("path", ["", "conformance", "collections", "collections/990102.communities"])
def test_the_other_addresses_refuse_what_they_do_not_know(officer: Client, path: str) -> None:
    assert officer.get(OGC + path, {"f": "json"}).status_code == 200
    assert officer.get(OGC + path, {"limit": "1"}).status_code == 400


def test_whatever_can_be_got_can_be_asked_about(officer: Client) -> None:
    for path in (OGC, BUILDINGS, "/api/districts", "/api/openapi.json"):
        answer = officer.head(path)
        assert answer.status_code == 200, path
        assert answer.content == b""
    assert officer.delete(BUILDINGS).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "collections/990102.nonsense",
        "collections/990103.buildings",
        "collections/nonsense",
        "collections/990102.buildings/items/999999999",
        "collections/990102.facilities/items/{building}",
    ],
)
def test_what_is_not_there_is_not_found(officer: Client, path: str) -> None:
    building = officer.get(BUILDINGS, {"limit": 1}).json()["features"][0]["id"]

    assert officer.get(OGC + path.format(building=building)).status_code == 404


def test_a_single_feature_is_the_one_of_its_collection(officer: Client) -> None:
    listed = officer.get(BUILDINGS, {"limit": 1}).json()["features"][0]

    one = officer.get(f"{BUILDINGS}/{listed['id']}").json()

    assert {key: one[key] for key in listed} == listed
    assert set(links(one)) == {"self", "collection"}


def test_each_sees_the_features_of_their_areas(world: World, program: Program) -> None:
    whole = program().get(BUILDINGS, {"limit": 1000}).json()
    part = program("community_worker.communities").get(BUILDINGS, {"limit": 1000}).json()

    assert 0 < part["numberMatched"] < whole["numberMatched"]
    assert {one["id"] for one in part["features"]} < {one["id"] for one in whole["features"]}
    hidden = next(one for one in whole["features"] if one["id"] not in {each["id"] for each in part["features"]})
    assert program("community_worker.communities").get(f"{BUILDINGS}/{hidden['id']}").status_code in (403, 404)
