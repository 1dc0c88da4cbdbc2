"""The figures with which a siting begins, and what an author of them is told."""

from pathlib import Path

import pytest

import linli
from linli.domain.planning import queries
from linli.domain.planning.rules.siting.problems import Origin, Supply
from linli.domain.planning.rules.siting.terms import FILE, SitingTerms, read_siting_terms
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import Confidence
from linli.domain.standards.rules.reading import PackFault

TEXT = (Path(linli.__file__).parent / "packs" / FILE).read_text(encoding="utf-8")


def read(text: str) -> SitingTerms:
    return read_siting_terms(text, standards.vocabulary())


def test_prices_claim_no_more_than_an_assumption() -> None:
    terms = queries.siting_terms()

    assert {one.confidence for one in terms.supplies} == {Confidence.UNVERIFIED}
    assert all(terms.ways(origin) for origin in Origin)
    convert = terms.way(Origin.PREMISES, Supply.CONVERT)
    assert convert is not None
    assert convert.fen_per_m2 == 150_000
    assert terms.way(Origin.PREMISES, Supply.BUILD) is None


def test_a_kind_that_is_not_listed_begins_with_the_rest() -> None:
    terms = queries.siting_terms()

    assert terms.function("kindergarten").age_group == "kindergarten_age"
    assert terms.function("parcel_point") is terms.other


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("kind: kindergarten,", "kind: kindergarden,", "functions[1].kind", "kindergarten"),
        ("kind: childcare_0_3,", "kind: kindergarten,", "functions", "每项只写一次"),
        ("age_group: infants", "age_group: babies", "functions[2].age_group", "infants"),
        ("area_m2: 2200", "area_m2: -1", "functions[1].area_m2", "0"),
        ("supply: lease, yuan_per_m2: 800", "supply: gift, yuan_per_m2: 800", "supplies[2].supply", "lease"),
        ("origin: land,", "origin: point,", "supplies", "land 至少一种方式"),
        ("limit_m: 500", "limit_m: 0", "other.limit_m", "大于 0"),
        ("area_m2: 150, shares: true, source: choice, confidence: unverified",
         "area_m2: 150, shares: true, source: choice, confidence: official", "functions[5].confidence", "unverified"),
    ],
)  # fmt: skip
def test_a_wrong_figure_is_named_with_its_place(old: str, new: str, key: str, said: str) -> None:
    assert old in TEXT

    with pytest.raises(PackFault) as fault:
        read(TEXT.replace(old, new, 1))

    assert any(one.key == key and said in str(one) for one in fault.value.faults), str(fault.value)
