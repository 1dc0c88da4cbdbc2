"""Drawing a district in units as long work: progress, and a stop that keeps what was found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import NotPermitted, Purpose
from linli.domain.places.queries import EmptyEdition
from linli.domain.planning.operations import unit_drawing
from linli.domain.planning.operations.units import UnitStudyEnded, UnitStudyWithdrawn
from linli.domain.planning.queries.units import NoSuchUnitStudy
from linli.faces.components.scope import scope_for
from linli.runtime.jobs.registry import Running, Stopped, job

KIND = "desk.units"


class UnitsRefused(Exception):
    """A refusal of the domain as a sentence for the person who asked."""


@job(KIND, refusals=(UnitsRefused,))
def draw_units(running: Running, *, study: int) -> Mapping[str, Any]:
    assert running.person is not None
    act = Act(running.person, timezone.now(), Channel.ONLINE)
    scope = scope_for(act.actor, Purpose.PLANNING, timezone.localdate(act.at))
    line = _Line(running)
    try:
        found = unit_drawing.draw_units(
            act, scope, study=study, cache=Path(settings.VAR) / "situations", should_stop=line.should_stop,
            progress=line.progress,
        )  # fmt: skip
    except UnitStudyEnded:
        return {"study": study}
    except (UnitStudyWithdrawn, NoSuchUnitStudy):
        raise UnitsRefused(_("这项研究已经撤回,不再划分。")) from None
    except NotPermitted:
        raise UnitsRefused(_("您没有权限为这个区做这件事。")) from None
    except unit_drawing.NoHomes:
        raise UnitsRefused(_("这个区的数据里没有居民,无法划分单元。请先导入楼栋的人口。")) from None
    except EmptyEdition:
        raise UnitsRefused(_("这个区现在没有数据:所有导入都已撤回。请先导入数据。")) from None
    if line.stopped:
        raise Stopped
    return {"study": found.id}


class _Line:
    """A stop is no error to the search: it ends where it is, and what it has found is kept first."""

    def __init__(self, running: Running) -> None:
        self.running, self.stopped = running, False
        self.last = (0, 1, "")

    def progress(self, done: int, total: int, message: str = "") -> None:
        self.last = (done, total, message)
        if not self.stopped:
            try:
                self.running.progress(done, total, message)
            except Stopped:
                self.stopped = True

    def should_stop(self) -> bool:
        self.progress(*self.last)
        return self.stopped
