"""Nouns of planning and their constraints."""

from linli.domain.planning.models.scenarios import Scenario, ScenarioEffect, ScenarioRevision

__all__ = ["Scenario", "ScenarioEffect", "ScenarioRevision"]
