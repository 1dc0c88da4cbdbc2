"""The tools of the map, one for each kind of edit: how a place is named with it, what it asks, and in which words."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.domain.planning.rules.scenarios.edits import EditKind


class Gesture(StrEnum):
    """How a place is named on the map."""

    LINE = "line"
    POINT = "point"
    PICK = "pick"
    """A known place."""
    PICK_OR_POINT = "pick_or_point"
    MOVE = "move"
    """A known place, then where it goes."""
    STRETCH = "stretch"
    """A way between two crossings."""


@dataclass(frozen=True, slots=True)
class Tool:
    """``layer``: of the known places; ``asks``: fields of ``Edit``; ``key``: of the keyboard."""

    kind: EditKind
    label: Promise
    hint: Promise
    key: str
    icon: str
    gesture: Gesture
    layer: str = ""
    asks: tuple[str, ...] = ()


_COMMON = ("slices", "cost_fen", "note")

GROUPS: tuple[tuple[Promise, tuple[Tool, ...]], ...] = (
    (
        _("通行"),
        (
            Tool(
                EditKind.ADD_WAY, _("架桥铺路"), _("点出起点和终点,双击或按回车结束;端点会吸附到道路"), "B", "bridge",
                Gesture.LINE, asks=("open_to", *_COMMON),
            ),
            Tool(
                EditKind.CLOSE_WAY, _("封闭道路"), _("点一段道路;可以只在某些时段封闭"), "C", "closed",
                Gesture.STRETCH, asks=_COMMON,
            ),
            Tool(
                EditKind.OPEN_GATE, _("开门"), _("点围墙上的位置开新门,或点已有的门放宽"), "G", "gate",
                Gesture.PICK_OR_POINT, "gates", ("open_to", *_COMMON),
            ),
            Tool(EditKind.CLOSE_GATE, _("关门"), _("点要关的门"), "X", "shut", Gesture.PICK, "gates", _COMMON),
            Tool(
                EditKind.REMOVE_WALL, _("拆围墙"), _("点一个小区,它的围墙全部拆除"), "W", "wall",
                Gesture.PICK, "compounds", ("cost_fen", "note"),
            ),
        ),
    ),
    (
        _("设施"),
        (
            Tool(
                EditKind.ADD_FACILITY, _("新增设施"), _("先选设施类型,再点位置;移动鼠标即可看到影响"), "F", "add",
                Gesture.POINT, asks=("facility_kind", "capacity", "area_m2", "open_to", *_COMMON),
            ),
            Tool(
                EditKind.CONVERT_PREMISES, _("用房改造"), _("先选设施类型,再点一处用房"), "P", "premises",
                Gesture.PICK, "premises", ("facility_kind", "capacity", "area_m2", "open_to", *_COMMON),
            ),
            Tool(
                EditKind.MOVE_FACILITY, _("迁移设施"), _("点一处设施,再点新的位置"), "M", "move",
                Gesture.MOVE, "facilities", ("cost_fen", "note"),
            ),
            Tool(
                EditKind.RESIZE_FACILITY, _("扩建设施"), _("点一处设施,填新的容量或面积"), "R", "resize",
                Gesture.PICK, "facilities", ("capacity", "area_m2", "cost_fen", "note"),
            ),
            Tool(
                EditKind.CLOSE_FACILITY, _("撤除设施"), _("点要撤除的设施;可以只在某些时段"), "D", "remove",
                Gesture.PICK, "facilities", _COMMON,
            ),
            Tool(
                EditKind.SHARE_FACILITY, _("共享设施"), _("点一处设施(例如学校操场),选放学后开放的时段"), "S", "share",
                Gesture.PICK, "facilities", ("facility_kind", "capacity", "area_m2", *_COMMON),
            ),
        ),
    ),
    (
        _("居住"),
        (
            Tool(
                EditKind.ADD_HOMES, _("新增住房"), _("点位置,填人数"), "H", "homes",
                Gesture.POINT, asks=("people", "dwellings", "cost_fen", "note"),
            ),
        ),
    ),
)  # fmt: skip

TOOLS: Mapping[EditKind, Tool] = {tool.kind: tool for _group, tools in GROUPS for tool in tools}


def described() -> dict[str, dict[str, Any]]:
    """What the map's script needs of each tool."""
    return {
        kind.value: {
            "label": str(tool.label),
            "hint": str(tool.hint),
            "key": tool.key,
            "gesture": tool.gesture.value,
            "layer": tool.layer,
            "asks": list(tool.asks),
        }
        for kind, tool in TOOLS.items()
    }
