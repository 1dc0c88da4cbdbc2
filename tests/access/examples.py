"""How each endpoint is called, for the test that asks every endpoint as everyone about every place.

Whoever adds an endpoint adds its example here, under the name that ``reverse`` knows, one for each method it takes::

    "desk:community": (Example(lambda asked: Case(kwargs={"community": asked.place}), levels=("community",)),),

An example is *about* places when ``levels`` names their levels: then each role is asked at each of them, and it is
expected to be let in where its permission holds, refused elsewhere. Of a POST each field whose value depends on the
place is also sent with the value of another place than the address says, and must be refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from fractions import Fraction
from typing import Any

from domain.people.builders import PASSWORD

from access import scenario_examples as scenarios
from access import siting_examples as sitings
from access import unit_examples as units
from access.world import LEVELS, PACK, World
from linli.domain.checkup.queries import open_campaign
from linli.domain.people.rules import Permission, Purpose
from linli.domain.places.models import Edition, RefusedRows
from linli.domain.standards import operations as standards
from linli.domain.standards.queries import pack as standing_pack
from linli.domain.standards.rules import Bar, Comparison


@dataclass(frozen=True)
class Asked:
    """What an example is asked for: a call by this person about this place."""

    world: World
    person: int
    place: int


@dataclass(frozen=True)
class Case:
    """One call: parts of the address, its query, and what is sent (``json`` as JSON, else as a form)."""

    kwargs: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    json: bool = False


@dataclass(frozen=True)
class Example:
    """``permission`` says which one the object takes where the endpoint declares none; ``absent`` that the answer to
    whoever is let in is that there is nothing of theirs.
    """

    make: Callable[[Asked], Case] = lambda asked: Case()
    method: str = "GET"
    levels: tuple[str, ...] = ()
    permission: Permission | None = None
    absent: bool = False


def at_each(
    make: Callable[[Asked], Case],
    method: str = "GET",
    *,
    levels: tuple[str, ...] = LEVELS,
    permission: Permission | None = None,
) -> Example:
    return Example(make, method, levels, permission)


def of_communities(make: Callable[[Asked], Case], method: str = "GET") -> Example:
    return Example(make, method, ("community",))


def of_district(make: Callable[[Asked], Case], method: str = "GET") -> Example:
    """About the whole district: whoever holds the permission in a part of it only is refused."""
    return Example(make, method, ("district",))


def _person(asked: Asked) -> dict[str, int]:
    return {"person": asked.world.someone_at(asked.place)}


def _appointment(asked: Asked) -> Case:
    data = {"role": "auditor", "area": asked.place, "from_on": "2026-01-01"}
    return Case(kwargs=_person(asked), data=data)


def _round(asked: Asked) -> dict[str, int]:
    return {"round": asked.world.round()}


def _code(asked: Asked) -> dict[str, str]:
    return {"code": asked.world.code(asked.place)}


def _start(asked: Asked) -> dict[str, str]:
    return {"pack": PACK, "day": asked.world.day.isoformat()}


def _figure(asked: Asked) -> Case:
    kwargs = {"pack": PACK, "indicator": asked.world.indicator()}
    data = {"bar": "minimum", "comparison": ">=", "value": "77", "clause": "第一条", "source": "区政府文件"}
    return Case(kwargs=kwargs, data=data | {"from_on": asked.world.day.isoformat()})


def _ticket(asked: Asked) -> Case:
    return Case(kwargs={"job": asked.world.ticket(asked.place)})


def _edition(asked: Asked) -> dict[str, int]:
    return {"district": asked.world.district, "edition": 1}


def _scenario(asked: Asked) -> dict[str, int]:
    return {"scenario": scenarios.scenario_at(asked.world, asked.place)}


def _tiles(asked: Asked) -> Case:
    return Case(kwargs={**_edition(asked), "layer": asked.world.tiles()})


def _upload(asked: Asked) -> Case:
    return Case(kwargs={"job": asked.world.refused_upload()})


def _figure_on_record(asked: Asked) -> Case:
    world = asked.world
    kwargs = {"pack": PACK, "indicator": world.indicator()}

    def make() -> int:
        return standards.set_figure(
            world.act, world.scope(Purpose.STANDARD_SETTING), district=world.district, bar=Bar.MINIMUM,
            comparison=Comparison.AT_LEAST, value=Fraction(66), clause="第二条", source="区政府文件",
            from_on=world.day, **kwargs,
        )  # fmt: skip

    return Case(kwargs={**kwargs, "figure": world.once("figure", make)}, data={"reason": "录入有误"})


def _local(asked: Asked) -> dict[str, str]:
    return {**_code(asked), "pack": PACK}


def _local_scene(asked: Asked) -> Case:
    def make() -> int:
        return standards.add_local_scene(
            asked.world.act, asked.world.scope(Purpose.STANDARD_SETTING), district=asked.world.district,
            place=asked.place, pack=PACK, zh="邻里节", from_on=asked.world.day,
        )  # fmt: skip

    number = asked.world.once(("local scene", asked.place), make)
    return Case(kwargs={**_local(asked), "number": number}, data={"reason": "不再开展"})


def _local_indicator(asked: Asked) -> Case:
    def make() -> int:
        scene = next(iter(standing_pack(PACK, day=asked.world.day).scenes)).key
        return standards.add_local_indicator(
            asked.world.act, asked.world.scope(Purpose.STANDARD_SETTING), district=asked.world.district,
            place=asked.place, pack=PACK, scene=scene, zh="非遗传习点", definition="传习点的数量", source="议事会",
            measure={"kind": "count", "unit": "count", "of": {"facilities": ["culture_station"]}},
            from_on=asked.world.day,
        )  # fmt: skip

    number = asked.world.once(("local indicator", asked.place), make)
    return Case(kwargs={**_local(asked), "number": number}, data={"reason": "不再开展"})


def _survey(asked: Asked) -> dict[str, int]:
    found = open_campaign(asked.world.survey_token(), asked.world.day)
    return {"survey": found.id}


def _slip(asked: Asked) -> Case:
    return Case(kwargs=_survey(asked), data={"community": asked.place, "level": "4", "slip": "0001"})


def _survey_dates(asked: Asked) -> dict[str, str]:
    days = {"from_on": asked.world.day.isoformat(), "until_on": (asked.world.day + timedelta(days=9)).isoformat()}
    return {"title": "满意度", "question": "residents_satisfied", **days}


def _task(asked: Asked) -> Case:
    def make() -> int:
        edition = Edition.objects.get(district_id=asked.world.district, number=1)
        return RefusedRows.objects.create(edition=edition, faults=[]).pk

    return Case(kwargs={"task": asked.world.once("task", make)})


DISTRICT = "990102"

_NEW_PERSON = {"username": "new.person", "name": "新人", "phone": ""}
_NEW_KEY = {"name": "QGIS", "days": "30", "password": PASSWORD}
_NEW_ORGANIZATION = {"kind": "other", "name": "某社", "uscc": ""}

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "set_language": (Example(lambda asked: Case(data={"language": "en"}), "POST"),),
    # People
    "access:sign_in": (Example(), Example(method="POST")),
    "access:sign_out": (Example(method="POST"),),
    "access:own": (Example(),),
    "access:password": (Example(), Example(method="POST")),
    "access:close_session": (Example(lambda asked: Case(kwargs={"session": 10**9}), "POST"),),
    "access:begin_second_factor": (Example(method="POST"),),
    "access:confirm_second_factor": (Example(method="POST"),),
    "access:remove_second_factor": (Example(method="POST"),),
    "access:access_keys": (Example(), Example(lambda asked: Case(data=_NEW_KEY), "POST")),
    "access:revoke_access_key": (Example(lambda asked: Case(kwargs={"key": 10**9}), "POST"),),
    "access:accounts": (Example(),),
    "access:create_account": (Example(), Example(lambda asked: Case(data=_NEW_PERSON), "POST")),
    "access:organizations": (Example(), Example(lambda asked: Case(data=_NEW_ORGANIZATION), "POST")),
    "access:account": (at_each(lambda asked: Case(kwargs=_person(asked))),),
    "access:appoint": (at_each(_appointment, "POST"),),
    "access:reset_password": (at_each(lambda asked: Case(kwargs=_person(asked)), "POST"),),
    "access:change_account": tuple(
        at_each(lambda asked, act=act: Case(kwargs={**_person(asked), "act": act}), "POST")
        for act in ("unlock", "close", "reopen", "reset-second-factor")
    ),
    "access:end_term": (
        at_each(
            lambda asked: Case(
                kwargs={"term": asked.world.term_at(asked.place)}, data={"until_on": asked.world.day.isoformat()}
            ),
            "POST",
        ),
    ),
    "access:journal": (
        Example(),
        at_each(lambda asked: Case(query={"home": asked.place})),
        at_each(lambda asked: Case(query={"home": asked.place, "verify": "1"})),
    ),
    # Desk
    "desk:home": (Example(),),
    "desk:cockpit": (Example(lambda asked: Case(query=_round(asked))),),
    "desk:district": (Example(lambda asked: Case(kwargs={"district": asked.world.district})),),
    "desk:communities": (Example(),),
    "desk:community": (of_communities(lambda asked: Case(kwargs=_code(asked))),),
    "desk:sheet": (of_communities(lambda asked: Case(kwargs=_code(asked))),),
    "desk:indicators": (Example(),),
    "desk:indicator": (Example(lambda asked: Case(kwargs={"indicator": asked.world.indicator()})),),
    "desk:rounds": (Example(),),
    "desk:round_start": (of_district(lambda asked: Case(data=_start(asked)), "POST"),),
    "desk:compare": (Example(lambda asked: Case(query={"before": asked.world.round(), "after": asked.world.round()})),),
    "desk:finding": (
        of_communities(
            lambda asked: Case(kwargs={**_round(asked), **_code(asked), "indicator": asked.world.indicator()})
        ),
    ),
    "desk:figures": (Example(),),
    "desk:figure": (
        Example(lambda asked: Case(kwargs={"pack": PACK, "indicator": asked.world.indicator()})),
        of_district(_figure, "POST"),
    ),
    "desk:figure_withdraw": (of_district(_figure_on_record, "POST"),),
    "desk:local": (of_communities(lambda asked: Case(kwargs=_local(asked))),),
    "desk:local_scene": (
        of_communities(lambda asked: Case(kwargs=_local(asked), data={"scene-name": "邻里节"}), "POST"),
    ),
    "desk:local_indicator": (of_communities(lambda asked: Case(kwargs=_local(asked)), "POST"),),
    "desk:local_scene_withdraw": (of_communities(_local_scene, "POST"),),
    "desk:local_indicator_withdraw": (of_communities(_local_indicator, "POST"),),
    "desk:surveys": (Example(),),
    "desk:survey_start": (of_district(lambda asked: Case(data=_survey_dates(asked)), "POST"),),
    "desk:survey": (Example(lambda asked: Case(kwargs=_survey(asked))),),
    "desk:survey_slip": (of_communities(_slip, "POST"),),
    "desk:gallery": (Example(),),
    "desk:round_recompute": (of_district(lambda asked: Case(kwargs=_round(asked)), "POST"),),
    "desk:imports": (Example(),),
    "desk:import_copy": (Example(_upload, levels=("district",), absent=True),),
    "desk:import_task_close": (of_district(_task, "POST"),),
    "desk:import_upload": (of_district(lambda asked: Case(), "POST"),),
    "desk:import_faults": (of_district(_upload),),
    "desk:import_rest": (of_district(_upload, "POST"),),
    "desk:import_withdraw": (
        of_district(lambda asked: Case(kwargs={"edition": 1}, data={"reason": "数据来源有误,整批撤回"}), "POST"),
    ),
    "desk:place": (
        at_each(lambda asked: Case(kwargs={"place": asked.place}), levels=("subdistrict", "community")),
        at_each(
            lambda asked: Case(kwargs={"place": asked.place}, data={"name": "新名", "reason": "实地核查"}),
            "POST",
            levels=("subdistrict", "community"),
        ),
    ),
    "desk:search": (Example(lambda asked: Case(query={"q": "清波"})),),
    "desk:jobs": (Example(),),
    "desk:job": (at_each(_ticket, permission=Permission.VIEW_CHECKUP),),
    "desk:job_progress": (at_each(_ticket, permission=Permission.VIEW_CHECKUP),),
    "desk:job_stop": (at_each(_ticket, "POST", permission=Permission.VIEW_CHECKUP),),
    "desk:map_tiles": (Example(_tiles),),
    "desk:map_areas": (Example(lambda asked: Case(kwargs=_edition(asked))),),
    "desk:map_facilities": (Example(lambda asked: Case(kwargs={**_edition(asked), "kind": "kindergarten"})),),
    "desk:map_distances": (Example(lambda asked: Case(kwargs={**_round(asked), "kind": "kindergarten"})),),
    # Scenarios
    "desk:scenarios": (Example(),),
    "desk:scenario_new": (Example(),),
    "desk:scenario_compare": (Example(),),
    "desk:scenario_shared": (Example(lambda asked: Case(kwargs={"token": scenarios.token(asked.world)})),),
    "desk:scenario": (at_each(lambda asked: Case(kwargs=_scenario(asked))),),
    "desk:scenario_revise": (
        at_each(
            lambda asked: Case(kwargs=_scenario(asked), data=scenarios.revision(asked.world, asked.place), json=True),
            "POST",
        ),
    ),
    "desk:scenario_share": (at_each(lambda asked: Case(kwargs=_scenario(asked)), "POST"),),
    "desk:scenario_carry": (at_each(lambda asked: Case(kwargs=_scenario(asked)), "POST"),),
    "desk:scenario_withdraw": (
        at_each(lambda asked: Case(kwargs=_scenario(asked), data={"reason": "不再考虑"}), "POST"),
    ),
    "desk:scenario_save": (
        Example(
            lambda asked: Case(
                kwargs=_edition(asked), data=scenarios.draft(asked.world, name="一稿", edits=[]), json=True
            ),
            "POST",
        ),
    ),
    "desk:plan_warm": (
        Example(lambda asked: Case(kwargs=_edition(asked), data=scenarios.draft(asked.world), json=True), "POST"),
    ),
    "desk:plan_effect": (
        Example(lambda asked: Case(kwargs=_edition(asked), data=scenarios.draft(asked.world), json=True), "POST"),
    ),
    "desk:plan_walks": (
        Example(
            lambda asked: Case(
                kwargs=_edition(asked), data=scenarios.draft(asked.world, kinds=["kindergarten"], edits=[]), json=True
            ),
            "POST",
        ),
    ),
    "desk:plan_known": (Example(lambda asked: Case(kwargs={**_edition(asked), "layer": "gates"})),),
    "desk:plan_way": (Example(lambda asked: Case(kwargs=_edition(asked), query={"lon": "120.17", "lat": "30.25"})),),
    # Sitings
    "desk:sitings": (Example(),),
    "desk:siting_ask": (
        Example(),
        at_each(lambda asked: Case(data={**sitings.ASKED, "home": str(asked.place)}), "POST"),
    ),
    "desk:siting_sites": (at_each(lambda asked: Case(query={"home": asked.place, "origin": "premises"})),),
    "desk:siting": (at_each(lambda asked: Case(kwargs={"siting": sitings.answered(asked.world, asked.place)})),),
    "desk:siting_progress": (
        at_each(lambda asked: Case(kwargs={"siting": sitings.waiting(asked.world, asked.place)})),
    ),
    "desk:siting_stop": (
        at_each(lambda asked: Case(kwargs={"siting": sitings.waiting(asked.world, asked.place)}), "POST"),
    ),
    "desk:siting_relax": (
        at_each(
            lambda asked: Case(kwargs={"siting": sitings.refused(asked.world, asked.place)}, data={"number": "0"}),
            "POST",
        ),
    ),
    "desk:siting_propose": (
        at_each(
            lambda asked: Case(
                kwargs={"siting": sitings.answered(asked.world, asked.place)}, data={"choice": "point-1"}
            ),
            "POST",
        ),
    ),
    "desk:siting_scenario": (
        at_each(
            lambda asked: Case(
                kwargs={"siting": sitings.answered(asked.world, asked.place)}, data={"choice": "point-1"}
            ),
            "POST",
        ),
    ),
    "desk:siting_withdraw": (
        at_each(
            lambda asked: Case(
                kwargs={"siting": sitings.answered(asked.world, asked.place)}, data={"reason": "问错了范围"}
            ),
            "POST",
        ),
    ),
    "desk:projects": (Example(),),
    "desk:projects_export": (Example(lambda asked: Case(kwargs={"format": "xlsx"})),),
    "desk:project_withdraw": (
        at_each(
            lambda asked: Case(
                kwargs={"project": sitings.project(asked.world, asked.place)}, data={"reason": "不再建"}
            ),
            "POST",
        ),
    ),
    # Units
    "desk:units": (Example(),),
    "desk:unit_new": (of_district(lambda asked: Case()),),
    "desk:unit_ask": (of_district(lambda asked: Case(data=units.asked(asked.world)), "POST"),),
    "desk:unit_study": (of_district(lambda asked: Case(kwargs=units.of_study(asked.world))),),
    "desk:unit_progress": (of_district(lambda asked: Case(kwargs=units.of_study(asked.world))),),
    "desk:unit_stop": (of_district(lambda asked: Case(kwargs=units.of_study(asked.world)), "POST"),),
    "desk:unit_study_withdraw": (
        of_district(lambda asked: Case(kwargs=units.of_study(asked.world), data={"reason": "重来"}), "POST"),
    ),
    "desk:unit_atoms": (of_district(lambda asked: Case(kwargs=units.of_study(asked.world))),),
    "desk:unit_proposal": (of_district(lambda asked: Case(kwargs=units.of_proposal(asked.world))),),
    "desk:unit_check": (
        of_district(lambda asked: Case(kwargs=units.of_proposal(asked.world), data=units.moves(asked.world)), "POST"),
    ),
    "desk:unit_move": (
        of_district(lambda asked: Case(kwargs=units.of_proposal(asked.world), data=units.moves(asked.world)), "POST"),
    ),
    "desk:unit_adopt": (
        of_district(
            lambda asked: Case(kwargs=units.of_proposal(asked.world), data={"on": asked.world.day.isoformat()}), "POST"
        ),
    ),
    "desk:unit_plan": (Example(lambda asked: Case(kwargs=units.of_plan(asked.world))),),
    "desk:unit_plan_map": (Example(lambda asked: Case(kwargs=units.of_plan(asked.world))),),
    "desk:unit_plan_withdraw": (
        of_district(lambda asked: Case(kwargs=units.of_plan(asked.world), data={"reason": "重来"}), "POST"),
    ),
    # Phone
    "phone:survey": (of_communities(lambda asked: Case(kwargs=_code(asked))),),
    "phone:section": (
        of_communities(lambda asked: Case(kwargs={**_code(asked), "key": asked.world.section()})),
        of_communities(lambda asked: Case(kwargs={**_code(asked), "key": asked.world.section()}), "POST"),
    ),
    "phone:evidence": (of_communities(lambda asked: Case(kwargs={"evidence": asked.world.evidence_at(asked.place)})),),
    "phone:satisfaction": (
        Example(lambda asked: Case(kwargs={"token": asked.world.survey_token()})),
        Example(lambda asked: Case(kwargs={"token": asked.world.survey_token()}), "POST"),
    ),
    # Paper
    "paper:district": (Example(lambda asked: Case(kwargs=_round(asked))),),
    "paper:start": (Example(lambda asked: Case(kwargs={**_round(asked), "kind": "workbook"}), "POST"),),
    "paper:community_report": (of_communities(lambda asked: Case(kwargs={**_round(asked), **_code(asked)})),),
    "paper:survey_form": (of_communities(lambda asked: Case(kwargs=_code(asked))),),
    "paper:slips": (of_communities(lambda asked: Case(kwargs={**_code(asked), "campaign": asked.world.survey()})),),
    "paper:scenario": (
        at_each(lambda asked: Case(kwargs={**_scenario(asked), "format": "pdf"}, data={"pack": PACK}), "POST"),
    ),
    "paper:siting": (
        at_each(
            lambda asked: Case(kwargs={"siting": sitings.answered(asked.world, asked.place), "format": "pdf"}), "POST"
        ),
    ),
    "paper:unit_study": (
        of_district(lambda asked: Case(kwargs={**units.of_study(asked.world), "format": "xlsx"}), "POST"),
    ),
    "paper:unit_proposal": (
        of_district(lambda asked: Case(kwargs={"proposal": units.a_proposal(asked.world), "format": "gpkg"}), "POST"),
    ),
    "paper:result": (Example(lambda asked: Case(kwargs={"job": asked.world.ticket(asked.place)}), absent=True),),
    # Interface for programs
    "api:openapi": (Example(),),
    "api:districts": (Example(),),
    "api:editions": (of_district(lambda asked: Case(kwargs={"code": DISTRICT})),),
    "api:rounds": (Example(lambda asked: Case(kwargs={"code": DISTRICT})),),
    "api:communities": (Example(lambda asked: Case(kwargs=_round(asked))),),
    "api:findings": (Example(lambda asked: Case(kwargs=_round(asked))),),
    "api:shortfalls": (Example(lambda asked: Case(kwargs=_round(asked))),),
    "api:packs": (Example(),),
    "api:pack": (Example(lambda asked: Case(kwargs={"code": DISTRICT, "pack": PACK})),),
    "api:start_round": (
        of_district(lambda asked: Case(data={"district": DISTRICT, **_start(asked)}, json=True), "POST"),
    ),
    "api:what_if": (
        Example(lambda asked: Case(data={"district": DISTRICT, "pack": PACK, "edits": []}, json=True), "POST"),
    ),
    "api:scenarios": (Example(lambda asked: Case(kwargs={"code": DISTRICT})),),
    "api:scenario": (at_each(lambda asked: Case(kwargs=_scenario(asked))),),
    "api:job": (Example(_ticket, absent=True),),
    "api:landing": (Example(),),
    "api:conformance": (Example(),),
    "api:collections": (Example(),),
    "api:collection": (Example(lambda asked: Case(kwargs={"collection": f"{DISTRICT}.communities"})),),
    "api:items": (Example(lambda asked: Case(kwargs={"collection": f"{DISTRICT}.communities"})),),
    "api:item": (
        of_communities(lambda asked: Case(kwargs={"collection": f"{DISTRICT}.communities", "place": asked.place})),
    ),
}
"""By name of the endpoint."""
