"""Addresses of scenarios."""

from django.urls import path

from linli.faces.desk.views.planning import comparing, keeping, scenarios, walking, whatif

_WHAT_IF = "planning/what-if/<int:district>/<int:edition>"
_ONE = "planning/scenarios/<int:scenario>"

urlpatterns = [
    path("planning/scenarios/", scenarios.index, name="scenarios"),
    path("planning/scenarios/new/", scenarios.new, name="scenario_new"),
    path("planning/scenarios/compare/", comparing.compare, name="scenario_compare"),
    path("planning/scenarios/shared/<str:token>/", scenarios.shared, name="scenario_shared"),
    path(f"{_ONE}/", scenarios.show, name="scenario"),
    path(f"{_ONE}/revise/", keeping.revise, name="scenario_revise"),
    path(f"{_ONE}/share/", keeping.share, name="scenario_share"),
    path(f"{_ONE}/carry/", keeping.carry, name="scenario_carry"),
    path(f"{_ONE}/withdraw/", keeping.withdraw, name="scenario_withdraw"),
    path(f"{_WHAT_IF}/save/", keeping.save, name="scenario_save"),
    path(f"{_WHAT_IF}/warm/", whatif.warm, name="plan_warm"),
    path(f"{_WHAT_IF}/effect/", whatif.effect, name="plan_effect"),
    path(f"{_WHAT_IF}/known/<str:layer>.json", whatif.known, name="plan_known"),
    path(f"{_WHAT_IF}/walks/", walking.walks, name="plan_walks"),
    path(f"{_WHAT_IF}/way.json", whatif.way, name="plan_way"),
]
