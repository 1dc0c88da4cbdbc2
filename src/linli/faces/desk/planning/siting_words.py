"""Sitings in words: aims, ways of supply, what is wrong with a question, what a reader of an answer should know."""

from collections.abc import Mapping
from math import ceil, floor, isfinite, log10

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from linli.domain.planning.rules.siting.problems import (
    Ending,
    FaultReason,
    Note,
    NoteReason,
    Objective,
    Origin,
    Relaxation,
    Rule,
    SitingAnswer,
    SitingFault,
    Supply,
)
from linli.domain.planning.rules.siting.studies import StudyState

FEN_PER_WAN = 1_000_000
"""Money is written in units of ten thousand yuan."""


def objective(value: Objective) -> str:
    return {
        Objective.MAXIMAL_COVERING: _("让最多的人走得到"),
        Objective.P_MEDIAN: _("让大家走的路最少"),
        Objective.P_CENTER: _("让最远的人走得最近"),
        Objective.SET_COVERING: _("人人走得到,花钱最少"),
    }[value]


def objective_hint(value: Objective) -> str:
    return {
        Objective.MAXIMAL_COVERING: _("步行上限以内新覆盖的人数最多"),
        Objective.P_MEDIAN: _("每个人到最近一处的步行距离之和最小"),
        Objective.P_CENTER: _("离得最远的人的步行距离最短"),
        Objective.SET_COVERING: _("先保证覆盖,再求费用最低"),
    }[value]


def origin(value: Origin) -> str:
    return {
        Origin.PREMISES: _("闲置用房"),
        Origin.LAND: _("用地"),
        Origin.BUILDING: _("非住宅楼栋"),
        Origin.POINT: _("图上的点"),
    }[value]


def supply(value: Supply) -> str:
    return {
        Supply.BUILD: _("新建"),
        Supply.BUY: _("购买"),
        Supply.SWAP: _("置换"),
        Supply.LEASE: _("租赁"),
        Supply.CONVERT: _("改造"),
    }[value]


def state(value: StudyState) -> str:
    return {
        StudyState.QUEUED: _("排队中"),
        StudyState.RUNNING: _("正在计算"),
        StudyState.DONE: pgettext("siting", "已有结果"),
        StudyState.STOPPED: _("已停止"),
        StudyState.INFEASIBLE: _("无解"),
        StudyState.FAILED: _("出错"),
    }[value]


def money(fen: float | None) -> str:
    """In ten thousand yuan, as exact as a plan is."""
    if fen is None:
        return "—"
    wan = fen / FEN_PER_WAN
    return f"{wan:,.0f}" if abs(wan) >= 100 or float(wan).is_integer() else f"{wan:,.1f}"


def amount(value: Objective, number: float | None) -> str:
    """A value of the objective with its unit."""
    if number is None or not isfinite(number):
        return "—"
    match value:
        case Objective.MAXIMAL_COVERING:
            return _("%(number)s 人") % {"number": f"{number:,.0f}"}
        case Objective.P_MEDIAN:
            return _("%(number)s 人·公里") % {"number": f"{number / 1000:,.0f}"}
        case Objective.P_CENTER:
            return _("%(number)s 米") % {"number": f"{number:,.0f}"}
        case Objective.SET_COVERING:
            return _("%(number)s 万元") % {"number": money(number)}


def percent(share: float) -> str:
    """A gap, rounded up so that it never says less than it is; two digits that count."""
    if not isfinite(share):
        return "—"
    value = 100 * share
    if value <= 0:
        return "0%"
    digits = max(0, 1 - floor(log10(value))) if value < 10 else 0
    return f"{ceil(value * 10**digits - 1e-9) / 10**digits:.{digits}f}%"


def proof(answer: SitingAnswer) -> str:
    """How far from the best possible, in one sentence."""
    if answer.gap == 0:
        return _("已证明最优:没有比这更好的方案。")
    if not isfinite(answer.gap):
        return _("离最优解还有多远,这次没有算出来。")
    return _("与最优解最多相差 %(gap)s。") % {"gap": percent(answer.gap)}


def ending(value: Ending) -> str:
    return {
        Ending.PROVEN: _("算到了证明为止"),
        Ending.TIME: _("到了最长时间"),
        Ending.STOPPED: _("按要求停止,保留了当时最好的方案"),
    }[value]


