"""What the reports of a round share: head, colors, figures in words."""

from datetime import datetime
from typing import Any

from linli.domain.checkup.queries import ResultValue, RoundValue
from linli.domain.checkup.rules import State
from linli.domain.standards.rules import Pack
from linli.faces.components import colors, words

Part = dict[str, Any]
"""One part of a page, as ``typeset/report.typ`` reads it."""

UNKNOWN = ""
STATE_ORDER = (State.MET, State.BELOW_TARGET, State.BELOW_MINIMUM, State.NOT_ASSESSABLE)
SYNTHETIC = "本报告所用数据为合成数据,用于演示,不代表任何真实社区的情况。"


def head(title: str, subtitle: str, pack: Pack, round: RoundValue, printed_at: datetime) -> dict[str, Any]:
    return {
        "title": title,
        "subtitle": f"{subtitle} · {words.name(pack)} · 体检日 {round.day.isoformat()}",
        "printed": f"打印于 {printed_at:%Y-%m-%d %H:%M}",
        "foot": f"邻里 · 体检第 {round.id} 轮 · 数据 {round.edition_fingerprint[:8]} · 方法 {round.method[:8]}",
        "synthetic": round.synthetic,
        "synthetic_note": SYNTHETIC,
    }


def heading(text: str) -> Part:
    return {"kind": "heading", "text": text}


def figure(value: str, unit: str, label: str) -> dict[str, str]:
    return {"value": value, "unit": unit, "label": label}


def grade_name(grade: str | None, pack: Pack) -> str:
    names = {one.key: words.name(one) for one in pack.grades}
    if grade is None:
        return "暂无法定级"
    return names.get(grade, "未达级")


def grade_colors(pack: Pack) -> dict[str | None, str]:
    """By grade; none reached and not to be told included, the latter hatched."""
    ranks = colors.of_grades(grade.key for grade in pack.grades).items()
    return dict[str | None, str]([*ranks, ("", colors.NONE_REACHED), (None, UNKNOWN)])


def grade_legend(pack: Pack) -> Part:
    items = [{"color": color, "text": grade_name(grade, pack)} for grade, color in grade_colors(pack).items()]
    return {"kind": "legend", "items": items}


def amount(result: ResultValue) -> str:
    """The value of an indicator as one reads it aloud; yes and no are words."""
    value = result.value
    if value.number is None:
        return "—"
    if value.unit == "yes_no":
        return "是" if value.number else "否"
    mark = "(估)" if value.estimated else ""
    return f"{number(value.number)} {words.unit(value.unit)}{mark}".strip()


def number(value: float) -> str:
    return "∞" if value == float("inf") else f"{value:,.0f}" if value.is_integer() else f"{value:,.1f}"


def short(text: str, most: int) -> str:
    """A name that fits where there is no room to break it."""
    return text if len(text) <= most else text[: most - 1] + "…"
