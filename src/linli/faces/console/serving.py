"""``linli serve`` and ``linli demo``."""

import argparse
from typing import TYPE_CHECKING

from linli.faces.console import house, telling

if TYPE_CHECKING:
    from linli.synthetic.demo import Demo


def serve(asked: argparse.Namespace) -> int:
    """Serve the pages until Ctrl-C."""
    house.set_up()
    from linli.runtime import server

    server.serve(host=asked.host, port=int(asked.port), say=telling.say)
    return 0


def demo(asked: argparse.Namespace) -> int:
    """Load the demo district if it is not there, say how to log in, and serve."""
    if not 1 <= asked.communities <= 203:
        raise telling.Refusal(f"演示区的社区数是 1–203,而不是 {asked.communities}。")
    house.set_up()
    from linli.runtime import server

    if not asked.load_only:
        # Told before the minutes of loading, not after.
        server.refuse_taken(asked.host, int(asked.port))
    with telling.progress("演示区") as step:
        step(0, 1, "准备数据库")
        server.prepare()
        loaded = _loaded(asked, step)
    _tell_log_ins(loaded)
    if not asked.load_only:
        server.serve(host=asked.host, port=int(asked.port), say=telling.say)
    return 0


def _loaded(asked: argparse.Namespace, step: telling.Progress) -> "Demo":
    from django.conf import settings
    from django.utils import timezone

    from linli.domain.places import queries as places
    from linli.runtime.jobs import queue
    from linli.synthetic import demo as synthetic

    people = asked.people or synthetic.Size.people * asked.communities // 203
    size = synthetic.Size(communities=asked.communities, people=people)
    loaded = synthetic.load(timezone.now(), progress=step, cache=settings.VAR / "situations", size=size)
    for district in places.districts():
        if district.edition is not None:
            queue.enqueue_once("desk.tiles", home=district.place, edition=district.edition.id)
    return loaded


def _tell_log_ins(loaded: "Demo") -> None:
    from linli.faces.components import people

    telling.say("演示区已就绪(数据均为合成)。登录名与角色:")
    for one in loaded.log_ins:
        telling.say(f"  {one.username:<16}{people.role(one.role)}{f'({one.area})' if one.area else ''}")
    telling.say(f"  密码都是:{loaded.password}")
