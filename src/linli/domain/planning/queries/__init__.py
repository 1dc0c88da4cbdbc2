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
from linli.domain.planning.queries.siting_terms import siting_terms
from linli.domain.planning.queries.sitings import (
    NoSuchProject,
    NoSuchSiting,
    ProjectValue,
    SitingLine,
    SitingProgress,
    SitingValue,
    projects,
    siting,
    siting_progress,
    sitings,
)

__all__ = [
    "EffectValue",
    "NoSuchProject",
    "NoSuchScenario",
    "NoSuchSiting",
    "ProjectValue",
    "RevisionValue",
    "ScenarioValue",
    "SitingLine",
    "SitingProgress",
    "SitingValue",
    "by_token",
    "effects",
    "is_effect_current",
    "projects",
    "revisions",
    "scenario",
    "scenarios",
    "siting",
    "siting_progress",
    "siting_terms",
    "sitings",
]
