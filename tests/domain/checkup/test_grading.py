"""Findings become a grade, with reasons."""

from dataclasses import replace

from checkup_builders import a_finding, a_ladder, a_pack, an_indicator
from hypothesis import given
from hypothesis import strategies as st

from linli.domain.checkup.rules import Finding, GradeReason, GradeReasonKind, Verdict, grade, with_requirements
from linli.domain.standards.rules import Binding, Pack, Scene

UPGRADE, NEW = frozenset({"UPGRADE"}), frozenset({"NEW_BUILD"})
PACK = a_pack(
    an_indicator("H1"),
    an_indicator("H2"),
    an_indicator("S1", scene="service"),
    an_indicator("T1", scene="traffic"),
    grades=a_ladder(),
)


def graded(*findings: Finding, types: frozenset[str] = UPGRADE, pack: Pack = PACK) -> Verdict:
    return grade(findings, pack, types)


def said(verdict: Verdict, kind: GradeReasonKind) -> list[GradeReason]:
    return [r for r in verdict.reasons if r.kind == kind]


def test_the_highest_grade_that_is_reached_is_the_grade() -> None:
    verdict = graded(a_finding("H1", True), a_finding("H2", True), a_finding("S1", True), a_finding("T1", False))

    assert (verdict.grade, verdict.next_grade) == ("DEMONSTRATION", "LEADING")


def test_a_waived_scene_is_said_not_to_be_required_because_of_the_type() -> None:
    verdict = graded(a_finding("H1", True), a_finding("H2", True), a_finding("S1", False), a_finding("T1", False))

    assert verdict.grade == "BASIC"
    waived = said(verdict, GradeReasonKind.SCENE_NOT_REQUIRED)
    assert GradeReason(GradeReasonKind.SCENE_NOT_REQUIRED, "BASIC", scene="traffic", type="UPGRADE") in waived


def test_one_indicator_short_is_named() -> None:
    verdict = graded(a_finding("H1", True), a_finding("H2", True), a_finding("S1", False), a_finding("T1", True))

    assert said(verdict, GradeReasonKind.SHORT_BY) == [
        GradeReason(GradeReasonKind.SHORT_BY, "DEMONSTRATION", scene="service", indicator="S1", count=1)
    ]


def test_a_lower_grade_that_is_certain_stands_where_a_higher_cannot_be_told() -> None:
    verdict = graded(a_finding("H1", True), a_finding("H2", True), a_finding("S1", None), a_finding("T1", True))

    assert (verdict.grade, verdict.next_grade) == ("BASIC", "DEMONSTRATION")
    assert [r.indicator for r in said(verdict, GradeReasonKind.UNKNOWN_BY)] == ["S1"]


def test_without_certainty_the_grade_cannot_be_told() -> None:
    verdict = graded(a_finding("H1", True), a_finding("H2", None), a_finding("S1", True), a_finding("T1", True))

    assert (verdict.grade, verdict.next_grade) == (None, "BASIC")


def test_one_sure_failure_decides_however_much_is_unknown() -> None:
    verdict = graded(a_finding("H1", False), a_finding("H2", None), a_finding("S1", None), a_finding("T1", None))

    assert verdict.grade == ""


def test_a_guiding_indicator_holds_nobody_back() -> None:
    guiding = replace(PACK.indicators[1], binding=Binding.GUIDING)
    pack = replace(PACK, indicators=(PACK.indicators[0], guiding, *PACK.indicators[2:]))

    verdict = graded(
        a_finding("H1", True), a_finding("H2", False), a_finding("S1", True), a_finding("T1", True), pack=pack
    )

    assert verdict.grade == "DEMONSTRATION"


def test_one_of_two_alternative_indicators_is_enough() -> None:
    one, two = (replace(i, either="a") for i in PACK.indicators[:2])
    pack = replace(PACK, indicators=(one, two, *PACK.indicators[2:]))

    assert graded(a_finding("H1", False), a_finding("H2", True), a_finding("S1", False), pack=pack).grade == "BASIC"
    verdict = graded(a_finding("H1", False), a_finding("H2", False), a_finding("S1", False), pack=pack)
    assert verdict.grade == ""
    assert [r.indicator for r in said(verdict, GradeReasonKind.INDICATOR_SHORT)] == ["H1,H2"]


def test_what_the_text_leaves_unset_neither_requires_nor_excuses() -> None:
    """Basic sets nothing for new communities: whether they reach it cannot be told, and that is said."""
    verdict = graded(
        a_finding("H1", True), a_finding("H2", True), a_finding("S1", False), a_finding("T1", True), types=NEW
    )

    assert (verdict.grade, verdict.next_grade) == (None, "DEMONSTRATION")
    assert said(verdict, GradeReasonKind.NOT_DEFINED) == [
        GradeReason(GradeReasonKind.NOT_DEFINED, "BASIC", type="NEW_BUILD")
    ]


def test_an_unset_scene_is_said_to_be_unset() -> None:
    verdict = graded(
        a_finding("H1", True),
        a_finding("H2", True),
        a_finding("S1", False),
        a_finding("T1", True),
        types=frozenset({"UPGRADE", "NEW_BUILD"}),
    )

    assert verdict.grade == "BASIC"
    unset = said(verdict, GradeReasonKind.SCENE_UNSET)
    assert [(r.scene, r.type) for r in unset] == [("service", "NEW_BUILD"), ("traffic", "NEW_BUILD")]


