"""What people report: figures, satisfaction, photos and documents."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from checkup_district import PACK, TODAY, CheckedDistrict
from django.db import transaction
from django.db.utils import IntegrityError

from linli.domain.checkup import models, operations, queries
from linli.domain.checkup.operations import Report
from linli.domain.checkup.queries.answers import answers_in_force
from linli.domain.checkup.rules import survey
from linli.domain.journal import queries as journal
from linli.domain.journal.rules import Channel
from linli.domain.people.rules import NotPermitted, Purpose
from linli.domain.places import queries as places
from linli.domain.standards import queries as standards

JPEG = b"\xff\xd8\xff\xe0" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(100)


def lines(district: CheckedDistrict, verb: str, number: str = "001") -> int:
    wanted = journal.Filter(verb=f"checkup.{verb}")
    return len(journal.lines(frozenset({district.community(number), district.place}), wanted=wanted))


# --- Figures --------------------------------------------------------------------------------------------------------


def test_the_latest_report_of_the_latest_day_counts(district: CheckedDistrict) -> None:
    place, scope = district.community("001"), district.worker("001")
    yesterday = TODAY - timedelta(days=1)

    def report(number: float, day: object, days_later: int = 0) -> int:
        return operations.report_figures(
            district.later(days_later), scope, community=place, day=day, figures={"q": Report(number)}
        )

    assert report(1, TODAY) == 1
    assert report(2, yesterday) == 1
    assert queries.reported(scope, place)["q"].numerator == 1
    assert report(3, TODAY, 1) == 1
    assert queries.reported(scope, place)["q"].numerator == 3

    as_of = district.act.at
    assert answers_in_force([place], day=TODAY, at=as_of).answers[place, "q"].numerator == 1
    assert answers_in_force([place], day=yesterday, at=as_of).answers[place, "q"].numerator == 2


def test_the_same_report_twice_changes_nothing(district: CheckedDistrict) -> None:
    place, scope = district.community("001"), district.worker("001")
    figures = {"q": Report(7), "satisfied": Report(40, 50, "入户问卷")}

    counts = [
        operations.report_figures(district.act, scope, community=place, day=TODAY, figures=figures) for _ in range(2)
    ]

    assert counts == [2, 0]
    assert lines(district, "report_figures") == 1


@pytest.mark.parametrize(
    ("report", "days"),
    [(Report(-1), 0), (Report(float("nan")), 0), (Report(float("inf")), 0), (Report(51, 50), 0), (Report(1), 1)],
)
def test_a_figure_that_cannot_be_is_refused(district: CheckedDistrict, report: Report, days: int) -> None:
    with pytest.raises(operations.WrongFigure):
        operations.report_figures(
            district.act,
            district.worker("001"),
            community=district.community("001"),
            day=TODAY + timedelta(days=days),
            figures={"good": Report(1), "q": report},
        )
    assert not models.ReportedFigure.objects.exists()


def test_a_worker_reports_for_the_own_community_alone(district: CheckedDistrict) -> None:
    worker = district.worker("001")

    for scope, number in ((worker, "002"), (district.scope(Purpose.AUDIT), "001"), (replace(worker, grants=()), "001")):
        place = district.community(number)
        with pytest.raises(NotPermitted):
            operations.report_figures(district.act, scope, community=place, day=TODAY, figures={"q": Report(1)})
        with pytest.raises(NotPermitted):
            operations.add_evidence(district.act, scope, community=place, question="q", content=JPEG)


def test_the_database_refuses_more_satisfied_than_asked(district: CheckedDistrict) -> None:
    row = {
        "community_id": district.community("001"), "question": "q", "day": TODAY, "actor": 1, "channel": "online",
        "at": district.act.at,
    }  # fmt: skip
    for constraint, numbers in (
        ("checkup_no_more_satisfied_than_asked", {"numerator": 2, "denominator": 1}),
        ("checkup_figure_not_negative", {"numerator": -1}),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            models.ReportedFigure.objects.create(**row, **numbers)


# --- Satisfaction ---------------------------------------------------------------------------------------------------


@pytest.fixture
def campaign(district: CheckedDistrict) -> queries.CampaignValue:
    question = standards.pack(PACK, day=TODAY).indicator("YT-F8").measure.questions[0]
    return operations.open_survey(
        district.act,
        district.scope(),
        district=district.place,
        question=question,
        title="2026 年居民满意度",
        from_on=TODAY,
        until_on=TODAY + timedelta(days=5),
    )


def test_residents_are_asked_what_a_standard_asks(district: CheckedDistrict) -> None:
    given = {"district": district.place, "title": "t", "from_on": TODAY, "until_on": TODAY + timedelta(days=1)}
    for question in ("networks_complete", "no such question"):
        with pytest.raises(operations.NoSurveyQuestion):
            operations.open_survey(district.act, district.scope(), question=question, **given)


def test_residents_answer_online_and_on_paper(district: CheckedDistrict, campaign: queries.CampaignValue) -> None:
    place = district.community("001")
    paper = replace(district.act, channel=Channel.PAPER)

    for number, level in enumerate((5, 4, 4, 2)):
        operations.record_satisfaction(
            district.act, None, token=campaign.token, community=place, level=level, slip=f"form-{number}"
        )
    operations.record_satisfaction(
        paper, district.worker("001"), token=campaign.token, community=place, level=5, slip="NO. 0017"
    )

    [count] = queries.campaign_counts(district.scope(), campaign.id)
    assert (count.satisfied, count.asked, count.online, count.paper) == (4, 5, 4, 1)
    found = queries.indicator_table(district.scope(), district.run().id, "YT-F8").rows
    shares = {row.community.place: row.result.value for row in found}
    assert (shares[place].number, shares[place].numerator, shares[place].denominator) == (80, 4, 5)
    assert shares[district.community("002")].number is None


def test_a_slip_counts_once(district: CheckedDistrict, campaign: queries.CampaignValue) -> None:
    answer = {"token": campaign.token, "community": district.community("001"), "level": 5, "slip": "17"}
    operations.record_satisfaction(district.act, None, **answer)

    with pytest.raises(operations.SlipAlreadyCounted):
        operations.record_satisfaction(district.act, None, **answer | {"level": 1})

    assert models.SurveyAnswer.objects.count() == 1
    assert lines(district, "record_satisfaction") == 1


def test_a_mark_made_up_online_uses_up_no_paper_slip(
    district: CheckedDistrict, campaign: queries.CampaignValue
) -> None:
    answer = {"token": campaign.token, "community": district.community("001"), "level": 5, "slip": "17"}
    operations.record_satisfaction(district.act, None, **answer)

    operations.record_satisfaction(replace(district.act, channel=Channel.PAPER), district.worker("001"), **answer)

    assert models.SurveyAnswer.objects.count() == 2


def test_a_larger_area_answers_no_survey(district: CheckedDistrict, campaign: queries.CampaignValue) -> None:
    subdistrict = places.place_by_code("990102001", TODAY, district="990102")
    officer = district.scope()

    with pytest.raises(operations.WrongFigure):
        operations.record_satisfaction(
            district.act, None, token=campaign.token, community=subdistrict, level=5, slip="17"
        )
    for area in (subdistrict, district.place):
        with pytest.raises(NotPermitted):
            operations.report_figures(district.act, officer, community=area, day=TODAY, figures={"q": Report(1)})
        with pytest.raises(NotPermitted):
            operations.add_evidence(district.act, officer, community=area, question="q", content=JPEG)


def test_no_name_is_kept_with_an_answer(district: CheckedDistrict, campaign: queries.CampaignValue) -> None:
    resident = replace(district.act, actor=77)

    operations.record_satisfaction(
        resident, None, token=campaign.token, community=district.community("001"), level=3, slip="x"
    )

    assert models.SurveyAnswer.objects.get().actor is None


def test_a_survey_is_open_on_its_days_in_its_district(
    district: CheckedDistrict, campaign: queries.CampaignValue
) -> None:
    answer = {"token": campaign.token, "community": district.community("001"), "level": 5, "slip": "17"}

    for act, changes in (
        (district.later(6), {}),
        (district.later(-1), {}),
        (district.act, {"token": "no such link"}),
    ):
        with pytest.raises(queries.NoSuchCampaign):
            operations.record_satisfaction(act, None, **answer | changes)
    for changes in ({"level": 6}, {"level": 0}, {"slip": " "}, {"community": district.place}, {"community": 10**9}):
        with pytest.raises(operations.WrongFigure):
            operations.record_satisfaction(district.act, None, **answer | changes)
    with pytest.raises(NotPermitted):
        operations.record_satisfaction(district.act, district.worker("002"), **answer)


def test_of_report_and_survey_the_later_counts(district: CheckedDistrict, campaign: queries.CampaignValue) -> None:
    place = district.community("001")
    operations.record_satisfaction(district.act, None, token=campaign.token, community=place, level=5, slip="1")

    def counted(days: int) -> float:
        at = district.later(days).at
        return (
            answers_in_force([place], day=TODAY + timedelta(days=days), at=at)
            .answers[place, campaign.question]
            .numerator
        )

    operations.report_figures(
        district.later(2), district.scope(), community=place, day=TODAY + timedelta(days=2),
        figures={campaign.question: Report(30, 50)},
    )  # fmt: skip
    assert [counted(0), counted(2)] == [1, 30]


# --- Evidence -------------------------------------------------------------------------------------------------------


def test_evidence_says_who_when_and_where(district: CheckedDistrict) -> None:
    place, scope = district.community("001"), district.worker("001")

    kept = operations.add_evidence(
        district.act,
        scope,
        community=place,
        question="pact",
        content=JPEG,
        name="../公约 墙.png",
        longitude=120.17,
        latitude=30.24,
        note="居民公约上墙",
    )

    assert (kept.kind, kept.media_type, kept.name) == ("photo", "image/jpeg", "公约 墙.jpg")
    assert (kept.actor, kept.day, kept.longitude, kept.latitude) == (1, TODAY, 120.17, 30.24)
    assert kept.digest == sha256(JPEG).hexdigest()
    assert queries.evidence_content(scope, kept.id) == JPEG
    assert queries.evidence(scope, place) == (kept,)
    with pytest.raises(queries.NoSuchEvidence):
        queries.evidence_content(district.worker("002"), kept.id)


def test_the_same_file_is_kept_once(district: CheckedDistrict) -> None:
    scope, given = district.worker("001"), {"community": district.community("001"), "question": "q", "content": PDF}

    ids = {operations.add_evidence(district.act, scope, **given).id for _ in range(2)}

    assert len(ids) == 1
    assert lines(district, "add_evidence") == 1


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"<html></html>",
        b"GIF89a" + bytes(10),
        b"PK\x03\x04" + bytes(10),
        b"RIFF\x00\x00\x00\x00WAVE",
        b"\xff\xd8\xff" + bytes(survey.PHOTO_SIZE_MAX),
        b"%PDF-" + bytes(survey.DOCUMENT_SIZE_MAX),
    ],
    ids=["empty", "svg", "html", "gif", "zip", "sound", "large photo", "large document"],
)
def test_what_is_no_photo_or_document_is_refused(content: bytes) -> None:
    with pytest.raises(survey.NotEvidence):
        survey.file_type(content)


def test_a_yes_counts_once_its_evidence_is_there(district: CheckedDistrict) -> None:
    place, scope = district.community("001"), district.worker("001")
    pack = standards.pack(PACK, day=TODAY)
    indicator = next(i for i in pack.indicators if i.measure.kind.value == "yes_no")
    [question] = indicator.measure.questions
    operations.report_figures(district.act, scope, community=place, day=TODAY, figures={question: Report(1)})

    def value() -> tuple[float | None, str]:
        rows = queries.findings(district.scope(), district.run().id)
        row = next(r for r in rows if (r.community, r.indicator) == (place, indicator.key))
        return row.value.number, row.reason.value if row.reason else ""

    assert value() == (None, "evidence_missing")
    content = JPEG if "photo" in indicator.measure.parameters["evidence"] else PDF
    operations.add_evidence(district.act, scope, community=place, question=question, content=content)
    assert value()[0] == 1


def test_a_file_of_evidence_lies_under_its_digest(tmp_path: Path) -> None:
    assert survey.evidence_file("ab" * 32, tmp_path) == tmp_path / "ab" / ("ab" * 32)


def test_one_file_may_prove_several_answers(district: CheckedDistrict) -> None:
    place, scope = district.community("001"), district.worker("001")
    given = {"community": place, "content": PDF}
    alone = operations.add_evidence(district.act, scope, question="q1", **given)

    kept = operations.add_shared_evidence(district.act, scope, questions=["q2", "q1", "q2"], **given)

    assert [(k.question, k.digest) for k in kept] == [("q2", alone.digest), ("q1", alone.digest)]
    assert kept[1] == alone
    assert operations.add_shared_evidence(district.act, scope, questions=["q1", "q2"], **given) == (alone, kept[0])
    assert lines(district, "add_evidence") == 2
    assert operations.add_shared_evidence(district.act, scope, questions=[], **given) == ()


def test_the_database_refuses_answers_and_evidence_that_cannot_be(
    district: CheckedDistrict, campaign: queries.CampaignValue
) -> None:
    answer = {
        "campaign_id": campaign.id, "community_id": district.community("001"), "level": 5, "slip": "1",
        "channel": "paper", "day": TODAY, "at": district.act.at,
    }  # fmt: skip
    evidence = {
        "community_id": district.community("001"), "question": "q", "kind": "photo", "media_type": "image/jpeg",
        "name": "a.jpg", "digest": "0" * 64, "size": 1, "day": TODAY, "actor": 1, "channel": "online",
        "at": district.act.at,
    }  # fmt: skip
    survey_row = {
        "district_id": district.place, "question": "q", "title": "t", "token": "t", "from_on": TODAY, "actor": 1,
        "at": district.act.at,
    }  # fmt: skip
    models.SurveyAnswer.objects.create(**answer)
    models.Evidence.objects.create(**evidence)

    for constraint, model, fields in (
        ("checkup_slip_counts_once", models.SurveyAnswer, answer),
        ("checkup_level_from_one_to_five", models.SurveyAnswer, answer | {"slip": "2", "level": 6}),
        ("checkup_evidence_file_once_a_question", models.Evidence, evidence),
        ("checkup_evidence_kind_is_known", models.Evidence, evidence | {"question": "r", "kind": "song"}),
        ("checkup_evidence_has_a_digest", models.Evidence, evidence | {"question": "r", "digest": "x"}),
        (
            "checkup_evidence_lies_on_earth",
            models.Evidence,
            evidence | {"question": "r", "longitude": 200.0, "latitude": 0.0},
        ),
        ("checkup_evidence_lies_on_earth", models.Evidence, evidence | {"question": "r", "longitude": 120.0}),
        ("checkup_campaign_ends_after_it_begins", models.SurveyCampaign, survey_row | {"until_on": TODAY}),
    ):
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            model.objects.create(**fields)
