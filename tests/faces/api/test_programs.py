"""Real programs against the real server: GDAL, as QGIS uses it, and requests made up from our own description."""

import http.cookiejar
import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pyogrio
import pytest
import requests
import schemathesis
from conftest import Databases, LiveSite, serving
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode

with_the_server = pytest.mark.browser
"""Run with the tests that need the real server and a loaded demo, not with the usual ones."""

PASSWORD = "linli-demo-5821"
EXAMPLES_EACH = 25
BOX_SHARE = 0.3


@dataclass(frozen=True)
class Site:
    """The server of a small demo, and the key of its district officer."""

    url: str
    secret: str

    def get(self, path: str, **query: object) -> Any:
        answer = requests.get(self.url + path, params=query, auth=("district", self.secret), timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
def site(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    def fill(linli: Any) -> None:
        linli("demo", "--communities", "3", "--load-only")

    with serving(databases, tmp_path_factory.mktemp("programs"), fill=fill) as live:
        yield Site(live.url, _key(live))


def _key(live: LiveSite) -> str:
    """Sign in as a person would, and make a key on the page."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def send(path: str, **fields: str) -> str:
        with opener.open(live.url + path, timeout=60) as page:
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.read().decode())
        assert token is not None
        body = urllib.parse.urlencode(fields | {"csrfmiddlewaretoken": token[1]}).encode()
        with opener.open(live.url + path, data=body, timeout=60) as page:
            return str(page.read().decode())

    send("/sign-in/", username="district", password=PASSWORD)
    page = send("/me/keys/", name="GDAL", days="7", password=PASSWORD, may_write="on")
    (secret,) = re.findall(r"<code>(linli_[^<]+)</code>", page)
    return str(secret)


@pytest.fixture
def gdal(site: Site) -> Iterator[str]:
    """The connection string by which GDAL opens the layers, with the key as password."""
    options = {"GDAL_HTTP_AUTH": "BASIC", "GDAL_HTTP_USERPWD": f"district:{site.secret}", "OAPIF_PAGE_SIZE": "7"}
    pyogrio.set_gdal_config_options(options)
    yield f"OAPIF:{site.url}/api/ogc"
    pyogrio.set_gdal_config_options(dict.fromkeys(options))


@with_the_server
def test_gdal_lists_every_layer(site: Site, gdal: str) -> None:
    collections = {one["id"] for one in site.get("/api/ogc/collections")["collections"]}

    assert {name for name, _geometry in pyogrio.list_layers(gdal)} == collections
    assert len(collections) > 10


@with_the_server
@pytest.mark.parametrize("layer", ["communities", "buildings", "facilities", "streets"])
def test_gdal_reads_a_layer_page_by_page(site: Site, gdal: str, layer: str) -> None:
    district = site.get("/api/districts")[0]["code"]
    path = f"/api/ogc/collections/{district}.{layer}/items"
    expected = site.get(path, limit=10_000)

    meta, _fids, geometry, fields = pyogrio.raw.read(
        gdal, layer=f"{district}.{layer}", PAGE_SIZE=max(7, expected["numberMatched"] // 5)
    )

    assert len(geometry) == expected["numberMatched"] > 0
    assert meta["crs"] in ("EPSG:4326", "OGC:CRS84")
    for name in set(meta["fields"]) & {"name", "code"}:
        values = dict(zip(meta["fields"], fields, strict=True))[name]
        told = [one["properties"][name] for one in expected["features"]]
        assert sorted(str(one or "") for one in values) == sorted(str(one or "") for one in told)
    if layer == "communities":
        assert any("社区" in str(one["properties"]["name"]) for one in expected["features"])


@with_the_server
def test_gdal_reads_within_a_box(site: Site, gdal: str) -> None:
    district = site.get("/api/districts")[0]["code"]
    collection = f"/api/ogc/collections/{district}.buildings"
    west, south, east, north = site.get(collection)["extent"]["spatial"]["bbox"][0]
    box = (west, south, west + BOX_SHARE * (east - west), south + BOX_SHARE * (north - south))

    _meta, _fids, geometry, _fields = pyogrio.raw.read(gdal, layer=f"{district}.buildings", bbox=box)

    matched = site.get(f"{collection}/items", bbox=",".join(map(repr, box)))["numberMatched"]
    whole = site.get(f"{collection}/items", limit=1)["numberMatched"]
    assert len(geometry) <= matched < whole


@with_the_server
def test_gdal_is_refused_without_a_key(site: Site) -> None:
    with pytest.raises(pyogrio.errors.DataSourceError):
        pyogrio.list_layers(f"OAPIF:{site.url}/api/ogc")


@pytest.mark.fault
def test_no_made_up_request_breaks_the_server(site: Site) -> None:
    """Requests from our own description, right and wrong ones: none may be answered with a fault of ours."""
    known = {"code": site.get("/api/districts")[0]["code"], "pack": "shangcheng", "round": 1}
    known["collection"] = f"{known['code']}.buildings"
    sent = {"Authorization": f"Bearer {site.secret}"}
    described = requests.get(f"{site.url}/api/openapi.json", headers=sent, timeout=60).json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=site.url)
    asked, wrong = 0, []
    for result in schema.get_all_operations():
        operation = result.ok()
        assert operation is not None
        for mode in GenerationMode:
            cases = operation.as_strategy(generation_mode=mode)

            @settings(
                max_examples=EXAMPLES_EACH,
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(cases)
            def ask(case: Any) -> None:
                nonlocal asked
                if asked % 2:
                    there = {name: value for name, value in known.items() if name in case.path_parameters}
                    case.path_parameters = {**case.path_parameters, **there}
                answer = case.call(headers=sent)
                asked += 1
                if answer.status_code >= 500:
                    wrong.append((case.method, case.formatted_path, case.query, case.body, answer.status_code))

            try:
                ask()
            except Unsatisfiable:
                # Some operations have nothing that could be wrong about them.
                continue
    assert wrong == []
    assert asked > 10 * EXAMPLES_EACH
