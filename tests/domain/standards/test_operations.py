"""Figures, indicators and scenes put on record: who may, what holds from when, and that each act leaves one line."""

from datetime import date
from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction
from domain.standards.builders import ACT, DAY, SINCE, Setting, a_district_with_officers

from linli.domain.journal.models import Line
from linli.domain.people.rules import NotPermitted
from linli.domain.standards import models, operations, queries
from linli.domain.standards.rules import Bar, Binding, Comparison, Confidence, Pack, QuestionKind, Threshold
from linli.domain.standards.rules.reading import PackFault

pytestmark = pytest.mark.django_db

BEFORE = date(2026, 6, 30)


@pytest.fixture
def setting() -> Setting:
    return a_district_with_officers()


def in_force(setting: Setting, pack: str, day: date = SINCE) -> Pack:
    return queries.pack(pack, day=day, district=setting.district)


def figure_of(pack: Pack, indicator: str, bar: Bar = Bar.MINIMUM) -> Threshold:
    (threshold,) = (t for t in pack.indicator(indicator).thresholds if t.bar is bar)
    return threshold


def lines(verb: str) -> int:
    return Line.objects.filter(verb=f"standards.{verb}").count()


def set_figure(setting: Setting, value: int = 80, **changes: object) -> int:
    fields: dict[str, object] = {
        "district": setting.district,
        "pack": "shangcheng",
        "indicator": "ZJ-04",
        "bar": Bar.MINIMUM,
        "comparison": Comparison.AT_LEAST,
        "value": Fraction(value),
        "clause": "第 4 条",
        "source": "区建设局文件",
        "from_on": SINCE,
    }
    return operations.set_figure(ACT, setting.officer, **(fields | changes))  # type: ignore[arg-type]


def confirm(setting: Setting, threshold: str, **changes: object) -> int:
    fields: dict[str, object] = {
        "district": setting.district,
        "pack": "complete-community",
        "threshold": threshold,
        "clause": "第 14 项",
        "source": "建科规〔2020〕7号原文",
        "from_on": SINCE,
    }
    return operations.confirm_figure(ACT, setting.officer, **(fields | changes))  # type: ignore[arg-type]


def test_a_confirmed_figure_decides_from_its_day_on(setting: Setting) -> None:
    confirm(setting, "CC-14-count.minimum")

    after = figure_of(in_force(setting, "complete-community"), "CC-14-count")
    before = figure_of(in_force(setting, "complete-community", BEFORE), "CC-14-count")
    assert (after.confidence, after.value, after.clause) == (Confidence.CONFIRMED, 1, "第 14 项")
    assert before.confidence is Confidence.UNVERIFIED
    assert lines("confirm_figure") == 1
    (record,) = queries.figures(setting.auditor, district=setting.district)
    assert (record.confirms, record.person, record.source) == (True, 7, "建科规〔2020〕7号原文")


def test_the_source_of_a_figure_on_record_is_told_with_the_pack(setting: Setting) -> None:
    number = set_figure(setting)

    pack = in_force(setting, "shangcheng")
    assert pack.sources[figure_of(pack, "ZJ-04").source].title == "区建设局文件"
    assert figure_of(pack, "ZJ-04").source == f"figure-{number}"


def test_a_figure_for_one_type_leaves_the_others_as_they_were(setting: Setting) -> None:
    set_figure(setting, 60)
    set_figure(setting, 90, types=frozenset({"new_build"}))

    thresholds = in_force(setting, "shangcheng").indicator("ZJ-04").thresholds
    by_type = {kind: t.value for t in thresholds for kind in t.types}
    assert by_type.pop("new_build") == 90
    assert set(by_type.values()) == {60}
    assert len(by_type) == 5


