"""The packs as they stand: complete, sourced, and undecided where nobody has confirmed."""

from datetime import date

import pytest
from packs.situations import DAY, all_packs, with_demo_figures

from linli.domain.checkup import rules as checkup
from linli.domain.places.rules.layers import LAYERS
from linli.domain.standards import queries
from linli.domain.standards.rules import UNITS, Confidence, MeasureKind, Pack, Requirement

PACKS = all_packs()
BY_KEY = {pack.key: pack for pack in PACKS}
each_pack = pytest.mark.parametrize("pack", PACKS, ids=lambda p: p.key)

FIVE = {"neighborhood", "health", "education", "governance", "service"}
FOUR = {"building", "low_carbon", "transport", "entrepreneurship"}


@pytest.mark.parametrize(
    ("key", "scenes", "items", "types", "grades"),
    [("shangcheng", 9, 33, 6, 3), ("yantai", 6, 52, 3, 1), ("complete-community", 6, 20, 2, 1)],
)
def test_a_pack_has_what_its_text_counts(key: str, scenes: int, items: int, types: int, grades: int) -> None:
    pack = BY_KEY[key]

    assert len(pack.scenes) == scenes
    assert len({indicator.item for indicator in pack.indicators}) == items
    assert (len(pack.types), len(pack.grades)) == (types, grades)


def test_the_33_indicators_stand_in_their_scenes() -> None:
    shangcheng = BY_KEY["shangcheng"]

    counts = [sum(i.scene == s.key for i in shangcheng.indicators) for s in shangcheng.scenes]
    assert counts == [3, 4, 4, 3, 5, 5, 3, 3, 3]
    assert [i.number for i in shangcheng.indicators] == [str(n) for n in range(1, 34)]


def test_indicators_stand_in_the_order_of_the_text() -> None:
    letters = [i.number[0] for i in BY_KEY["yantai"].indicators]

    assert letters == sorted(letters)
    assert [i.number for i in BY_KEY["complete-community"].indicators][:6] == ["1", "1-2", "2", "2-2", "2-3", "3"]


@each_pack
def test_every_figure_has_unit_source_and_day(pack: Pack) -> None:
    for indicator in pack.indicators:
        assert set(indicator.source) <= set(pack.sources)
        figures = [*indicator.thresholds, *([indicator.measure.limit] if indicator.measure.limit else [])]
        for figure in figures:
            assert figure.unit in UNITS
            assert figure.source in pack.sources
            assert figure.valid_from > date(2000, 1, 1)


@each_pack
def test_every_facility_kind_and_question_is_known(pack: Pack) -> None:
    kinds = {kind.key for kind in queries.facility_kinds()}
    asked = {question.key for question in pack.questions}

    for indicator in pack.indicators:
        assert set(indicator.measure.facility_kinds) <= kinds
        assert set(indicator.measure.questions) <= asked
    assert asked == {key for i in pack.indicators for key in i.measure.questions}


@each_pack
def test_every_indicator_says_in_both_languages_what_it_is_and_why(pack: Pack) -> None:
    for indicator in pack.indicators:
        assert indicator.definition_zh != indicator.zh
        assert indicator.definition_en != indicator.en
        assert indicator.why_zh, indicator.key


def test_no_word_is_spelled_the_british_way() -> None:
    words = [pack.en for pack in PACKS]
    words += [i.en + i.definition_en for pack in PACKS for i in pack.indicators]
    words += [k.en for k in queries.facility_kinds()] + [q.en for q in queries.vocabulary().questions]
    text = " ".join(words).lower()

    for word in ("centre", "neighbour", "fibre", "programme", "metre", "organis", "estate"):
        assert word not in text


@each_pack
def test_nothing_decides_on_derived_or_unverified_figures(pack: Pack) -> None:
    for indicator in pack.indicators:
        weak = [t for t in indicator.thresholds if not t.confidence.decides]
        if not weak or len(weak) < len(indicator.thresholds):
            continue
        for types in [frozenset[str](), *(frozenset({t.key}) for t in pack.types)]:
            figures = checkup.figures_in_force(indicator, types, DAY)
            for number in (0.0, 50.0, 1e6):
                value = checkup.Value(number, None, None, indicator.measure.unit, False, False)
                assert checkup.judge(figures, value).state is checkup.State.NOT_ASSESSABLE, indicator.key


