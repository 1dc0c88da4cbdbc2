"""Nouns of planning and their constraints."""

from linli.domain.planning.models.scenarios import Scenario, ScenarioEffect, ScenarioRevision
from linli.domain.planning.models.siting import ProposedProject, SitingStudy
from linli.domain.planning.models.units import ImplementationUnit, KeptAtoms, UnitPlan, UnitProposal, UnitStudy

__all__ = [
    "ImplementationUnit",
    "KeptAtoms",
    "ProposedProject",
    "Scenario",
    "ScenarioEffect",
    "ScenarioRevision",
    "SitingStudy",
    "UnitPlan",
    "UnitProposal",
    "UnitStudy",
]
