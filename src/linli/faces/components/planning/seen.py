"""The effect of edits on an edition, as far as a person may see the district."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from linli.domain.checkup import queries as checkup
from linli.domain.people.rules import Permission, Scope
from linli.domain.places.queries import EditionValue
from linli.domain.places.rules.situation import Situation
from linli.domain.planning.measures.scenarios import effects
from linli.domain.planning.measures.siting.gains import residents_of
from linli.domain.planning.rules.scenarios.edits import Edit
from linli.domain.planning.rules.scenarios.effects import Effect
from linli.domain.planning.rules.scenarios.faults import EditsRefused
from linli.domain.standards import queries as standards
from linli.faces.components import bases, edit_faults
from linli.faces.components.planning.effect_sheets import Told


def effect_seen(
    scope: Scope,
    edition: EditionValue,
    edits: Sequence[Edit],
    *,
    pack: str,
    day: date,
    at: datetime,
    slice: str = "",
    permission: Permission = Permission.VIEW_CHECKUP,
) -> Told:
    """The effect of edits. For who holds the permission in a part of the district, only its residents count.

    Raises
    ------
    NotPermitted, EmptyEdition, NoWalkableStreet
    EditsRefused
    """
    seen = frozenset(scope.places(permission))
    if edition.district in seen:
        on = bases.standing(scope, edition, bases.Asked(pack, day, at, slice))
        return _told(on.ground.situation, on.base, edits, effects.effect(on.base, edits))
    ground = bases.ground(scope, edition)
    situation = residents_of(ground.situation, seen)
    said = checkup.answers_in_force(situation.areas.place.tolist(), day=day, at=at)
    index = {place: number for number, place in enumerate(situation.areas.place.tolist())}
    answers = {(index[place], question): answer for (place, question), answer in said.answers.items()}
    by = standards.pack(pack, day=day, district=edition.district)
    slices = tuple(standards.time_slices())
    base = effects.base(situation, by, answers, day, slice=slice, slices=slices, hierarchy=ground.hierarchy)
    return _told(situation, base, edits, _within(_effect(base, edits), situation, seen))


def _effect(base: effects.Base, edits: Sequence[Edit]) -> Effect:
    """The effect; a refusal does not count homes beyond what the person sees."""
    try:
        return effects.effect(base, edits)
    except EditsRefused as refused:
        raise EditsRefused(edit_faults.as_seen(refused.faults, sees_all=False)) from None


def _told(situation: Situation, base: effects.Base, edits: Sequence[Edit], effect: Effect) -> Told:
    kinds = {kind.key: kind.zh for kind in standards.facility_kinds()}
    names = {"": "全天", **{one.key: one.zh for one in standards.time_slices()}}
    return Told(situation, base.pack, tuple(edits), effect, kinds, names)


def _within(effect: Effect, situation: Situation, seen: frozenset[int]) -> Effect:
    """Without findings of communities that the person does not see."""
    places_of = situation.areas.place.tolist()

    def mine(community: int) -> bool:
        return places_of[community] in seen

    return replace(
        effect,
        findings=tuple(one for one in effect.findings if mine(one.after.community)),
        verdicts=tuple(one for one in effect.verdicts if mine(one.after.community)),
        closed=tuple(one for one in effect.closed if mine(one.community)),
        opened=tuple(one for one in effect.opened if mine(one.community)),
    )