@each_pack
def test_a_figure_is_no_surer_than_the_limit_behind_it(pack: Pack) -> None:
    for indicator in pack.indicators:
        limit = indicator.measure.limit
        for threshold in indicator.thresholds:
            assert limit is None or threshold.confidence.weaker(limit.confidence) is threshold.confidence


def test_shangcheng_sets_scenes_as_its_text_does_and_leaves_the_rest_unset() -> None:
    pack = BY_KEY["shangcheng"]
    grades = {grade.key: grade for grade in pack.grades}
    said = {
        (g.key, t.key): {s.key: g.requirement(t.key, s.key) for s in pack.scenes}
        for g in pack.grades
        for t in pack.types
    }
    nine = {s.key: Requirement.REQUIRED for s in pack.scenes}
    unset = {s.key: Requirement.UNSET for s in pack.scenes}

    assert [g.key for g in pack.grades] == ["leading", "demonstration", "basic"]
    assert grades["leading"].above == "demonstration"
    assert grades["leading"].extra_scenes == 1
    for kind in pack.types:
        wanted = nine if kind.key in {"new_build", "partial_rebuild", "upgrade_commodity"} else unset
        assert said["demonstration", kind.key] == wanted
        assert said["leading", kind.key] == (nine if kind.key == "new_build" else unset)
    commodity, old = said["basic", "upgrade_commodity"], said["basic", "upgrade_old_compound"]
    assert {s for s, r in commodity.items() if r is Requirement.REQUIRED} == FIVE
    assert {s for s, r in commodity.items() if r is Requirement.OPTIONAL} == FOUR
    assert {s for s, r in old.items() if r is Requirement.REQUIRED} == FIVE
    assert {s for s, r in old.items() if r is Requirement.NOT_REQUIRED} == FOUR
    for kind_key in ("new_build", "partial_rebuild", "upgrade_resettlement", "upgrade_historic"):
        assert said["basic", kind_key] == unset


def test_one_recorded_type_serves_all_packs() -> None:
    recorded = [t.key for t in queries.vocabulary().community_types]

    assert BY_KEY["yantai"].type_of("upgrade_commodity") == "upgrade"
    assert BY_KEY["complete-community"].type_of("upgrade_historic") == "existing"
    assert BY_KEY["shangcheng"].type_of("upgrade") == ""
    for pack in PACKS:
        assert all(pack.type_of(key) in {"", *(t.key for t in pack.types)} for key in recorded)


@each_pack
def test_values_hold_from_their_day(pack: Pack) -> None:
    before = queries.pack(pack.key, day=date(2019, 12, 31), local=False)

    assert not any(indicator.thresholds for indicator in before.indicators)
    assert [i.key for i in before.indicators] == [i.key for i in pack.indicators]


@each_pack
def test_a_fingerprint_follows_every_figure(pack: Pack) -> None:
    again = queries.pack(pack.key, day=DAY, local=False)

    assert again.fingerprint == pack.fingerprint
    assert len(pack.fingerprint) == 64
    assert with_demo_figures(pack).fingerprint != pack.fingerprint


def test_demo_figures_let_every_counting_indicator_of_shangcheng_and_yantai_decide() -> None:
    for key in ("shangcheng", "yantai"):
        for indicator in with_demo_figures(BY_KEY[key]).indicators:
            assert any(t.confidence is Confidence.CONFIRMED and t.demo for t in indicator.thresholds), indicator.key


def test_demo_answers_answer_every_question_in_an_order_that_can_be_worked() -> None:
    overlay = queries.demo_overlay()
    answered = [answer.question for answer in overlay.answers]

    assert set(answered) == {q.key for q in queries.vocabulary().questions}
    assert len(answered) == len(set(answered))


def test_vocabularies_serve_every_field_that_takes_its_choices_from_packs() -> None:
    wanted = {field.choices_from for layer in LAYERS for field in layer.fields if field.choices_from}

    assert wanted <= set(queries.vocabularies())
    assert len(queries.vocabularies()["facility_kinds"]) == 40


def test_questions_are_grouped_by_indicator() -> None:
    asked = queries.questions(BY_KEY["shangcheng"])

    assert [q.key for q in asked["ZJ-22"]] == ["parking_places_charging", "parking_places"]
    assert "ZJ-04" not in asked


def test_every_measure_kind_is_used_or_documented() -> None:
    used = {i.measure.kind for pack in PACKS for i in pack.indicators}

    assert set(MeasureKind) - used <= {MeasureKind.LENGTH, MeasureKind.PER_PERSON}
