"""The demo: a synthetic Shangcheng in two editions, surveyed twice, checked up by every pack, and who may see it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TypedDict

import numpy as np
from django.db import transaction
from django.utils import timezone
from numpy.typing import NDArray

from linli.domain.checkup import operations as checkup
from linli.domain.checkup import queries as rounds
from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act, Channel
from linli.domain.people.rules import Grant, Purpose, Role, Scope
from linli.domain.places import operations as place_operations
from linli.domain.places import queries as places
from linli.domain.places.rules.package import DistrictPackage, LayerTable
from linli.domain.places.rules.situation import Situation
from linli.domain.standards import operations as standard_operations
from linli.domain.standards import queries as standards
from linli.domain.standards.rules.local import question_key, scene_key
from linli.synthetic import accounts, divisions, paper, survey
from linli.synthetic.accounts import DISTRICT_WIDE, HALF_A_YEAR, PASSWORD, LogIn
from linli.synthetic.city import DEMO_SEED, city
from linli.synthetic.drawing import stream

Progress = Callable[[int, int, str], None]
"""Steps done, steps in all, and what comes next; it may raise to stop the work."""

FIRST_PACK = "shangcheng"
"""The pack with two rounds, so that there is something to compare."""
_NEW_SHARE = {
    "elder_meal": 0.3,
    "childcare_0_3": 0.25,
    "kindergarten": 0.08,
    "health_station": 0.12,
    "multi_sport": 0.15,
}
"""Share of the facilities of some kinds that open between the two editions."""
_NEW_GATES = 0.12
_OWN_SCENE, _OWN_INDICATOR = "潮汐文化", "社区有常设的潮文化展示与讲解"
"""What quarters built new add to the nine scenes."""
_POLLED = 8
"""Communities in which single residents have answered the running survey."""


@dataclass(frozen=True)
class Size:
    """How large the demo district is. Without slots, so that its defaults can be read off the class."""

    communities: int = 203
    people: int = 1_330_000
    seed: int = DEMO_SEED


class _About(TypedDict):
    """Where and since when something local holds."""

    district: int
    place: int
    pack: str
    from_on: date


@dataclass(frozen=True, slots=True)
class Demo:
    district: int
    password: str
    log_ins: tuple[LogIn, ...]


@dataclass(frozen=True, slots=True)
class _Loading:
    """What the steps share."""

    district: int
    officer: int
    """The person in whose name the rest is done."""
    size: Size
    now: datetime
    cache: Path | None

    @property
    def days(self) -> tuple[date, date]:
        """Of the two surveys and check-ups."""
        return timezone.localdate(self.now - HALF_A_YEAR), timezone.localdate(self.now)

    def act(self, wave: int, channel: Channel = Channel.ONLINE) -> Act:
        return Act(actor=self.officer, at=self.now - (1 - wave) * HALF_A_YEAR, channel=channel)

    def scope(self, purpose: Purpose, wave: int) -> Scope:
        """Of the district officer."""
        day = self.days[wave]
        held = frozenset({self.district}) | places.descendants([self.district], self.days[1])
        return Scope(person=self.officer, purpose=purpose, day=day, grants=(Grant(Role.DISTRICT_OFFICER, held),))


def load(
    now: datetime, *, progress: Progress | None = None, cache: Path | None = None, size: Size | None = None
) -> Demo:
    """Make sure that the demo stands. What an earlier call finished is not done again.

    Parameters
    ----------
    now : the present moment, with a time zone
    cache : folder in which situations are kept for the pages
    """
    tell = progress or _silent
    district = _opened(now)
    officer = accounts.open_for(now, DISTRICT_WIDE, [district] * len(DISTRICT_WIDE))[0]
    loading = _Loading(district, officer, size or Size(), now, cache)
    steps = tuple(_steps(loading))
    for number, (message, step) in enumerate(steps):
        tell(number, len(steps), message)
        step()
    tell(len(steps), len(steps), "")
    return Demo(district, PASSWORD, accounts.open_local(now, loading.size.communities))


def earlier(package: DistrictPackage, day: date, seed: int) -> DistrictPackage:
    """The district as it was before some facilities and gates were opened."""
    rng = stream(seed, "earlier")
    facilities, gates = package.layers["facilities"], package.layers["gates"]
    new = [rng.random() < _NEW_SHARE.get(str(record["kind"]), 0.0) for record in facilities.attributes]
    owners = [record["compound"] for record in gates.attributes]
    # No compound loses its first gate.
    second = [k > 0 and owners[k - 1] == owner for k, owner in enumerate(owners)]
    opened = [late and rng.random() < _NEW_GATES for late in second]
    layers = {key: replace(table, day=day) for key, table in package.layers.items()}
    layers["facilities"] = _without(layers["facilities"], np.array(new))
    layers["gates"] = _without(layers["gates"], np.array(opened))
    return replace(package, day=day, layers=layers)


def _opened(now: datetime) -> int:
    try:
        return places.district(divisions.DISTRICT_CODE).place
    except places.NoSuchDistrict:
        act = accounts.setting_up(now)
        return place_operations.open_district(act, code=divisions.DISTRICT_CODE, name=divisions.DISTRICT_NAME).place


def _steps(loading: _Loading) -> Iterator[tuple[str, Callable[[], None]]]:
    """What is still to be done, with the words to show meanwhile."""
    newest = places.district(divisions.DISTRICT_CODE).edition
    number = newest.number if newest else 0
    looking = loading.scope(Purpose.CHECKUP, 1)
    done = {pack: len(rounds.rounds(looking, loading.district, pack=pack)) for pack in standards.packs()}
    made: list[DistrictPackage] = []
    if number < 2:
        yield "生成演示城区", lambda: made.append(_package(loading))
    if number < 1:
        yield "导入半年前的数据", lambda: _import(loading, earlier(made[0], loading.days[0], loading.size.seed), 0)
    if number < 1 or not done[FIRST_PACK]:
        yield "写入演示值", lambda: _confirm(loading)
        yield "增设特色场景", lambda: _add_scenes(loading)
    if not done[FIRST_PACK]:
        yield "录入第一次调查", lambda: _report(loading, 0)
        yield "第一次体检", lambda: _check_up(loading, FIRST_PACK, 0)
    if number < 2:
        yield "导入现在的数据", lambda: _import(loading, made[0], 1)
    missing = [pack for pack in standards.packs() if done[pack] < 1 + (pack == FIRST_PACK)]
    if missing:
        yield "录入第二次调查", lambda: _report(loading, 1)
    for pack in sorted(missing, key=lambda key: key == FIRST_PACK):
        yield f"体检:{standards.pack(pack, day=loading.days[1], local=False).zh}", _round(loading, pack)
    if missing:
        yield "开展满意度调查", lambda: _poll(loading)
        yield "封存记录", lambda: _seal(loading)


def _round(loading: _Loading, pack: str) -> Callable[[], None]:
    return lambda: _check_up(loading, pack, 1)


def _package(loading: _Loading) -> DistrictPackage:
    size = loading.size
    return city(size.seed, communities=size.communities, people=size.people, day=loading.days[1])


def _import(loading: _Loading, package: DistrictPackage, wave: int) -> None:
    place_operations.import_package(loading.act(wave), loading.scope(Purpose.DATA_UPKEEP, wave), package)


def _confirm(loading: _Loading) -> None:
    scope = loading.scope(Purpose.STANDARD_SETTING, 0)
    standard_operations.confirm_demo_figures(loading.act(0), scope, district=loading.district)


@transaction.atomic
def _add_scenes(loading: _Loading) -> None:
    """New quarters show a scene of their own, with one indicator that they report on."""
    day, situation = loading.days[0], _situation(loading)
    setting, checking = (loading.scope(purpose, 0) for purpose in (Purpose.STANDARD_SETTING, Purpose.CHECKUP))
    if any(scene.local_to for scene in standards.pack(FIRST_PACK, day=day, district=loading.district).scenes):
        return
    for place in situation.areas.place[survey.is_new(situation)].tolist():
        about = _About(district=loading.district, place=place, pack=FIRST_PACK, from_on=day)
        scene = standard_operations.add_local_scene(loading.act(0), setting, zh=_OWN_SCENE, **about)
        indicator = standard_operations.add_local_indicator(
            loading.act(0), setting, scene=scene_key(scene), zh=_OWN_INDICATOR, definition=_OWN_INDICATOR,
            measure={"kind": "yes_no", "unit": "yes_no", "question": "own"}, question=_OWN_INDICATOR,
            source="演示值", minimum=Fraction(1), target=Fraction(1), **about,
        )  # fmt: skip
        figures = {question_key(indicator): checkup.Report(1.0)}
        checkup.report_figures(loading.act(0), checking, community=place, day=day, figures=figures)


def _check_up(loading: _Loading, pack: str, wave: int) -> None:
    checkup.run_round(
        loading.act(wave),
        loading.scope(Purpose.CHECKUP, wave),
        district=loading.district,
        pack_key=pack,
        day=loading.days[wave],
        cache=loading.cache,
    )


@transaction.atomic
def _report(loading: _Loading, wave: int) -> None:
    """Hand in the answers of one survey; of the second only those of communities in which something changed."""
    situation = _situation(loading)
    ranges, questions = standards.demo_overlay().answers, standards.vocabulary().questions

    def answers(of: int) -> tuple[survey.Answered, ...]:
        return survey.answers(loading.size.seed, situation, ranges, questions, wave=of)

    before = {answered.community: answered for answered in answers(0)} if wave else {}
    said = [answered for answered in answers(wave) if before.get(answered.community) != answered]
    _hand_in(loading, said, situation.areas.place.tolist(), wave)


def _situation(loading: _Loading) -> Situation:
    scope = loading.scope(Purpose.CHECKUP, 1)
    kinds = tuple(kind.key for kind in standards.facility_kinds())
    edition = places.current(scope, loading.district).id
    return places.situation(scope, edition, facility_kinds=kinds, cache=loading.cache)


def _hand_in(loading: _Loading, said: list[survey.Answered], place: list[int], wave: int) -> None:
    act, scope, day = loading.act(wave), loading.scope(Purpose.CHECKUP, wave), loading.days[wave]
    wanted = survey.proofs(standards.pack(key, day=day, local=False) for key in standards.packs())
    files = {"photo": ("现场照片(演示).png", paper.photo()), "document": ("证明材料(演示).pdf", paper.document())}
    for answered in said:
        community = place[answered.community]
        figures = {q: checkup.Report(f.numerator, f.denominator) for q, f in answered.figures.items()}
        checkup.report_figures(act, scope, community=community, day=day, figures=figures)
        shown = [q for q in answered.proved & set(wanted) if answered.figures[q].numerator]
        for kind, (name, content) in files.items():
            proven = [question for question in shown if min(wanted[question]) == kind]
            checkup.add_shared_evidence(
                act, scope, community=community, questions=proven, content=content, name=name, day=day
            )


@transaction.atomic
def _poll(loading: _Loading) -> None:
    """A running survey of satisfaction, with first answers from the phone and on paper."""
    rng, scope, today = stream(loading.size.seed, "poll"), loading.scope(Purpose.CHECKUP, 1), loading.days[1]
    campaign = checkup.open_survey(
        loading.act(1), scope, district=loading.district, question="residents_satisfied",
        title="居民满意度调查(演示)", from_on=today - timedelta(days=9), until_on=today + timedelta(days=21),
    )  # fmt: skip
    place = _situation(loading).areas.place
    for community in rng.choice(place, min(_POLLED, place.size), replace=False).tolist():
        for number in range(int(rng.integers(18, 33))):
            on_paper = number % 3 == 0
            checkup.record_satisfaction(
                loading.act(1, Channel.PAPER if on_paper else Channel.ONLINE),
                scope if on_paper else None,
                token=campaign.token,
                community=community,
                level=int(rng.choice(5, p=[0.03, 0.05, 0.1, 0.44, 0.38])) + 1,
                slip=f"{community}-{number:04d}-{rng.integers(0, 1 << 30):08x}",
            )


def _seal(loading: _Loading) -> None:
    journal.seal_all(loading.now)


def _silent(done: int, total: int, message: str) -> None:
    """Report nothing."""


def _without(table: LayerTable, gone: NDArray[np.bool_]) -> LayerTable:
    kept = np.flatnonzero(~gone)
    return replace(
        table,
        keys=tuple(table.keys[k] for k in kept),
        geometry=table.geometry[kept],
        attributes=tuple(table.attributes[k] for k in kept),
    )
