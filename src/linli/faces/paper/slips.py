"""Slips on which residents say whether they are satisfied: the paper twin of the online form."""

import io
from datetime import datetime
from typing import Any

import segno

from linli.domain.checkup.queries import CampaignValue
from linli.domain.places.queries import AreaValue

LEVELS = ("非常满意", "满意", "一般", "不满意", "非常不满意")
SLIPS_MOST = 600


def satisfaction_slips(
    campaign: CampaignValue, community: AreaValue, *, count: int, link: str, synthetic: bool, printed_at: datetime
) -> dict[str, Any]:
    """The values of a batch of slips, for the template ``slips``; ``link`` is where the same survey is answered online.

    Numbers hold the minute of printing, so that a second batch repeats none: a slip counts once in its survey.
    """
    batch = f"{community.code}-{printed_at:%m%d%H%M}"
    return {
        "title": f"{community.name} {campaign.title}",
        "heading": campaign.title,
        "community": community.name,
        "days": f"{campaign.from_on.isoformat()} 起,{campaign.until_on.isoformat()} 前交回",
        "question": "您对所在社区总体满意吗?请勾选一项,不必写姓名。",
        "levels": list(LEVELS),
        "qr": _code(link),
        "online": "扫码在线填写",
        "number_word": "编号",
        "once": "线上或纸面,只填一次",
        "numbers": [f"{batch}-{n:03d}" for n in range(1, count + 1)],
        "synthetic_note": "合成数据,仅作演示" if synthetic else "",
    }


def _code(link: str) -> str:
    """The link for the telephone's camera, as SVG."""
    buffer = io.BytesIO()
    segno.make(link, error="m").save(buffer, kind="svg", scale=4, border=1, xmldecl=False)
    return buffer.getvalue().decode()
