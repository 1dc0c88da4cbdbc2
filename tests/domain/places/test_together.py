"""Two acts on one district at the same moment."""

import threading
from dataclasses import replace
from typing import Any

import pytest
from builders import a_small_district
from django.db import connection

from linli.domain.places import models, operations, queries
from linli.domain.places.rules import fingerprint


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_become_two_editions_one_after_the_other(act: Any, officer_of: Any) -> None:
    place = operations.open_district(act, code="990102", name="测试区").place
    scope = officer_of(place)
    packages = [fingerprint.sealed(replace(a_small_district(), source=name)) for name in ("甲", "乙", "甲")]
    failures: list[BaseException] = []

    def run(package: Any) -> None:
        try:
            operations.import_package(act, scope, package)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(package,)) for package in packages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    numbers = [edition.number for edition in queries.editions(scope, place)]
    assert numbers in ([2, 1], [3, 2, 1])
    current = models.Version.objects.filter(until_edition=None)
    assert current.count() == sum(len(table.keys) for table in packages[0].layers.values())


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_district_opened_by_several_at_once_is_opened_by_one(act: Any) -> None:
    begin = threading.Barrier(4)
    said: list[str] = []

    def run() -> None:
        begin.wait()
        try:
            operations.open_district(act, code="990102", name="测试区")
            said.append("opened")
        except operations.DistrictIsOpen:
            said.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(said) == ["opened", "refused", "refused", "refused"]
    assert models.Place.objects.filter(layer=models.DISTRICT).count() == 1