def test_a_later_figure_ends_the_one_before_which_stays_readable(setting: Setting) -> None:
    set_figure(setting, 60)
    set_figure(setting, 70, from_on=date(2026, 9, 1))

    values = {day: figure_of(in_force(setting, "shangcheng", day), "ZJ-04").value for day in (SINCE, date(2026, 9, 1))}
    assert list(values.values()) == [60, 70]
    assert not in_force(setting, "shangcheng", BEFORE).indicator("ZJ-04").thresholds
    assert models.Figure.objects.count() == 2


def test_a_figure_ends_on_its_last_day(setting: Setting) -> None:
    set_figure(setting, 60, until_on=date(2026, 8, 1))

    assert in_force(setting, "shangcheng", date(2026, 7, 31)).indicator("ZJ-04").thresholds
    assert not in_force(setting, "shangcheng", date(2026, 8, 1)).indicator("ZJ-04").thresholds


def test_two_figures_on_one_day_are_refused(setting: Setting) -> None:
    set_figure(setting, 60)

    with pytest.raises(operations.FigureAlreadySet):
        set_figure(setting, 70)
    with pytest.raises(operations.FigureAlreadySet):
        set_figure(setting, 70, from_on=BEFORE)
    assert models.Figure.objects.count() == 1
    assert lines("set_figure") == 1


