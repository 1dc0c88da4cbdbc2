"""Forms on paper: the same questions as on the phone, with room to write."""

from datetime import datetime
from typing import Any

from django.utils import translation

from linli.domain.checkup import queries as checkup
from linli.domain.people.rules import Scope
from linli.domain.places.queries import AreaValue
from linli.domain.standards.rules import QuestionKind
from linli.faces.components import words
from linli.faces.components.survey import sections

BLANK = "____________"


@translation.override("zh-hans")
def survey_form(scope: Scope, community: AreaValue, *, printed_at: datetime) -> dict[str, Any]:
    """The baseline survey of one community, for the template ``report``."""
    known = checkup.reported(scope, community.place)
    parts: list[dict[str, Any]] = [
        {"kind": "text", "text": "填表人 ______________  电话 ______________  日期 ______________"},
        {"kind": "text", "text": "不清楚的可以空着。是/否项请附照片或文件,并在背面注明编号。"},
    ]
    for section in sections(day=printed_at.date(), district=community.district):
        body = []
        for question in section.questions:
            said = known.get(question.key)
            if question.kind is QuestionKind.YES_NO:
                mark = ("■是 □否" if said.numerator else "□是 ■否") if said else "□是 □否"
                body.append([question.zh, mark, "照片/文件" if question.key in section.evidence else ""])
            else:
                body.append([question.zh, f"{said.numerator:g}" if said else BLANK, words.unit(question.unit)])
        parts += [
            {"kind": "heading", "text": section.name},
            {
                "kind": "rows",
                "head": ["项目", "填写", "单位/佐证"],
                "align": ["l", "l", "l"],
                "body": body,
                "widths": [6, 3, 2],
            },
        ]
    return {
        "title": f"{community.name} 摸底调查表",
        "subtitle": f"社区代码 {community.code} · 与手机填报为同一份数据,由社区工作者录入",
        "printed": f"打印于 {printed_at:%Y-%m-%d %H:%M}",
        "foot": "邻里 · 摸底调查表",
        "synthetic": False,
        "synthetic_note": "",
        "parts": parts,
    }
