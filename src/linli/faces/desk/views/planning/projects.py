"""Proposed projects: what answers of sitings were taken on, listed and exported."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import shapely
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linli.domain.journal import operations as journal
from linli.domain.people.rules import Permission, Purpose
from linli.domain.planning import operations as planning
from linli.domain.planning import queries
from linli.domain.planning.queries import ProjectValue
from linli.faces.components import words
from linli.faces.components.declared import declares
from linli.faces.components.scope import Request, act_of
from linli.faces.desk.frame import Frame
from linli.faces.desk.planning import siting_words as said
from linli.faces.desk.planning.tabs import tabs
from linli.interchange.export import Column, Sheet, write_geopackage, write_xlsx

READING = (Purpose.PLANNING, Purpose.AUDIT)
FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
}


@require_GET
@declares(Permission.VIEW_CHECKUP, purpose=READING)
def index(request: Request) -> HttpResponse:
    frame = Frame(request)
    found = queries.projects(frame.scope, frame.district.place)
    return render(
        request,
        "desk/planning/projects.html",
        frame.context(
            tabs=tabs(request),
            rows=[_row(frame, one) for one in found],
            cost=said.money(sum(one.cost_fen or 0 for one in found)),
            unpriced=sum(one.cost_fen is None for one in found),
            may_export=bool(frame.scope.places(Permission.EXPORT)),
        ),
    )


def _row(frame: Frame, one: ProjectValue) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "place": one.place_name,
        "origin": said.origin(one.origin),
        "functions": _functions(frame, one),
        "supply": said.supply(one.supply),
        "year": one.year,
        "cost": said.money(one.cost_fen),
        "yearly": said.money(one.cost_fen_yearly) if one.cost_fen_yearly else "",
        "gains": [(frame.kinds.get(kind, kind), people) for kind, people in one.gains],
        "shortfalls": _shortfalls(frame, one),
        "study": one.study_name,
        "study_url": reverse("desk:siting", args=[one.study]),
        "is_stale": one.is_stale,
        "may_withdraw": frame.scope.may(Permission.PLAN, one.home),
    }


def _functions(frame: Frame, one: ProjectValue) -> str:
    return _("、").join(frame.kinds.get(kind, kind) for kind in one.functions)


def _shortfalls(frame: Frame, one: ProjectValue) -> list[str]:
    named = {each.key: words.name(each) for each in frame.pack.indicators} if frame.round else {}
    return [
        _("%(area)s:%(indicator)s") % {"area": frame.area_name(community), "indicator": named.get(indicator, indicator)}
        for community, indicator, _people in one.shortfalls
    ]


@require_GET
@declares(Permission.EXPORT, purpose=READING)
def export(request: Request, format: str) -> HttpResponse:
    """The list as a file."""
    if format not in FORMATS:
        raise Http404
    frame = Frame(request)
    found = queries.projects(frame.scope, frame.district.place)
    if not found:
        messages.info(request, _("还没有拟建项目,没有可导出的内容。"))
        return redirect("desk:projects")
    table = sheet(frame, found)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"projects.{format}"
        if format == "xlsx":
            write_xlsx([table], path)
        else:
            write_geopackage([table], path)
        content = path.read_bytes()
    result = {"file": f"projects.{format}", "projects": len(found), "purpose": frame.scope.purpose.value}
    journal.record(act_of(request), verb="planning.export_projects", home=_home(found), result=result)
    answer = HttpResponse(content, content_type=FORMATS[format])
    answer["Content-Disposition"] = f'attachment; filename="projects.{format}"'
    return answer


def _home(found: Sequence[ProjectValue]) -> int:
    """In whose chain the line of an export stands."""
    return found[0].home


def sheet(frame: Frame, found: Sequence[ProjectValue]) -> Sheet:
    """The projects as a table with their points."""
    columns = (
        ("id", _("编号"), [one.id for one in found]),
        ("name", _("名称"), [one.name for one in found]),
        ("functions", _("设施"), [_functions(frame, one) for one in found]),
        ("place", _("地点"), [one.place_name for one in found]),
        ("candidate", _("地点编号"), [one.candidate for one in found]),
        ("origin", _("地点类别"), [said.origin(one.origin) for one in found]),
        ("supply", _("取得方式"), [said.supply(one.supply) for one in found]),
        ("year", _("年份"), [one.year for one in found]),
        ("cost_yuan", _("费用(元,一次性)"), [_yuan(one.cost_fen) for one in found]),
        ("cost_yuan_yearly", _("费用(元/年)"), [_yuan(one.cost_fen_yearly) for one in found]),
        ("people", _("新增覆盖(人)"), [sum(people for _kind, people in one.gains) for one in found]),
        ("people_by_function", _("分设施新增"), [_gains(frame, one) for one in found]),
        ("shortfalls", _("可消除的短板"), [_(";").join(_shortfalls(frame, one)) or None for one in found]),
        ("study", _("来自选址"), [one.study_name for one in found]),
        ("stale", _("数据有更新"), [one.is_stale for one in found]),
        ("longitude", _("经度"), [one.at_point[0] for one in found]),
        ("latitude", _("纬度"), [one.at_point[1] for one in found]),
    )
    points = np.asarray(shapely.points([one.at_point for one in found]), dtype=object)
    return Sheet("projects", _("拟建项目"), tuple(Column(*one) for one in columns), points)


def _yuan(fen: int | None) -> float | None:
    return None if fen is None else fen / 100


def _gains(frame: Frame, one: ProjectValue) -> str:
    return _(";").join(f"{frame.kinds.get(kind, kind)} {people}" for kind, people in one.gains)


@require_POST
@declares(Permission.PLAN, purpose=Purpose.PLANNING)
def withdraw(request: Request, project: int) -> HttpResponse:
    """Take a project off the list, with the reason."""
    frame = Frame(request)
    because = request.POST.get("reason", "").replace("\0", "").strip()[:200]
    if len(because) < 2:
        messages.error(request, _("请写明撤回的原因。"))
        return redirect("desk:projects")
    try:
        planning.withdraw_project(act_of(request), frame.scope, project, because=because)
    except (queries.NoSuchProject, planning.AlreadyTakenBack):
        raise Http404 from None
    messages.success(request, _("已撤回,并记入日志。"))
    return redirect("desk:projects")