def test_a_withdrawn_figure_makes_room_and_stays_on_record(setting: Setting) -> None:
    number = set_figure(setting, 60)

    operations.withdraw_figure(ACT, setting.officer, figure=number, because="录错")

    assert not in_force(setting, "shangcheng").indicator("ZJ-04").thresholds
    set_figure(setting, 70)
    assert figure_of(in_force(setting, "shangcheng"), "ZJ-04").value == 70
    assert {r.withdrawn_because for r in queries.figures(setting.officer, district=setting.district)} == {"", "录错"}
    with pytest.raises(operations.UnknownFigure):
        operations.withdraw_figure(ACT, setting.officer, figure=number, because="再撤")
    assert lines("withdraw_figure") == 1


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"value": Fraction(101)}, operations.FigureNotAllowed),
        ({"value": Fraction(-1)}, operations.FigureNotAllowed),
        ({"types": frozenset({"upgrade"})}, operations.FigureNotAllowed),
        ({"comparison": Comparison.WITHIN}, operations.FigureNotAllowed),
        ({"comparison": Comparison.WITHIN, "value_to": Fraction(10)}, operations.FigureNotAllowed),
        ({"value_to": Fraction(90)}, operations.FigureNotAllowed),
        ({"until_on": SINCE}, operations.FigureNotAllowed),
        ({"indicator": "ZJ-01", "value": Fraction(2)}, operations.FigureNotAllowed),
        ({"indicator": "ZJ-99"}, operations.UnknownIndicator),
        ({"pack": "nowhere"}, queries.UnknownPack),
        ({"clause": " "}, operations.SourceMissing),
        ({"source": ""}, operations.SourceMissing),
    ],
)
def test_a_figure_that_cannot_be_meant_is_refused(
    setting: Setting, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        set_figure(setting, **changes)

    assert not models.Figure.objects.exists()
    assert lines("set_figure") == 0


def test_a_figure_that_the_pack_does_not_have_cannot_be_confirmed(setting: Setting) -> None:
    with pytest.raises(operations.UnknownFigure):
        confirm(setting, "CC-08.minimum")


def test_a_range_keeps_both_ends(setting: Setting) -> None:
    confirm(setting, "CC-15-sport.minimum.new_build")

    threshold = figure_of(in_force(setting, "complete-community"), "CC-15-sport")
    assert (threshold.value, threshold.value_to, threshold.types) == (10, 15, frozenset({"new_build"}))


def test_figures_are_exact(setting: Setting) -> None:
    confirm(setting, "CC-16-share.minimum.new_build")

    assert figure_of(in_force(setting, "complete-community"), "CC-16-share").value == Fraction(1, 5)


def test_only_a_district_officer_sets_figures(setting: Setting) -> None:
    for scope in (setting.subdistrict, setting.auditor):
        with pytest.raises(NotPermitted):
            operations.confirm_demo_figures(ACT, scope, district=setting.district)
    with pytest.raises(NotPermitted):
        queries.figures(setting.subdistrict, district=setting.district)


def test_the_database_itself_keeps_one_figure_a_day(setting: Setting) -> None:
    row = models.Figure.objects.get(pk=set_figure(setting, 60))
    row.pk = None
    row.from_on = date(2026, 12, 1)

    with pytest.raises(IntegrityError, match="standards_one_figure_a_threshold_a_day"), transaction.atomic():
        row.save(force_insert=True)


def test_the_database_itself_wants_both_ends_of_a_range(setting: Setting) -> None:
    row = models.Figure.objects.get(pk=set_figure(setting, 60))
    row.pk, row.threshold, row.comparison = None, "other", "range"

    with pytest.raises(IntegrityError, match="standards_figure_range_has_two_ends"), transaction.atomic():
        row.save(force_insert=True)


@pytest.mark.parametrize(
    ("model", "constraint", "changes"),
    [
        (models.Figure, "standards_figure_bar_is_known", {"bar": "ceiling"}),
        (models.Figure, "standards_figure_comparison_is_known", {"comparison": "about"}),
        (models.Figure, "standards_figure_is_a_number", {"denominator": 0}),
        (models.Figure, "standards_figure_says_where_from", {"clause": ""}),
        (models.Figure, "standards_figure_withdrawn_with_reason", {"withdrawn_at": ACT.at}),
        (models.Figure, "standards_figure_ends_after_it_begins", {"until_on": SINCE}),
        (models.LocalScene, "standards_scene_has_a_name", {"zh": ""}),
        (models.LocalScene, "standards_scene_withdrawn_with_reason", {"withdrawn_at": ACT.at}),
        (models.LocalScene, "standards_scene_ends_after_it_begins", {"until_on": SINCE}),
        (models.LocalIndicator, "standards_indicator_says_what_it_is", {"definition": ""}),
        (models.LocalIndicator, "standards_indicator_binding_is_known", {"binding": "perhaps"}),
        (models.LocalIndicator, "standards_indicator_withdrawn_with_reason", {"withdrawn_at": ACT.at}),
        (models.LocalIndicator, "standards_indicator_ends_after_it_begins", {"until_on": SINCE}),
    ],
)
def test_the_database_itself_refuses_records_that_cannot_be(
    setting: Setting, model: type, constraint: str, changes: dict[str, object]
) -> None:
    set_figure(setting, 60)
    add_indicator(setting, minimum=None)
    about = {"district": setting.district, "place": setting.community, "pack": "shangcheng", "from_on": SINCE}
    operations.add_local_scene(ACT, setting.subdistrict, zh="特色场景", **about)  # type: ignore[arg-type]
    row = model.objects.get()  # type: ignore[attr-defined]
    row.pk = None
    for name, value in changes.items():
        setattr(row, name, value)

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        row.save(force_insert=True)


def test_another_district_is_untouched(setting: Setting) -> None:
    set_figure(setting, 60)

    elsewhere = queries.pack("shangcheng", day=SINCE, district=setting.neighbor)
    assert not elsewhere.indicator("ZJ-04").thresholds


def test_demo_figures_are_marked_and_put_on_record_once(setting: Setting) -> None:
    set_figure(setting, 77)

    count = operations.confirm_demo_figures(ACT, setting.officer, district=setting.district)
    again = operations.confirm_demo_figures(ACT, setting.officer, district=setting.district)

    assert count == len(queries.demo_overlay().figures) - 1
    assert again == 0
    pack = in_force(setting, "shangcheng")
    assert figure_of(pack, "ZJ-04").value == 77
    assert not figure_of(pack, "ZJ-04").demo
    assert figure_of(pack, "ZJ-08").demo
    assert {t.clause for i in pack.indicators for t in i.thresholds if t.demo} == {"演示值"}
    assert lines("confirm_demo_figures") == 2


def test_an_officers_figure_takes_the_place_of_the_demos(setting: Setting) -> None:
    operations.confirm_demo_figures(ACT, setting.officer, district=setting.district)

    set_figure(setting, 88)

    assert not figure_of(in_force(setting, "shangcheng"), "ZJ-04").demo
    assert figure_of(in_force(setting, "shangcheng", BEFORE), "ZJ-04").demo


def test_stand_ins_have_no_place_in_a_real_district() -> None:
    real = a_district_with_officers(synthetic=False)

    with pytest.raises(operations.RealDistrict):
        operations.confirm_demo_figures(ACT, real.officer, district=real.district)
    assert not models.Figure.objects.exists()


# What places add


def add_indicator(setting: Setting, **changes: object) -> int:
    fields: dict[str, object] = {
        "district": setting.district,
        "place": setting.community,
        "pack": "shangcheng",
        "scene": "neighborhood",
        "zh": "非遗传习点",
        "definition": "社区内有人驻守的非遗传习点数量",
        "measure": {"kind": "count", "unit": "count", "of": {"facilities": ["culture_station"]}},
        "source": "社区居民议事会",
        "from_on": SINCE,
        "minimum": Fraction(1),
    }
    return operations.add_local_indicator(ACT, setting.subdistrict, **(fields | changes))  # type: ignore[arg-type]


def test_a_community_adds_an_indicator_with_its_figure(setting: Setting) -> None:
    number = add_indicator(setting)

    pack = in_force(setting, "shangcheng")
    added = pack.indicator(f"LOCAL-{number}")
    assert (added.local_to, added.scene, added.binding) == (setting.community, "neighborhood", Binding.BINDING)
    assert figure_of(pack, added.key).value == 1
    assert figure_of(pack, added.key).confidence is Confidence.CONFIRMED
    assert pack.sources[added.source[0]].title == "社区居民议事会"
    assert all(i.local_to is None for i in in_force(setting, "shangcheng", BEFORE).indicators)
    line = Line.objects.get(verb__startswith="standards.", home=setting.community)
    assert (line.object, line.result) == (f"indicator:{number}", {"name": "非遗传习点", "minimum": "1"})
    assert lines("set_figure") == 0


def test_an_indicator_brings_its_own_question(setting: Setting) -> None:
    measure = {"kind": "yes_no", "unit": "yes_no", "question": "own", "evidence": ["photo"]}
    number = add_indicator(setting, measure=measure, question="是否办了百家宴?", minimum=Fraction(1))

    pack = in_force(setting, "shangcheng")
    (question,) = queries.questions(pack)[f"LOCAL-{number}"]
    assert (question.key, question.zh, question.kind) == (f"local_{number}", "是否办了百家宴?", QuestionKind.YES_NO)
    assert pack.indicator(f"LOCAL-{number}").measure.parameters["evidence"] == ("photo",)


def test_an_indicator_walks_as_far_as_its_place_says(setting: Setting) -> None:
    limit = {"value": 400, "unit": "m"}
    measure = {"kind": "walk_coverage", "unit": "%", "kinds": ["park"], "age_group": "elderly", "limit": limit}
    number = add_indicator(setting, measure=measure, minimum=Fraction(80), target=Fraction(95))

    added = in_force(setting, "shangcheng").indicator(f"LOCAL-{number}")
    assert added.measure.parameters["limit_m"] == 400.0
    assert [t.value for t in added.thresholds] == [80, 95]


def test_a_distance_is_at_most(setting: Setting) -> None:
    measure = {"kind": "distance", "unit": "m", "kinds": ["park"], "statistic": "median"}
    number = add_indicator(setting, measure=measure, minimum=Fraction(500))

    pack = in_force(setting, "shangcheng")
    assert figure_of(pack, f"LOCAL-{number}").comparison is Comparison.AT_MOST


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"measure": {"kind": "count", "unit": "count", "of": {"facilities": ["temple"]}}}, PackFault),
        ({"measure": {"kind": "guess"}}, PackFault),
        ({"measure": {}}, PackFault),
        ({"measure": {"kind": "yes_no", "unit": "yes_no", "question": "own"}}, PackFault),
        ({"scene": "nowhere"}, operations.UnknownIndicator),
        ({"zh": " "}, operations.SourceMissing),
        ({"source": ""}, operations.SourceMissing),
        ({"pack": "nowhere"}, queries.UnknownPack),
        ({"minimum": Fraction(-1)}, operations.FigureNotAllowed),
    ],
)
def test_an_indicator_that_cannot_be_measured_is_refused(
    setting: Setting, changes: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        add_indicator(setting, **changes)

    assert not models.LocalIndicator.objects.exists()
    assert lines("add_local_indicator") == 0


def test_nobody_adds_for_a_place_that_is_not_theirs(setting: Setting) -> None:
    with pytest.raises(NotPermitted):
        add_indicator(setting, place=setting.neighbor)
    with pytest.raises(NotPermitted):
        operations.add_local_scene(
            ACT,
            setting.auditor,
            district=setting.district,
            place=setting.community,
            pack="yantai",
            zh="海",
            from_on=DAY,
        )


def test_a_place_lies_in_its_district(setting: Setting) -> None:
    with pytest.raises(operations.OutsideDistrict):
        add_indicator(setting, district=setting.neighbor)


def test_a_community_adds_a_scene_and_fills_it(setting: Setting) -> None:
    scene = operations.add_local_scene(
        ACT, setting.subdistrict, district=setting.district, place=setting.community, pack="shangcheng", zh="非遗",
        en="Living heritage", from_on=SINCE,
    )  # fmt: skip
    number = add_indicator(setting, scene=f"local-{scene}")

    pack = in_force(setting, "shangcheng")
    assert (pack.scenes[-1].key, pack.scenes[-1].zh, pack.scenes[-1].local_to) == (
        f"local-{scene}", "非遗", setting.community,
    )  # fmt: skip
    assert pack.indicator(f"LOCAL-{number}").scene == f"local-{scene}"
    with pytest.raises(operations.SceneInUse):
        operations.withdraw_local_scene(ACT, setting.officer, scene=scene, because="不办了")
    operations.withdraw_local_indicator(ACT, setting.officer, indicator=number, because="不办了")
    operations.withdraw_local_scene(ACT, setting.officer, scene=scene, because="不办了")
    assert len(in_force(setting, "shangcheng").scenes) == 9


def test_a_scene_of_another_community_cannot_be_filled(setting: Setting) -> None:
    scene = operations.add_local_scene(
        ACT,
        setting.officer,
        district=setting.district,
        place=setting.neighbor,
        pack="shangcheng",
        zh="运河",
        from_on=SINCE,
    )

    with pytest.raises(operations.UnknownIndicator):
        add_indicator(setting, scene=f"local-{scene}")


def test_a_withdrawal_needs_a_reason(setting: Setting) -> None:
    number = add_indicator(setting)

    with pytest.raises(operations.SourceMissing):
        operations.withdraw_local_indicator(ACT, setting.officer, indicator=number, because=" ")
    with pytest.raises(operations.UnknownIndicator):
        operations.withdraw_local_indicator(ACT, setting.officer, indicator=0, because="没有")
    assert in_force(setting, "shangcheng").indicator(f"LOCAL-{number}")


def test_reading_a_pack_with_local_values_asks_three_times(setting: Setting, django_assert_num_queries: object) -> None:
    add_indicator(setting)

    with django_assert_num_queries(3):  # type: ignore[operator]
        in_force(setting, "shangcheng")
    with django_assert_num_queries(0):  # type: ignore[operator]
        queries.pack("shangcheng", day=DAY, local=False)