def fault(one: SitingFault, names: Mapping[str, str]) -> str:
    """One sentence: what is wrong, and what to do. ``names``: of functions and candidates, by key."""
    words = {"place": names.get(one.place, one.place), "found": one.found}
    reason = FaultReason
    return {
        reason.NO_CANDIDATES: _("没有可选的地点。请至少选一处,或在图上点出位置。"),
        reason.NO_FUNCTIONS: _("请至少选一类设施。"),
        reason.KEY_TWICE: _("“%(place)s”列了两次。"),
        reason.FUNCTION_TWICE: _("“%(place)s”选了两次,请合并成一行。"),
        reason.OUTSIDE_DISTRICT: _("“%(place)s”不在本区范围内。请去掉它,或移到区内。"),
        reason.NO_WAY_OF_SUPPLY: _("“%(place)s”没有取得方式。请在“费用”里至少勾一种。"),
        reason.NEGATIVE_COST: _("“%(place)s”的费用是负数。请填 0 或正数。"),
        reason.COST_UNKNOWN: _("“%(place)s”的费用不知道,而目标或预算要用到它。请填面积或费用。"),
        reason.BAD_CAPACITY: _("“%(place)s”的容量写成了 %(found)s。请填正数,或留空。"),
        reason.BAD_AREA: _("“%(place)s”的面积写成了 %(found)s。请填 0 或正数。"),
        reason.BAD_BUDGET: _("预算要大于 0。请改正,或留空表示不限。"),
        reason.NO_LIMIT: _("请填最多几处或预算;都不填就会把所有地点选上。"),
        reason.BAD_NUMBER: _("最多几处写成了 %(found)s。请填 1 或更大的整数。"),
        reason.BAD_WALKING_LIMIT: _("“%(place)s”的步行上限写成了 %(found)s。请填米数,例如 300。"),
        reason.BAD_WEIGHT: _("“%(place)s”的权重写成了 %(found)s。请填大于 0 的数,例如 1。"),
        reason.BAD_SHARE: _("要覆盖的比例写成了 %(found)s。请填 1 到 100。"),
        reason.UNKNOWN_KIND: _("没有“%(found)s”这类设施。请从列表中选。"),
        reason.UNKNOWN_AGE_GROUP: _("没有“%(found)s”这个人群。请从列表中选。"),
        reason.AGES_UNKNOWN: _("本区数据没有年龄构成,不能只算“%(place)s”的服务人群。请改为全体居民。"),
        reason.NOT_TOGETHER: _("“%(place)s”不与别的设施合设,而这个目标要把几类设施放在一起。请分开问,或换一个目标。"),
        reason.CAPACITY_NOT_COUNTED: _("这个目标只看最近的一处,不计容量。请去掉容量,或换成“让最多的人走得到”。"),
    }[one.reason] % words


def note(one: Note, names: Mapping[str, str]) -> str:
    words = {"place": names.get(one.place, one.place), "amount": f"{one.amount:,}"}
    reason = NoteReason
    return {
        reason.TOO_SMALL: _("“%(place)s”面积太小,放不下所要的任何一类设施。"),
        reason.REACHES_NOBODY: _("“%(place)s”在步行上限内没有还没覆盖的人,选它不会新增。"),
        reason.AREA_UNKNOWN: _("“%(place)s”面积不明,按只放一类设施计算。"),
        reason.OUT_OF_REACH: _("%(place)s:有 %(amount)s 人在任何候选地点的步行上限之外。"),
        reason.KIND_INCOMPLETE: _("%(place)s:数据来源没有声明已列全,有些人可能其实已经走得到。"),
        reason.PEOPLE_ESTIMATED: _("部分人口为估算。"),
        reason.NOTHING_TO_GAIN: _("凡是候选地点能覆盖的人,都已经覆盖了。"),
        reason.YEARS_LESSEN: _("限制结果的是分年预算,不是总预算。"),
    }[one.reason] % words


def relaxation(one: Relaxation, names: Mapping[str, str]) -> str:
    """What would do, as the label of a button; "" where asking again does not help."""
    words = {"place": names.get(one.place, one.place)}
    match one.rule:
        case Rule.BUDGET:
            return _("把预算提高到 %(works)s 万元") % {"works": money(ceil(one.works_from))}
        case Rule.FACILITIES:
            return _("最多几处放宽到 %(works)s 处") % {"works": ceil(one.works_from)}
        case Rule.WALKING_LIMIT:
            return _("把%(place)s的步行上限放宽到 %(works)s 米") % (words | {"works": f"{ceil(one.works_from):,}"})
        case Rule.COVER_SHARE:
            return _("只要求覆盖 %(works)s%%") % {"works": f"{floor(one.works_from * 1000) / 10:g}"}
        case Rule.CAPACITY:
            return ""


def relaxation_why(one: Relaxation, names: Mapping[str, str]) -> str:
    """What stands now, and what would be needed."""
    words = {"place": names.get(one.place, one.place)}
    match one.rule:
        case Rule.BUDGET:
            return _("现在是 %(now)s 万元") % {"now": money(one.now)}
        case Rule.FACILITIES:
            return _("现在是 %(now)s 处") % {"now": f"{one.now:g}"}
        case Rule.WALKING_LIMIT:
            return _("现在是 %(now)s 米") % {"now": f"{one.now:,.0f}"}
        case Rule.COVER_SHARE:
            return _("现在是 %(now)s%%") % {"now": f"{100 * one.now:g}"}
        case Rule.CAPACITY:
            return _("%(place)s:容量还差 %(works)s 人。请增加候选地点,或提高容量。") % (
                words | {"works": f"{ceil(one.works_from - one.now):,}"}
            )
