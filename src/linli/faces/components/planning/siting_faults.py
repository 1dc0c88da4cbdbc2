"""What is wrong with a siting problem, each fault as one sentence that says where and what to do."""

from linli.domain.planning.rules.siting.problems import FaultReason, SitingFault


def siting_fault(one: SitingFault) -> str:
    found = one.found
    return {
        FaultReason.NO_CANDIDATES: "没有备选点。请至少给一处。",
        FaultReason.NO_FUNCTIONS: "没有说要放什么设施。请至少给一类。",
        FaultReason.KEY_TWICE: "这个编号列了两次,请改成不同的。",
        FaultReason.FUNCTION_TWICE: "这类设施列了两次,请合并。",
        FaultReason.OUTSIDE_DISTRICT: "不在本区范围内。请去掉它,或改正经纬度。",
        FaultReason.NO_WAY_OF_SUPPLY: "没有取得方式(ways)。请至少给一种。",
        FaultReason.NEGATIVE_COST: f"费用是负数({found})。请填 0 或正数。",
        FaultReason.COST_UNKNOWN: "费用不知道,而目标或预算要用到它。请填费用。",
        FaultReason.BAD_CAPACITY: f"容量写成了 {found}。请填正数,或不填。",
        FaultReason.BAD_AREA: f"面积写成了 {found}。请填 0 或正数,或不填。",
        FaultReason.BAD_BUDGET: f"预算写成了 {found}。请填大于 0 的数,或不填表示不限。",
        FaultReason.NO_LIMIT: "既没有预算,也没有最多几处:那样会全部选上。请至少填一项。",
        FaultReason.BAD_NUMBER: f"最多几处写成了 {found}。请填 1 或更大的整数。",
        FaultReason.BAD_WALKING_LIMIT: f"步行上限写成了 {found}。请填米数,如 500。",
        FaultReason.BAD_WEIGHT: f"权重写成了 {found}。请填大于 0 的数,如 1。",
        FaultReason.BAD_SHARE: f"要覆盖的比例写成了 {found}。请填大于 0、不大于 1 的数。",
        FaultReason.UNKNOWN_KIND: f"没有“{found}”这类设施。",
        FaultReason.UNKNOWN_AGE_GROUP: f"没有“{found}”这个人群。",
        FaultReason.AGES_UNKNOWN: "本区没有年龄构成,不能只算一个年龄段的人。请改为 all。",
        FaultReason.NOT_TOGETHER: "这类设施不与别的合设,而这个目标要把几类设施放在一起。请分开问,或换一个目标。",
        FaultReason.CAPACITY_NOT_COUNTED: "这个目标只看最近的一处,不计容量。请去掉容量,或换成最大覆盖。",
    }[one.reason]
