"""Each pack's worked examples come out as an official would work them by hand."""

import pytest
from packs.situations import judged, pack_of

from linli.domain.standards import queries
from linli.domain.standards.rules.reading import Example

EXAMPLES = [example for key in queries.packs() for example in queries.examples(key)]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda e: f"{e.file}:{e.line}")
def test_a_worked_example_comes_out(example: Example) -> None:
    findings, verdict = judged(example, pack_of(example))

    states = {key: findings[key].state.value for key in example.states}
    reasons = {key: findings[key].reason and findings[key].reason.value for key in example.reasons}
    assert states == dict(example.states), example.zh
    assert reasons == dict(example.reasons), example.zh
    if example.says_grade:
        assert verdict.grade == example.grade, (example.zh, verdict.reasons)


def test_every_pack_has_examples_with_and_without_demo_figures() -> None:
    figures = {(example.pack, example.figures) for example in EXAMPLES}

    assert figures == {(key, said) for key in queries.packs() for said in ("written", "demo")}
