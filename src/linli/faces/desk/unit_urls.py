"""Addresses of units, a part of the desk's."""

from django.urls import path

from linli.faces.desk.views.planning import unit_plans, unit_proposals, units

_STUDY = "planning/units/<int:study>"
_PROPOSAL = f"{_STUDY}/<int:proposal>"
_PLAN = "planning/units/plans/<int:plan>"

urlpatterns = [
    path("planning/units/", units.index, name="units"),
    path("planning/units/new/", units.new, name="unit_new"),
    path("planning/units/ask/", units.ask, name="unit_ask"),
    path(f"{_STUDY}/", units.study, name="unit_study"),
    path(f"{_STUDY}/progress/", units.progress, name="unit_progress"),
    path(f"{_STUDY}/stop/", units.stop, name="unit_stop"),
    path(f"{_STUDY}/withdraw/", units.withdraw, name="unit_study_withdraw"),
    path(f"{_STUDY}/atoms.json", units.atoms, name="unit_atoms"),
    path(f"{_PROPOSAL}/", unit_proposals.proposal, name="unit_proposal"),
    path(f"{_PROPOSAL}/check/", unit_proposals.check, name="unit_check"),
    path(f"{_PROPOSAL}/move/", unit_proposals.move, name="unit_move"),
    path(f"{_PROPOSAL}/adopt/", unit_proposals.adopt, name="unit_adopt"),
    path(f"{_PLAN}/", unit_plans.plan, name="unit_plan"),
    path(f"{_PLAN}/units.json", unit_plans.plan_map, name="unit_plan_map"),
    path(f"{_PLAN}/withdraw/", unit_plans.withdraw_plan, name="unit_plan_withdraw"),
]
