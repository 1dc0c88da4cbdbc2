"""Survey answers on a phone, for oneself or read off paper, and residents' satisfaction."""

import secrets
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from faces.desk.builders import COMMUNITY, ELSEWHERE, Desk

from linli.domain.checkup import queries
from linli.domain.checkup.models import SurveyAnswer
from linli.domain.standards.rules import QuestionKind
from linli.faces.components.survey import Section, sections

pytestmark = pytest.mark.slow

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def text(answer: Any) -> str:
    return answer.content.decode()  # type: ignore[no-any-return]


def a_section(desk: Desk, *, evidence: bool = False) -> Section:
    found = sections(day=desk.day, district=desk.district)
    return next(one for one in found if not evidence or one.evidence)


def test_what_is_entered_stays_and_the_channel_is_kept(desk: Desk) -> None:
    section = a_section(desk)
    question = section.questions[0]
    address = reverse("phone:section", args=[COMMUNITY, section.key])

    answer = desk.worker.post(address, {question.key: "1", "channel": "paper"})

    assert answer.status_code == 302
    kept = queries.reported(desk.scope(), desk.place(COMMUNITY))[question.key]
    assert (kept.numerator, kept.channel) == (1, "paper")
    assert section.name.split(" ")[0] in text(desk.worker.get(reverse("phone:survey", args=[COMMUNITY])))


def test_an_answer_that_cannot_be_is_refused(desk: Desk) -> None:
    found = sections(day=desk.day, district=desk.district)
    section, question = next((s, q) for s in found for q in s.questions if q.kind is not QuestionKind.YES_NO)
    address = reverse("phone:section", args=[COMMUNITY, section.key])

    for wrong in ({question.key: "-3", "channel": "online"}, {question.key: "x", "channel": "online"}):
        assert desk.worker.post(address, wrong).status_code == 400
    assert desk.worker.post(address, {question.key: "3", "channel": "pigeon"}).status_code == 400


def test_a_photo_is_kept_and_a_program_is_not(desk: Desk) -> None:
    section = a_section(desk, evidence=True)
    question = sorted(section.evidence)[0]
    address = reverse("phone:section", args=[COMMUNITY, section.key])

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("photo.png", content)
        return desk.worker.post(address, {question: "1", f"{question}.file": file, "channel": "online"})

    assert "请上传" in text(send(b"MZ program"))
    assert send(PNG).status_code == 302
    (kept,) = queries.evidence(desk.scope(), desk.place(COMMUNITY))
    shown = desk.worker.get(reverse("phone:evidence", args=[kept.id]))
    assert shown.content == PNG
    assert "sandbox" in shown.headers["Content-Security-Policy"]


def test_nobody_fills_in_for_another_community(desk: Desk) -> None:
    assert desk.worker.get(reverse("phone:survey", args=[ELSEWHERE])).status_code in {403, 404}
    assert desk.auditor.get(reverse("phone:survey", args=[COMMUNITY])).status_code == 403


def test_a_resident_answers_once_by_link_without_a_name(desk: Desk) -> None:
    address = reverse("phone:satisfaction", args=[desk.open_survey()])
    resident = Client()
    said = {"community": desk.place(COMMUNITY), "level": "5", "slip": secrets.token_hex(16)}

    assert "不记名" in text(resident.get(address))
    assert "谢谢" in text(resident.post(address, said))
    assert "已经记过" in text(resident.post(address, said))
    assert resident.post(address, said | {"level": "9"}).status_code == 400
    (answer,) = SurveyAnswer.objects.all()
    assert (answer.level, answer.actor, answer.channel) == (5, None, "online")


def test_a_link_that_is_over_says_so(db: None) -> None:
    answer = Client().get(reverse("phone:satisfaction", args=["none"]))

    assert answer.status_code == 404
    assert "已经结束" in text(answer)
