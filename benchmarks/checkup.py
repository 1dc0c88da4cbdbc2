"""The whole check-up of the synthetic district: from the network in memory to every indicator of every community."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from datetime import date

from benchmarks.measuring import Row, added_mb, alone, timed

DAY = date(2026, 7, 1)


def rows(say: Callable[[str], None]) -> list[Row]:
    """Time and memory; all kinds of facilities, all indicators of the pack, walls as they stand."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    import django

    django.setup()
    from linli.compute import compiled, hierarchy
    from linli.domain.checkup.measures import check_up, prepare
    from linli.domain.places.rules import assembly
    from linli.domain.standards import queries as standards
    from linli.synthetic import city

    compiled.warm_up()
    say("building the district with all kinds of facilities")
    situation = assembly.assemble(city.city(), facility_kinds=city.ALL_KINDS)
    pack = standards.pack("shangcheng", day=DAY, local=False)
    ordered = hierarchy.prepare(situation.network)

    def everything() -> int:
        reach = prepare(situation, hierarchy=ordered)
        result = check_up(situation, pack, {}, DAY, reach=reach)
        return len(result.findings)

    say("the whole check-up")
    findings, _ = timed(everything)
    gc.collect()
    memory = added_mb(everything)
    _, seconds = timed(everything, 5)
    _, reach_s = timed(lambda: prepare(situation, hierarchy=ordered), 5)
    what = f"whole check-up with walls, {findings:,} findings"
    return [
        alone(what, "s", seconds, at_most=0.3),
        alone("of it: walking distances", "s", reach_s, at_most=None),
        *(
            []
            if memory is None
            else [alone("whole check-up, memory above the imported baseline", "MB", memory, at_most=250)]
        ),
    ]
