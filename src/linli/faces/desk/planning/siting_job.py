"""The search behind a siting, as a job: it reports best and bound while it runs, and keeps the best when stopped."""

from collections.abc import Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.domain.checkup import queries as checkup
from linli.domain.checkup.measures import prepare
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import Purpose, Scope
from linli.domain.places import queries as places
from linli.domain.places.rules.situation import Situation
from linli.domain.planning import operations as planning
from linli.domain.planning import queries
from linli.domain.planning.measures.scenarios.ground import ground
from linli.domain.planning.measures.siting import answering as search
from linli.domain.planning.measures.siting.gains import newly_within, residents_of, shortfalls_closed
from linli.domain.planning.queries import SitingValue
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.planning.rules.siting.problems import Infeasible, Progress, SitingAnswer
from linli.domain.planning.rules.siting.studies import ClosedShortfall, SitingGains
from linli.domain.standards import queries as standards
from linli.faces.components.scope import scope_for
from linli.runtime.jobs.registry import Interrupted, Running, Stopped, job

REPORT_EVERY_S = 0.5


class _Watch:
    """Between the search, which asks whether to stop, and whoever waits for it, who is told how far it is."""

    def __init__(self, running: Running, study: int) -> None:
        self.running, self.study = running, study
        self.seen = Progress(None, None, 0.0)
        self.reported_at = 0.0
        self.stopped = self.interrupted = False

    def report(self, progress: Progress) -> None:
        self.seen = progress
        self.should_stop()

    def should_stop(self) -> bool:
        now = monotonic()
        if self.stopped or now - self.reported_at < REPORT_EVERY_S:
            return self.stopped
        self.reported_at = now
        self.stopped = planning.report_siting(self.study, self.seen)
        try:
            self.running.progress(round(1000 * min(1.0, self.seen.share)), 1001, _("正在寻找更好的地点"))
        except Stopped:
            self.stopped = True
        except Interrupted:
            # The search may not be left by an exception; it ends, and the next worker begins anew.
            self.stopped = self.interrupted = True
        return self.stopped


@job("desk.siting")
def answer_siting(running: Running, *, study: int) -> Mapping[str, Any]:
    """Search for the answer of a study and keep it; a study that somebody stopped meanwhile is left alone."""
    assert running.person is not None
    if not planning.begin_siting(study, timezone.now()):
        return {"siting": study}
    try:
        scope = scope_for(running.person, Purpose.PLANNING, timezone.localdate())
        answer, gains = _answered(scope, queries.siting(scope, study), _Watch(running, study))
        act = Act(running.person, timezone.now(), Channel.ONLINE)
        planning.keep_answer(act, scope, study, answer, gains)
    except Interrupted:
        raise
    except Exception:
        planning.end_without_answer(study, timezone.now(), failed=True)
        raise
    return {"siting": study}


def _answered(scope: Scope, study: SitingValue, watch: _Watch) -> tuple[SitingAnswer | Infeasible, SitingGains | None]:
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    cache = Path(settings.VAR) / "situations"
    whole = places.situation(scope, study.edition, facility_kinds=kinds, area=study.home, cache=cache)
    inside = places.descendants([study.home], study.day)
    here = residents_of(whole, inside)
    reach = prepare(here)
    answer = search.site(
        here,
        reach,
        study.problem,
        should_stop=watch.should_stop,
        progress=watch.report,
        time_limit_s=study.limit_s,
    )
    if watch.interrupted:
        raise Interrupted
    if isinstance(answer, Infeasible):
        return answer, None
    planning.report_siting(study.id, Progress(answer.value, answer.bound, 1.0))
    on = ground(here)
    dots = newly_within(on, reach, study.problem, answer.choices)
    return answer, SitingGains(dots, *_closed(scope, study, whole, answer, inside))


def _closed(
    scope: Scope, study: SitingValue, whole: Situation, answer: SitingAnswer, inside: frozenset[int]
) -> tuple[tuple[ClosedShortfall, ...], str]:
    """Shortfalls of the area by the standard of the newest round; none where nobody has run a check-up."""
    rounds = checkup.rounds(scope, study.district)
    if not rounds or not answer.choices:
        return (), ""
    pack = standards.pack(rounds[0].pack_key, day=study.day, district=study.district)
    said = checkup.answers_in_force(whole.areas.place.tolist(), day=study.day, at=timezone.now()).answers
    index = {place: n for n, place in enumerate(whole.areas.place.tolist())}
    answers = {(index[place], question): answer for (place, question), answer in said.items()}
    try:
        found = shortfalls_closed(ground(whole), study.problem, answer.choices, pack, answers, study.day)
    except EditsRefused:
        return (), ""
    return tuple(one for one in found if one.community in inside), pack.key
