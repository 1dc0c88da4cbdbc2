"""Nouns of planning and their constraints."""

from linli.domain.planning.models.scenarios import Scenario, ScenarioEffect, ScenarioRevision
from linli.domain.planning.models.siting import ProposedProject, SitingStudy

__all__ = ["ProposedProject", "Scenario", "ScenarioEffect", "ScenarioRevision", "SitingStudy"]
