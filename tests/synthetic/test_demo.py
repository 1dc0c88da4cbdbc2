"""The demo: loaded once, topped up where it was broken off, with something to compare and something missing."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.rules.survey import EvidenceKind, file_type
from linli.domain.people import operations as people
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import queries as places
from linli.domain.places.rules import assembly
from linli.domain.places.rules.situation import Situation
from linli.domain.standards import queries as standards
from linli.domain.standards.rules import QuestionKind
from linli.synthetic import demo, paper, survey
from linli.synthetic.city import city

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
SMALL = demo.Size(communities=6, people=15_000, seed=7)


@pytest.fixture(autouse=True)
def _files_in(tmp_path: Path, settings: object) -> None:
    settings.MEDIA_ROOT = tmp_path  # type: ignore[attr-defined]  # pytest-django's settings


@pytest.fixture(scope="module")
def situation() -> Situation:
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    return assembly.assemble(city(7, communities=25, people=150_000), facility_kinds=kinds)


def _said(situation: Situation, wave: int) -> tuple[survey.Answered, ...]:
    words, overlay = standards.vocabulary(), standards.demo_overlay()
    return survey.answers(7, situation, overlay.answers, words.questions, wave=wave)


def _scope(district: int) -> Scope:
    held = places.descendants([district], NOW.date())
    return Scope(person=1, purpose=Purpose.CHECKUP, day=NOW.date(), grants=(Grant(Role.DISTRICT_OFFICER, held),))


@pytest.mark.long
def test_a_demo_is_loaded_once(db: None) -> None:
    told: list[str] = []
    first = demo.load(NOW, size=SMALL, progress=lambda done, total, message: told.append(message))
    rounds = checkup.rounds(_scope(first.district), first.district)
    told.clear()

    second = demo.load(NOW, size=SMALL, progress=lambda done, total, message: told.append(message))

    assert second == first
    assert told == [""]
    assert {one.role for one in first.log_ins} == set(Role)
    for one in first.log_ins:
        assert isinstance(people.sign_in(username=one.username, password=first.password, at=NOW), people.Opened)
    assert checkup.rounds(_scope(first.district), first.district) == rounds
    assert sorted(one.pack_key for one in rounds) == ["complete-community", "shangcheng", "shangcheng", "yantai"]


@pytest.mark.long
def test_a_demo_broken_off_is_finished_by_the_next_call(db: None) -> None:
    def stop(done: int, total: int, message: str) -> None:
        if message == "录入第二次调查":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        demo.load(NOW, size=SMALL, progress=stop)

    loaded = demo.load(NOW, size=SMALL)

    assert places.district("330102").edition.number == 2
    assert len(checkup.rounds(_scope(loaded.district), loaded.district)) == 4


def test_the_earlier_district_lacks_what_opened_since() -> None:
    now = city(7, communities=25, people=150_000)

    before = demo.earlier(now, demo.date(2026, 1, 1), 7)

    lost = set(now.layers["facilities"].keys) - set(before.layers["facilities"].keys)
    kinds = {r["kind"] for r in now.layers["facilities"].attributes if r["key"] in lost}
    assert kinds <= set(demo._NEW_SHARE)
    assert lost
    gates = before.layers["gates"].attributes
    assert {r["compound"] for r in gates} == {r["compound"] for r in now.layers["gates"].attributes}
    assert before.control_totals == now.control_totals


def test_answers_are_the_same_every_time(situation: Situation) -> None:
    assert _said(situation, 0) == _said(situation, 0)


def test_a_later_survey_changes_some_communities_only(situation: Situation) -> None:
    first, second = ({one.community: one for one in _said(situation, wave)} for wave in (0, 1))
    changed = [c for c in first if first[c] != second[c]]

    assert first.keys() == second.keys()
    assert 0 < len(changed) < len(first)


def test_answers_fit_their_questions(situation: Situation) -> None:
    kinds = {question.key: question.kind for question in standards.vocabulary().questions}
    for one in _said(situation, 1):
        for question, figure in one.figures.items():
            assert np.isfinite(figure.numerator)
            assert figure.numerator >= 0
            if kinds[question] is QuestionKind.YES_NO:
                assert figure.numerator in (0.0, 1.0)
            if kinds[question] is QuestionKind.SATISFACTION:
                assert figure.numerator <= figure.denominator


def test_something_is_missing_on_purpose(situation: Situation) -> None:
    said = _said(situation, 0)
    asked = len(standards.demo_overlay().answers)

    assert any(len(one.figures) < asked for one in said)
    assert any(len(one.figures) == asked for one in said)


def test_stand_ins_are_real_files() -> None:
    assert file_type(paper.photo()).kind is EvidenceKind.PHOTO
    assert file_type(paper.document()).kind is EvidenceKind.DOCUMENT
