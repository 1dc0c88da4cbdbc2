"""Wrong packs are refused with file, line, key, what was found and what is allowed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

import linli
from linli.domain.standards import queries
from linli.domain.standards.rules.reading import (
    PackFault,
    WrongEntry,
    read_demo,
    read_examples,
    read_pack,
    read_vocabulary,
)

ROOT = Path(linli.__file__).parent / "packs"
TEXTS = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in ROOT.glob("**/*.yaml")}

_DAY = date(2026, 6, 30)
SH, YT, CC = "shangcheng/pack.yaml", "yantai/pack.yaml", "complete-community/pack.yaml"


def of(indicator: str) -> str:
    folder = {"ZJ": "shangcheng", "YT": "yantai", "CC": "complete-community"}[indicator[:2]]
    return f"{folder}/indicators/{indicator}.yaml"


@dataclass(frozen=True)
class Mutation:
    """One wrong edit, and what its report has to name."""

    file: str
    old: str
    new: str
    key: str
    found: str
    allowed: str


M = Mutation
MUTATIONS = [
    # Structure
    M(of("ZJ-04"), "binding: mixed", "bindng: mixed", "bindng", "未知的键", "binding"),
    M(of("ZJ-04"), "binding: mixed\n", "", "binding", "没有", "必填"),
    M(of("ZJ-04"), "binding: mixed", "binding: mixed\nbinding: guiding", "binding", "重复的键", "一次"),
    M(of("ZJ-04"), "source: [bg]", "source: bg", "source", "'bg'", "列表"),
    M(of("ZJ-04"), "measure:\n  kind: walk_coverage", "measure:\n - kind: walk_coverage\nx:", "", "", ""),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh:", "zh", "空", "文字"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh: yes", "zh", "'yes'", "引号"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh: 2021-01-01", "zh", "2021-01-01", "引号"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh: &a 托育", "", "锚点", "直接写出"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh: !!python/object:os.system 托育", "", "标签", "直接写出"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh: [托育", "", "", "YAML"),
    M(of("ZJ-04"), "zh: 托育全覆盖", "zh:\t托育: 全", "", "", "YAML"),
    # Names and references
    M(of("ZJ-04"), "key: ZJ-04", "key: ZJ-05", "", "ZJ-05", "ZJ-04"),
    M(of("ZJ-04"), "key: ZJ-04", "key: zj 04", "key", "'zj 04'", "大写字母"),
    M(of("ZJ-05"), 'number: "5"', 'number: "4"', "", "'4'", "number"),
    M(of("ZJ-04"), 'number: "4"', "number: 4", "number", "'4'", "引号"),
    M(of("ZJ-04"), "scene: education", "scene: edu", "scene", "'edu'", "education"),
    M(of("ZJ-04"), "source: [bg]", "source: [bgg]", "source[1]", "'bgg'", "bg"),
    M(of("ZJ-04"), "source: [bg]", "source: []", "source", "空列表", "至少一项"),
    M(of("ZJ-04"), "binding: mixed", "binding: must", "binding", "'must'", "guiding"),
    M(of("ZJ-04"), "confidence: unverified", "confidence: sure", "confidence", "'sure'", "unverified"),
    M(of("ZJ-04"), "confidence: unverified", "confidence: confirmed", "confidence", "'confirmed'", "official"),
    # Measures
    M(of("ZJ-04"), "kind: walk_coverage", "kind: walking", "measure.kind", "'walking'", "walk_coverage"),
    M(of("ZJ-04"), 'unit: "%"', "unit: m", "measure.unit", "'m'", "%"),
    M(of("ZJ-04"), "[childcare_0_3]", "[childcare]", "measure.kinds[1]", "'childcare'", "childcare_0_3"),
    M(of("ZJ-04"), "[childcare_0_3]", "[childcare_0_3, childcare_0_3]", "measure.kinds[1]", "childcare_0_3", "一次"),
    M(of("ZJ-04"), "age_group: infants", "age_group: babies", "measure.age_group", "'babies'", "infants"),
    M(of("ZJ-04"), "  kinds: [childcare_0_3]\n", "", "measure", "没有", "kinds"),
    M(of("ZJ-04"), "value: 800", "value: far", "measure.limit.value", "'far'", "一个数"),
    M(of("ZJ-04"), "value: 800", "value: 0", "measure.limit.value", "'0'", "不小于"),
    M(of("ZJ-04"), "unit: m,", "unit: km,", "measure.limit.unit", "'km'", "min"),
    M(of("ZJ-04"), "confidence: derived", "confidence: official", "measure.limit.confidence", "'official'", "derived"),
    M(of("ZJ-04"), "valid_from: 2021-01-01", "valid_from: 2021-13-01", "measure.limit.valid_from", "2021-13", "日期"),
    M(of("ZJ-09"), "{people: all}", "{people: everyone}", "measure.denominator.people", "'everyone'", "all"),
    M(of("ZJ-09"), "{people: all}", "{persons: all}", "measure.denominator", "persons", "people"),
    M(of("ZJ-09"), "{people: all}", "{stock: floor_area_m2}", "measure", "m2", "同一种单位"),
    M(of("ZJ-09"), "family_doctor_contracts", "doctors", "measure.numerator.answer", "'doctors'", "58"),
    M(of("ZJ-12"), "{answer: startup_space_m2}", "{answer: drills_a_year}", "measure", "count", "m2"),
    M(of("ZJ-12"), "  of: {answer: startup_space_m2}", "  off: 3", "measure.of", "没有", "必填"),
    M(of("ZJ-20"), "statistic: p90", "statistic: p95", "measure.statistic", "'p95'", "p90"),
    M(
        of("ZJ-01"),
        "question: culture_theme_kept",
        "question: drills_a_year",
        "measure.question",
        "drills_a_year",
        "29",
    ),
    M(of("ZJ-01"), "[photo, document]", "[film]", "measure.evidence[1]", "'film'", "photo"),
    M(
        of("YT-F8"),
        "residents_satisfied",
        "green_community",
        "measure.question",
        "'green_community'",
        "residents_satisfied",
    ),
    # Figures
    M(of("CC-01"), 'comparison: ">="', 'comparison: "=>"', "thresholds[1].comparison", "'=>'", ">="),
    M(of("CC-01"), "    unit: count", "    unit: m2", "thresholds[1].unit", "'m2'", "count"),
    M(of("CC-01"), "bar: minimum", "bar: floor", "thresholds[1].bar", "'floor'", "minimum"),
    M(of("CC-01"), "value: 1", "value: -1", "thresholds[1].value", "'-1'", "不小于"),
    M(of("CC-01"), "value: 1", "value: 1/0", "thresholds[1].value", "'1/0'", "2/3"),
    M(of("CC-01"), "value: 1", "value: [1, 2]", "thresholds[1].value", "列表", "一个数"),
    M(of("CC-01"), "source: local", "source: locale", "thresholds[1].source", "'locale'", "local"),
    M(of("CC-01"), "    source: local\n", "", "thresholds[1].source", "没有", "必填"),
    M(
        of("CC-01"),
        "    confidence: secondary",
        "    confidence: seed",
        "thresholds[1].confidence",
        "'seed'",
        "secondary",
    ),
    M(of("CC-01"), "    valid_from: 2020-08-01\n", "", "thresholds[1].valid_from", "没有", "必填"),
    M(
        of("CC-01"),
        "    valid_from: 2020-08-01",
        "    valid_from: 2020-08-01\n    valid_until: 2020-08-01",
        "thresholds[1].valid_until",
        "2020-08-01",
        "晚于",
    ),
    M(
        of("CC-01"),
        "    valid_from: 2020-08-01",
        "    valid_from: 2020-08-01\n    types: [old]",
        "thresholds[1].types[1]",
        "'old'",
        "new_build",
    ),
    M(of("CC-05"), "bar: target", "bar: minimum", "thresholds[2]", "CC-05.minimum", "同一天"),
    M(of("CC-05"), "value: 150", "value: 100", "thresholds[2]", "底线", "不低于底线"),
    M(of("CC-15-sport"), "value: [10, 15]", "value: [15, 10]", "thresholds[1].value", "列表", "低小于高"),
    M(of("CC-15-sport"), "value: [10, 15]", "value: 10", "thresholds[1].value", "'10'", "两个数"),
    M(of("CC-09"), "value: 1", "value: 2", "thresholds[1].value", "'2'", "1"),
    M(of("CC-06-shops"), "either: CC-06", "either: CC-6", "", "CC-6", "互为替代"),
    M(
        of("CC-10-charging"),
        "types: [new_build]\nsource",
        "types: [existing]\nsource",
        "thresholds[1].types[1]",
        "new_build",
        "existing",
    ),
    # The header
    M(SH, "items: 33", "items: 32", "counts.items", "'32'", "33"),
    M(SH, "scenes: 9", "scenes: 10", "counts.scenes", "'10'", "9"),
    M(SH, "key: shangcheng", "key: hangzhou", "key", "'hangzhou'", "shangcheng"),
    M(SH, "valid_from: 2021-01-01", "valid_from: 2021", "valid_from", "'2021'", "日期"),
    M(SH, "kind: seed", "kind: rumor", "sources.seed.kind", "'rumor'", "seed"),
    M(SH, "    seen: text", "    seen: yesterday", "sources.seed.seen", "'yesterday'", "text"),
    M(SH, "bar: target", "bar: top", "grades[1].bar", "'top'", "target"),
    M(SH, "rank: 2", "rank: 1", "grades[", "rank 1", "各不相同"),
    M(SH, "above: demonstration", "above: basics", "grades[1]", "'basics'", "above"),
    M(SH, "      partial_rebuild: {", "      rebuild: {", "grades[2].scenes.rebuild", "'rebuild'", "partial_rebuild"),
    M(SH, "optional: [building,", "optional: [health, building,", "optional", "'health'", "只写一次"),
    M(SH, "not_required: [building,", "never: [building,", "never", "未知的键", "not_required"),
    M(SH, "not_required: [building,", "not_required: [buildings,", "not_required[1]", "'buildings'", "building"),
    M(SH, "key: upgrade_historic", "key: upgrade_heritage", "types[6].key", "'upgrade_heritage'", "upgrade_historic"),
    M(SH, "key: low_carbon", "key: service", "scenes", "'service'", "一次"),
    M(YT, "covers: [upgrade_resettlement,", "covers: [new_build,", "types", "new_build", "只归一类"),
    M(
        CC,
        "{key: governance, zh: 社区管理机制健全",
        "{key: governing, zh: 社区管理机制健全",
        "scenes",
        "governing",
        "至少有一项",
    ),
    # What all packs share
    M("facility_kinds.yaml", "key: park,", "key: pocket_park,", "kinds[25]", "'pocket_park'", "没有用过"),
    M("facility_kinds.yaml", "group: safety", "group: danger", "kinds[36].group", "'danger'", "safety"),
    M(
        "facility_kinds.yaml",
        "default_limit_m: 300",
        "default_limit_m: near",
        "kinds[1].default_limit_m",
        "'near'",
        "一个数",
    ),
    M("walking.yaml", "15: 800", "quarter: 800", "minutes.metres.quarter", "'quarter'", "整数"),
    M("walking.yaml", "age_group: all", "age_group: elderly", "speeds", "没有 all", "all"),
    M("questions.yaml", "kind: number, unit: classes", "kind: number", "questions[1]", "没有 unit", "unit"),
    M("questions.yaml", "unit: classes", "unit: rooms", "questions[1].unit", "'rooms'", "classes"),
    M(
        "questions.yaml",
        "key: kindergarten_land_m2",
        "key: kindergarten_classes",
        "questions[2]",
        "kindergarten_classes",
        "没有用过",
    ),
    M("community_types.yaml", "key: upgrade,", "kee: upgrade,", "types[3].kee", "未知的键", "key"),
    # Demo overlay and examples
    M("demo_figures.yaml", "indicator: ZJ-04", "indicator: ZJ-34", "figures.shangcheng[4].indicator", "'ZJ-34'", "ZJ-"),
    M("demo_figures.yaml", "  shangcheng:", "  hangzhou:", "figures.hangzhou", "'hangzhou'", "shangcheng"),
    M("demo_figures.yaml", "low: 6, high: 15", "low: 16, high: 15", "answers[1].high", "'15'", "不小于"),
    M("demo_figures.yaml", "question: parking_places,", "question: parking,", "answers", "'parking'", "parking_places"),
    M(
        "shangcheng/examples/grades.yaml",
        "grade: demonstration",
        "grade: silver",
        "expected.grade",
        "'silver'",
        "basic",
    ),
    M("shangcheng/examples/grades.yaml", "ZJ-04: 49", "ZJ-99: 49", "values.ZJ-99", "'ZJ-99'", "指标"),
]


def refusals(texts: dict[str, str], file: str) -> tuple[WrongEntry, ...]:
    """What is refused where one file is wrong: its pack, or all that is shared."""
    with pytest.raises(PackFault) as refused:
        read(texts, file)
    return refused.value.faults


def read(texts: dict[str, str], file: str) -> None:
    if "/" in file:
        read_examples(read_pack(file.split("/")[0], texts, queries.vocabulary()), texts)
    elif file == "demo_figures.yaml":
        packs = {key: queries.pack(key, day=_DAY, local=False) for key in queries.packs()}
        read_demo(texts[file], packs, queries.vocabulary())
    else:
        read_vocabulary(texts)


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda m: f"{m.file.rsplit('/', 1)[-1]}: {m.new[:40]!r}")
def test_a_wrong_entry_is_named_with_its_place(mutation: Mutation) -> None:
    assert mutation.old in TEXTS[mutation.file], "the corpus follows the packs"
    texts = TEXTS | {mutation.file: TEXTS[mutation.file].replace(mutation.old, mutation.new, 1)}

    faults = refusals(texts, mutation.file)

    fitting = [
        f for f in faults if mutation.key in f.key and mutation.found in f.found and mutation.allowed in f.allowed
    ]
    assert fitting, "\n".join(map(str, faults))
    assert fitting[0].file == mutation.file
    changed = texts[mutation.file].splitlines()
    assert 0 <= fitting[0].line <= len(changed)


def test_the_corpus_is_large() -> None:
    assert len(MUTATIONS) >= 90


def test_all_faults_of_a_pack_are_reported_at_once() -> None:
    texts = dict(TEXTS)
    for key, old, new in (("ZJ-04", "scene: education", "scene: x"), ("ZJ-09", "{people: all}", "{people: y}")):
        texts[of(key)] = texts[of(key)].replace(old, new)
    texts[SH] = texts[SH].replace("items: 33", "items: 34")

    faults = refusals(texts, SH)

    assert {fault.file for fault in faults} >= {of("ZJ-04"), of("ZJ-09"), SH}


@pytest.mark.parametrize("file", ["facility_kinds.yaml", "questions.yaml", "walking.yaml", "community_types.yaml", SH])
def test_a_missing_file_is_named(file: str) -> None:
    faults = refusals({name: text for name, text in TEXTS.items() if name != file}, file)

    assert (faults[0].file, faults[0].allowed) == (file, "必需的文件")


def test_an_empty_and_a_huge_file_are_refused() -> None:
    for text in ("", "# nothing\n", "a" * 1_000_001, "- 1\n", "just text"):
        assert any(fault.file == of("ZJ-04") for fault in refusals(TEXTS | {of("ZJ-04"): text}, SH))


def test_a_message_can_be_acted_on() -> None:
    texts = TEXTS | {of("ZJ-04"): TEXTS[of("ZJ-04")].replace("[childcare_0_3]", "[childcare]")}

    (fault,) = refusals(texts, of("ZJ-04"))

    assert str(fault).startswith(
        "shangcheng/indicators/ZJ-04.yaml:15: measure.kinds[1]: 写的是 'childcare';应为 childcare_0_3"
    )


def test_a_file_in_another_encoding_is_named(tmp_path: Path, a_copy: Callable[[Path], None]) -> None:
    a_copy(tmp_path)
    (tmp_path / of("ZJ-04")).write_bytes("key: 托育".encode("gbk"))

    with pytest.raises(PackFault) as refused:
        queries.pack("shangcheng", day=_DAY, local=False, root=tmp_path)

    assert refused.value.faults[0].file == of("ZJ-04")
    assert "UTF-8" in refused.value.faults[0].allowed


@pytest.fixture
def a_copy() -> Callable[[Path], None]:
    def copy(folder: Path) -> None:
        for name, text in TEXTS.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")

    return copy


def test_a_changed_file_is_read_again(tmp_path: Path, a_copy: Callable[[Path], None]) -> None:
    a_copy(tmp_path)
    before = queries.pack("shangcheng", day=_DAY, local=False, root=tmp_path)
    path = tmp_path / of("ZJ-04")
    path.write_text(path.read_text(encoding="utf-8").replace("zh: 托育全覆盖", "zh: 托育全面覆盖"), encoding="utf-8")

    after = queries.pack("shangcheng", day=_DAY, local=False, root=tmp_path)

    assert after.indicator("ZJ-04").zh == "托育全面覆盖"
    assert before.fingerprint != after.fingerprint
    with pytest.raises(queries.UnknownPack):
        queries.pack("nowhere", day=_DAY, local=False)
