"""Questions about scenarios, sitings and units."""

from linli.domain.planning.queries.scenarios import (
    EffectValue,
    NoSuchScenario,
    RevisionValue,
    ScenarioValue,
    by_token,
    effects,
    is_effect_current,
    revisions,
    scenario,
    scenarios,
)

__all__ = [
    "EffectValue",
    "NoSuchScenario",
    "RevisionValue",
    "ScenarioValue",
    "by_token",
    "effects",
    "is_effect_current",
    "revisions",
    "scenario",
    "scenarios",
]
