"""``linli account``: the first administrator of a district, from whom all other accounts come."""

import argparse
import secrets

from linli.faces.console import house, telling


def run(asked: argparse.Namespace) -> int:
    """Open the account and tell its temporary password, once."""
    house.set_up_database()
    from django.utils import timezone

    from linli.domain.people import operations as people
    from linli.domain.people.rules import Role, username_is_valid
    from linli.domain.places import queries as places

    if not username_is_valid(asked.username):
        raise telling.Refusal("账号只能用小写字母、数字、点、横线,2 至 40 个,如 wang.min。")
    try:
        district = places.district(asked.district)
    except places.NoSuchDistrict:
        raise telling.Refusal(f"库里没有这个区:{asked.district}。请先用 linli import 导入。") from None
    password = secrets.token_urlsafe(12)
    account = people.NewAccount(
        asked.username, asked.name, password, Role.ADMINISTRATOR, district.place, temporary=True
    )
    act = house.operator_act()
    try:
        people.open_first_account(act, account, from_on=timezone.localdate(act.at))
    except people.UsernameTaken:
        raise telling.Refusal(f"账号 {asked.username} 已有人使用,请换一个。") from None
    except people.AlreadySetUp:
        raise telling.Refusal(f"{district.name}已有账号管理员;请由其在网页上开通账号。") from None
    telling.say(f"已开通 {district.name} 的账号管理员 {asked.username}({asked.name})。")
    telling.say(f"临时密码(只显示这一次):{password}")
    return 0
