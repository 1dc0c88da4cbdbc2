"""The parts that pages are made of, each shown once with its states."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linli.domain.checkup.rules import State
from linli.domain.standards.rules import Bar, Confidence
from linli.faces.components import words
from linli.faces.components.declared import signed_in
from linli.faces.components.icons import ICONS
from linli.faces.components.scope import Request
from linli.faces.desk.forms import SlipForm
from linli.faces.desk.views.findings import BarRow


@require_GET
@signed_in
def show(request: Request) -> HttpResponse:
    wrong = SlipForm([("1", _("社区"))], {"community": "1", "level": "9", "slip": ""})
    context = {
        "states": list(State),
        "icons": list(ICONS),
        "bars": [
            _bar(Bar.MINIMUM, "≥ 60 %", Confidence.OFFICIAL),
            _bar(Bar.TARGET, "≥ 90 %", Confidence.UNVERIFIED),
            _bar(Bar.TARGET, "≥ 80 %", Confidence.CONFIRMED, demo=True),
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


def _bar(bar: Bar, text: str, confidence: Confidence, *, demo: bool = False) -> BarRow:
    name, told = words.bar(bar), words.confidence(confidence)
    return BarRow(text, name, text, told, "§ 3", marked=confidence.needs_mark, demo=demo)