def test_a_mixed_community_answers_the_scenes_that_any_of_its_types_requires() -> None:
    verdict = graded(
        a_finding("H1", True),
        a_finding("H2", True),
        a_finding("S1", False),
        a_finding("T1", True),
        types=frozenset({"UPGRADE", "NEW_BUILD"}),
    )

    required = said(verdict, GradeReasonKind.SCENE_REQUIRED)
    assert [(r.grade, r.scene, r.type) for r in required] == [("BASIC", "health", "UPGRADE")]


def test_an_unknown_type_cannot_fail_a_scene_that_only_some_types_require() -> None:
    verdict = graded(a_finding("H1", False), a_finding("H2", True), a_finding("S1", True), types=frozenset())

    # Demonstration requires health of every type and is missed for certain; basic requires it of one type only.
    assert verdict.grade is None
    assert said(verdict, GradeReasonKind.TYPE_UNKNOWN)


def test_leading_asks_for_the_target_and_for_one_scene_more() -> None:
    three = [a_finding(key, True, True) for key in ("H1", "H2", "S1")]

    short = graded(*three, a_finding("T1", False, False))
    assert short.grade == "DEMONSTRATION"
    assert [r.count for r in said(short, GradeReasonKind.EXTRA_SCENES_SHORT)] == [1]
    open_ = graded(*three, a_finding("T1", True, None))
    assert open_.grade == "DEMONSTRATION"
    assert said(open_, GradeReasonKind.EXTRA_SCENES_UNKNOWN)
    assert graded(*three, a_finding("T1", True, True)).grade == "LEADING"


def test_a_grade_that_is_not_defined_for_the_type_is_not_reached_by_having_nothing_to_do() -> None:
    """Leading names only new communities; a renewed one at demonstration has no way to leading in the text."""
    leading = replace(a_ladder()[0], scenes={"NEW_BUILD": a_ladder()[0].scenes["NEW_BUILD"]}, extra_scenes=0)
    pack = replace(PACK, grades=(leading, *PACK.grades[1:]))
    four = [a_finding(key, True, True) for key in ("H1", "H2", "S1", "T1")]

    verdict = graded(*four, pack=pack)

    assert (verdict.grade, verdict.next_grade) == ("DEMONSTRATION", "LEADING")
    assert said(verdict, GradeReasonKind.NOT_DEFINED)
    assert graded(*(a_finding(key, False) for key in ("H1", "H2", "S1", "T1")), pack=pack).grade == ""


def test_a_scene_of_the_community_itself_counts_as_one_more() -> None:
    pack = replace(
        PACK,
        scenes=(*PACK.scenes, Scene("heritage", "传承", "Heritage", local_to=7)),
        indicators=(*PACK.indicators, an_indicator("L1", scene="heritage", local_to=7)),
    )
    four = [a_finding(key, True, True) for key in ("H1", "H2", "S1")] + [a_finding("T1", False, False)]

    assert graded(*four, a_finding("L1", True, True), pack=pack).grade == "LEADING"
    assert graded(*four, pack=pack).grade == "DEMONSTRATION"


def test_at_the_top_there_is_no_next_grade() -> None:
    verdict = graded(*(a_finding(key, True, True) for key in ("H1", "H2", "S1", "T1")))

    assert verdict.next_grade == ""


def test_findings_are_marked_with_what_the_next_grade_requires() -> None:
    findings = [a_finding("H1", True), a_finding("H2", False), a_finding("S1", True), a_finding("T1", True)]
    verdict = graded(*findings)

    marked = with_requirements(findings, PACK, verdict, UPGRADE)

    assert verdict.next_grade == "BASIC"
    assert [f.required for f in marked] == [True, True, False, False]


RANKS = {"LEADING": 3, "DEMONSTRATION": 2, "BASIC": 1, "": 0, None: 0}
three = st.sampled_from([True, False, None])


@given(
    st.lists(st.tuples(three, three), min_size=4, max_size=4),
    st.integers(0, 3),
    st.sets(st.sampled_from(["UPGRADE", "NEW_BUILD"])),
)
def test_a_better_indicator_never_lowers_what_is_certain(
    bars: list[tuple[bool | None, bool | None]], better: int, types: set[str]
) -> None:
    keys = ("H1", "H2", "S1", "T1")
    before = [a_finding(key, *bar) for key, bar in zip(keys, bars, strict=True)]
    after = [*before]
    after[better] = a_finding(keys[better], True, True)

    old, new = (graded(*findings, types=frozenset(types)).grade for findings in (before, after))

    assert RANKS[new] >= RANKS[old]


@given(st.lists(st.tuples(three, three), min_size=4, max_size=4), st.data())
def test_a_grade_that_is_told_holds_whatever_the_unknown_turns_out_to_be(
    bars: list[tuple[bool | None, bool | None]], data: st.DataObject
) -> None:
    keys = ("H1", "H2", "S1", "T1")
    known = [tuple(data.draw(st.booleans()) if b is None else b for b in bar) for bar in bars]

    told = graded(*(a_finding(key, *bar) for key, bar in zip(keys, bars, strict=True))).grade
    truth = graded(*(a_finding(key, *bar) for key, bar in zip(keys, known, strict=True))).grade

    if told is not None:
        assert RANKS[truth] >= RANKS[told]
    if told == "":
        assert truth == ""
