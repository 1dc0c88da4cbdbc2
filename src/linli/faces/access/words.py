"""Journal lines in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.domain.journal.rules import Channel
from linli.domain.people.rules import Role
from linli.faces.components import people


def _known() -> dict[str, str]:
    return {
        "people.sign_in": _("登录"),
        "people.sign_in_refused": _("登录被拒"),
        "people.sign_out": _("退出登录"),
        "people.create_person": _("开通账号"),
        "people.appoint": _("任职"),
        "people.end_term": _("结束任期"),
        "people.set_password": _("重置密码"),
        "people.change_own_password": _("更换密码"),
        "people.unlock": _("解锁账号"),
        "people.close_account": _("停用账号"),
        "people.reopen_account": _("启用账号"),
        "people.confirm_second_factor": _("开通第二步验证"),
        "people.remove_second_factor": _("关闭第二步验证"),
        "people.reset_second_factor": _("解除第二步验证"),
        "people.create_access_key": _("新建访问密钥"),
        "people.revoke_access_key": _("停用访问密钥"),
        "people.access_key_refused": _("访问密钥被拒"),
        "people.add_organization": _("登记单位"),
        "places.open_district": _("建立区"),
        "places.import_package": _("导入数据"),
        "places.correct_place": _("更正记录"),
        "places.withdraw_import": _("撤回导入"),
        "places.close_task": _("办结待办"),
        "standards.confirm_figure": _("核定数值"),
        "standards.set_local_figure": _("设定本地数值"),
        "standards.add_local_indicator": _("增加自选指标"),
        "checkup.run_round": _("体检"),
        "checkup.enter_survey": _("录入调查"),
        "paper.export": _("导出"),
        "planning.create_scenario": _("新建方案"),
        "planning.revise_scenario": _("修订方案"),
        "planning.rename_scenario": _("方案改名"),
        "planning.share_scenario": _("生成方案链接"),
        "planning.stop_sharing_scenario": _("停用方案链接"),
        "planning.carry_over_scenario": _("方案结转到新版次"),
        "planning.keep_scenario_effects": _("留存方案影响"),
        "planning.withdraw_scenario": _("撤回方案"),
        "planning.ask_siting": _("提出选址"),
        "planning.stop_siting": _("停止选址"),
        "planning.keep_answer": _("留存选址结果"),
        "planning.withdraw_siting": _("撤回选址"),
        "planning.propose_projects": _("列为拟建项目"),
        "planning.withdraw_project": _("撤回拟建项目"),
        "planning.export_projects": _("导出拟建项目"),
        "planning.ask_units": _("提出单元划定"),
        "planning.stop_units": _("停止单元划定"),
        "planning.draw_units": _("划定单元"),
        "planning.move_atoms": _("调整单元"),
        "planning.adopt_proposal": _("采用单元方案"),
        "planning.withdraw_study": _("撤回单元划定"),
        "planning.withdraw_plan": _("撤回采用的单元"),
    }


def verbs() -> list[tuple[str, str]]:
    """Choices of a filter: whole rooms first, then single acts."""
    rooms = [
        ("people.", _("账号与登录(全部)")),
        ("places.", _("数据(全部)")),
        ("standards.", _("标准(全部)")),
        ("checkup.", _("体检(全部)")),
        ("planning.", _("规划(全部)")),
    ]
    return rooms + [(verb, f"\u3000{name}") for verb, name in _known().items()]


def verb(value: str) -> str:
    """The act in words; one without words of its own keeps its identifier."""
    return _known().get(value, value)


def channel(value: Channel) -> str:
    return {
        Channel.ONLINE: _("线上"),
        Channel.PAPER: _("纸面"),
        Channel.PHONE: _("电话"),
        Channel.HELPER: _("代办"),
    }[value]


def result(value: Mapping[str, Any]) -> str:
    """What came of an act, in one line: what is empty is left out, what has no words keeps its identifier."""
    names = _result_keys()
    kept = {key: found for key, found in value.items() if found not in (None, "", [], {}, False)}
    return _(";").join(
        names.get(key, key) if found is True else f"{names.get(key, key)} {_result_value(key, found)}"
        for key, found in kept.items()
    )


def _result_keys() -> dict[str, str]:
    return {
        "role": _("角色"),
        "person": _("人员"),
        "from_on": _("自"),
        "until_on": _("至"),
        "set_up": _("初始设置"),
        "refusal": _("原因"),
        "locked_until": _("锁定到"),
        "day": _("日期"),
        "pack": _("标准"),
        "edition": _("版次"),
        "inputs": _("输入指纹"),
        "fingerprint": _("指纹"),
        "refused": _("未导入"),
        "code": _("代码"),
        "name": _("名称"),
        "reason": _("原因"),
        "edits": _("修改数"),
        "revision": _("修订"),
        "before": _("原名"),
        "after": _("新名"),
        "stuck": _("不成立的修改"),
    }


def _result_value(key: str, value: Any) -> str:
    if key == "role" and value in list(Role):
        return people.role(Role(value))
    if key == "refusal":
        return _refusals().get(value, str(value))
    return str(value)[:80]


def _refusals() -> dict[str, str]:
    return {
        "unknown": _("没有这个账号"),
        "wrong_password": _("密码不对"),
        "inactive": _("账号已停用"),
        "code_wanted": _("缺动态码"),
        "wrong_code": _("动态码不对"),
    }
