"""Planning's values in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.domain.places.rules.layers import LAYER_BY_KEY
from linli.domain.standards.rules import Indicator, Limit, Pack
from linli.faces.components import words


def gain(indicator: Indicator, kinds: Mapping[str, str]) -> str:
    """What someone who gains can do from now on: reach a kindergarten within five minutes."""
    if indicator.measure.limit_cm is None:
        return _("到最近的%(kinds)s更近") % {"kinds": _goals(indicator, kinds)}
    return _("%(limit)s内可达%(kinds)s") % {"kinds": _goals(indicator, kinds), "limit": limit(indicator)}


def loss(indicator: Indicator, kinds: Mapping[str, str]) -> str:
    if indicator.measure.limit_cm is None:
        return _("到最近的%(kinds)s更远") % {"kinds": _goals(indicator, kinds)}
    return _("不再能%(limit)s内到达%(kinds)s") % {"kinds": _goals(indicator, kinds), "limit": limit(indicator)}


def _goals(indicator: Indicator, kinds: Mapping[str, str]) -> str:
    return _("且").join(_("或").join(kinds.get(key, key) for key in each) for each in indicator.measure.walks)


def limit(indicator: Indicator) -> str:
    """A walking limit, as short as it stands beside a cursor."""
    measure = indicator.measure
    stated: Limit | None = measure.limit
    if stated is not None and stated.unit == "min":
        return _("%(minutes)s 分钟") % {"minutes": words.number(stated.value)}
    return "" if measure.limit_cm is None else _("%(meters)s 米") % {"meters": f"{measure.limit_cm / 100:g}"}


def indicators(pack: Pack, kinds: Mapping[str, str]) -> dict[str, dict[str, Any]]:
    """Every indicator of a pack for the page's script; those that walking decides say what they reach."""
    return {
        one.key: {
            "name": f"{one.number} {words.name(one)}".strip(),
            "gain": gain(one, kinds) if one.measure.walks else "",
            "loss": loss(one, kinds) if one.measure.walks else "",
            "kinds": list(one.measure.walks[0]) if one.measure.walks else [],
        }
        for one in pack.indicators
    }


def ages() -> list[str]:
    """The bands of age, as the layer of buildings names them."""
    fields = [field for field in LAYER_BY_KEY["buildings"].fields if field.key.startswith("people_")]
    return [words.name(field) for field in fields]


def of_map() -> dict[str, str]:
    """What the editor's script says."""
    return {
        "preparing": _("正在准备这一版次的底数,第一次需要几秒钟"),
        "ready": _("准备好了。选一个工具,在地图上画"),
        "up_to_date": _("影响已更新"),
        "failed": _("这一步没有成功,请再试一次。"),
        "nothing_yet": _("还没有修改。画一处修改,这里就会显示谁受益、谁受损。"),
        "no_change": _("没有人的步行距离跨过达标线。"),
        "closer": _("{n} 人走得更近"),
        "farther": _("{n} 人走得更远"),
        "nothing_here": _("这里没有可选的对象,请靠近一些再点。"),
        "first_point": _("已定起点。再点下一点,双击或按回车结束"),
        "next_point": _("再点下一点,双击或按回车结束"),
        "now_place": _("已选中。再点新的位置"),
        "handle": _("第 N 个点,可拖动,也可用方向键移动,Delete 删除"),
        "gained": _("+{n} 人 {what}"),
        "lost": _("−{n} 人 {what}"),
        "by_age": _("按年龄"),
        "and_more": _("还有 {n} 项"),
        "closed": _("消除的短板"),
        "opened": _("新出现的短板"),
        "shortfall": _("{community}:{indicator}({n} 人)"),
        "grades": _("等级变化"),
        "verdict": _("{community}:{before} → {after}"),
        "untold": _("暂无法定级"),
        "no_grade": _("未达级"),
        "equity": _("公平"),
        "before": _("现状"),
        "after": _("方案"),
        "mean": _("平均步行(米)"),
        "worst_tenth": _("最远的一成人平均步行(米)"),
        "gini": _("基尼系数"),
        "cost_title": _("成本"),
        "cost": _("{n} 元"),
        "cost_unknown": _("{n} 处没有填成本"),
        "semicolon": _(";"),
        "comma": _("、"),
        "add_edit": _("用表单添加一处修改"),
        "change_edit": _("第 {n} 处修改"),
        "edit": _("修改"),
        "where": _("位置"),
        "when": _("时段"),
        "acts": _("操作"),
        "always": _("全天"),
        "remove": _("删去"),
        "remove_edit": _("删去第 {n} 处修改"),
        "no_edits": _("还没有修改。"),
        "click_for_rings": _("点地图上任意一处,看 5、10、15 分钟能走到哪里"),
        "rings": _("{m} 米以内"),
        "far_title": _("离得远的人:{name}"),
        "far_drawn": _("共 {all} 栋住宅离得远,地图上只画最远的 {n} 栋。"),
        "beyond": _("超过 {m} 米"),
        "people": _("{n} 人"),
        "walk": _("{m} 米"),
        "no_walk": _("步行无法到达"),
        "route": _("地图上的虚线是离得最远的一栋住宅的步行路线"),
    }
