"""What is wrong with a list of edits, as sentences for people."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from linli.domain.planning.rules.scenarios.faults import EditFault, FaultKind


def sentence(fault: EditFault) -> str:
    """What happened and what to do, in one sentence; which edit and where stand beside it."""
    said = {
        "found": _legible(fault.found),
        "allowed": fault.allowed.removeprefix("0…"),
        "key": _legible(fault.key),
        "homes": f"{fault.homes:,}",
        "people": f"{fault.people:,}",
        "other": fault.other,
    }
    if fault.kind is FaultKind.FIELD:
        return _field(fault)
    if fault.kind is FaultKind.CUTS_HOMES_OFF and not fault.homes:
        return _("这样会让一些住宅与全区断开。请保留一条通路。")
    return _sentences()[fault.kind] % said


def as_seen(faults: Iterable[EditFault], *, sees_all: bool) -> tuple[EditFault, ...]:
    """Without counts of homes and people for whoever sees only a part of the district."""
    return tuple(one if sees_all else replace(one, homes=0, people=0) for one in faults)


def _field(fault: EditFault) -> str:
    names = {
        "kind": _("修改的种类"),
        "line": _("位置"),
        "target": _("对象编号"),
        "facility_kind": _("设施类型"),
        "capacity": _("容量"),
        "area_m2": _("面积"),
        "people": _("人数"),
        "dwellings": _("住宅套数"),
        "open_to": _("开放对象"),
        "slices": _("时段"),
        "cost_fen": _("成本"),
        "note": _("说明"),
    }
    name = names.get(fault.field, _legible(fault.field)) or _("这一处修改")
    said = {"field": name, "found": _legible(fault.found), "allowed": fault.allowed.removeprefix("≤ ")}
    if fault.field == "line" and fault.allowed.endswith("km"):
        return _("这条线长 %(found)s,最长 %(allowed)s。请画短些。") % said
    if fault.found in {"", "None"}:
        return _("请填“%(field)s”。") % said
    if fault.field in _FORMS_SAID:
        return _forms()[fault.field] % said
    if fault.allowed in {"", "…", "[...]"}:
        return _("“%(field)s”写成了“%(found)s”,这里不能用。请核对后改正。") % said
    return _("“%(field)s”写成了“%(found)s”,这里不能用。允许:%(allowed)s") % said


_FORMS_SAID = ("line", "people", "dwellings", "cost_fen", "capacity", "area_m2", "note")


def _forms() -> dict[str, str]:
    """Fields whose form is said in words."""
    return {
        "line": _("“位置”写成了“%(found)s”。门、设施和住宅写一个点,路写 2 到 200 个点,每点写经度和纬度。"),
        "people": _("“人数”要写七个年龄段的整数,每段 0 到 100,000 人,合计大于 0。请改正。"),
        "dwellings": _("“住宅套数”写成了“%(found)s”。请写 0 到 100,000 的整数。"),
        "note": _("“说明”最多 500 字。请写短些。"),
        "cost_fen": _("“成本”要写 0 到 1 万亿元,精确到分。请改正,或留空表示没有填。"),
        "capacity": _("“容量”写成了“%(found)s”。请写 0 到 1,000,000 的数。"),
        "area_m2": _("“面积”写成了“%(found)s”。请写 0 到 1,000,000 的数,单位平方米。"),
    }


def _legible(text: str) -> str:
    """Without what turns lines around, is invisible, or no file can hold."""
    return "".join(one if one.isprintable() else "\ufffd" for one in text)


def _sentences() -> dict[FaultKind, str]:
    kind = FaultKind
    return {
        kind.NOT_A_LIST: _("这不是一份修改清单:应是一个列表,每处修改一项。请改正,或刷新页面后再试。"),
        kind.TOO_MANY: _("有 %(found)s 处修改,一个方案最多 %(allowed)s 处。请拆成几个方案。"),
        kind.UNKNOWN_SLICE: _("没有“%(found)s”这个时段。请从列表中选择。"),
        kind.UNKNOWN_KIND: _("没有“%(found)s”这类设施。请从列表中选择。"),
        kind.UNKNOWN_KEY: _("这一版次里没有编号“%(key)s”的对象。请核对编号,或在地图上重新点选。"),
        kind.OUTSIDE_DISTRICT: _("这个位置在本区之外。请移到区内。"),
        kind.NO_GATE_NEAR: _("这里附近没有门。请靠近一处门再点。"),
        kind.NO_WALL_NEAR: _("这里附近没有围墙。请在围墙上选点。"),
        kind.NOT_WALLED: _("这个小区没有围墙,不用拆。"),
        kind.GATE_LOST: _("这处门没有连上步行道路,开关它不改变通行。请先核对道路数据。"),
        kind.GATE_TO_NOWHERE: _("门的一侧没有路:够不到小区内的路或外面的路。请换个位置。"),
        kind.GATE_JOINS_COMPOUNDS: _("从这处门出去会穿过另一个有围墙的小区。请换一段临街的围墙。"),
        kind.WAY_TO_NOWHERE: _("这条路有一头没有接上任何道路。请把端点移到路上。"),
        kind.WAY_JOINS_COMPOUNDS: _("这条路会把两个有围墙的小区直接连起来。请让它接到外面的路,或先开门。"),
        kind.SAME_SPOT: _("起点和终点接在同一处,没有新增通路。请移开一头。"),
        kind.NO_WAY_HERE: _("沿这条线没有道路可封。请在道路上选。"),
        kind.CUTS_HOMES_OFF: _("这样会让 %(homes)s 栋楼、%(people)s 人与全区断开。请保留一条通路。"),
        kind.FACILITY_GONE: _("第 %(other)s 处修改已经撤除或迁走了它。请改选别的设施。"),
        kind.PREMISES_USED: _("第 %(other)s 处修改已经用了这处用房。请改选别的用房。"),
        kind.CHANGES_NOTHING: _("现状就是这样,这处修改不改变什么。可以删去。"),
    }
