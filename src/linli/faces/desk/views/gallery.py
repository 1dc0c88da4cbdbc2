"""The parts that pages are made of, each shown once with its states."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from linli.domain.checkup.rules import State
from linli.faces.components.declared import signed_in
from linli.faces.components.icons import ICONS
from linli.faces.components.scope import Request
from linli.faces.desk.forms import SlipForm
from linli.faces.desk.views.findings import BarRow


@require_GET
@signed_in
def show(request: Request) -> HttpResponse:
    wrong = SlipForm([("1", "清波门社区")], {"community": "1", "level": "9", "slip": ""})
    context = {
        "states": list(State),
        "icons": list(ICONS),
        "bars": [
            BarRow("a", "底线", "≥ 60 %", "官方文本", "实施方案 第三条", marked=False, demo=False),
            BarRow("b", "目标", "≥ 90 %", "未核实", "二手资料", marked=True, demo=False),
            BarRow("c", "目标", "≥ 80 %", "已核定", "演示", marked=False, demo=True),
        ],
        "parts": [
            {"state": "met", "percent": 40},
            {"state": "below_target", "percent": 20},
            {"state": "below_minimum", "percent": 15},
            {"state": "not_assessable", "percent": 25},
        ],
        "form": wrong,
    }
    return render(request, "desk/gallery.html", context)
