"""What a place adds for itself: scenes and indicators."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from django.db import transaction

from linli.domain.journal import operations as journal
from linli.domain.journal.rules import Act
from linli.domain.people.rules import Permission, Scope, require
from linli.domain.places import queries as places
from linli.domain.standards import models, queries
from linli.domain.standards.operations import rows
from linli.domain.standards.operations.rows import SourceMissing, UnknownIndicator
from linli.domain.standards.rules import Bar, Binding, Comparison, MeasureKind
from linli.domain.standards.rules.local import indicator_key, local_measure, scene_key


class SceneInUse(Exception):
    """The scene still holds indicators; they have to be withdrawn first."""


class OutsideDistrict(Exception):
    """The place does not lie in the district on that day."""


@transaction.atomic
def add_local_scene(
    act: Act, scope: Scope, *, district: int, place: int, pack: str, zh: str, en: str = "", from_on: date
) -> int:
    """Add a scene that a place shows beside the pack's; returns the id of the record (its key is ``local-ID``).

    Raises
    ------
    NotPermitted, OutsideDistrict, UnknownPack, SourceMissing
    """
    require(scope, Permission.ADD_LOCAL_INDICATOR, place)
    _within(district, place, from_on)
    queries.pack(pack, day=from_on, local=False)
    if not zh.strip():
        raise SourceMissing("zh")
    row = models.LocalScene(place_id=place, zh=zh.strip(), en=en.strip(), **rows.record(act, district, pack, from_on))
    row.save(force_insert=True)
    journal.record(act, verb="standards.add_local_scene", home=place, object=f"scene:{row.pk}", result={"name": row.zh})
    return row.pk


@transaction.atomic
def add_local_indicator(
    act: Act,
    scope: Scope,
    *,
    district: int,
    place: int,
    pack: str,
    scene: str,
    zh: str,
    definition: str,
    measure: Mapping[str, object],
    source: str,
    from_on: date,
    en: str = "",
    why: str = "",
    binding: Binding = Binding.BINDING,
    question: str = "",
    minimum: Fraction | None = None,
    target: Fraction | None = None,
) -> int:
    """Add an indicator that a place sets for itself, with its figures; returns the id of the record.

    Parameters
    ----------
    scene : key of a scene of the pack, or of one that the place added
    measure : mapping
        In the form of a pack's ``measure`` block; ``{"kind": "yes_no", "unit": "yes_no", "question": "own"}`` asks the
        indicator's own ``question``.
    minimum, target : at least; at most for a distance

    Raises
    ------
    NotPermitted, OutsideDistrict, UnknownIndicator, FigureNotAllowed, SourceMissing
    PackFault
        If the measure is not one.
    """
    require(scope, Permission.ADD_LOCAL_INDICATOR, place)
    _within(district, place, from_on)
    standing = queries.pack(pack, day=from_on, district=district)
    if not any(s.key == scene and s.local_to in {None, place} for s in standing.scenes):
        raise UnknownIndicator(scene)
    if not all(text.strip() for text in (zh, definition, source)):
        raise SourceMissing("source")
    row = models.LocalIndicator(
        place_id=place,
        scene=scene,
        zh=zh.strip(),
        en=en.strip(),
        definition=definition.strip(),
        why=why.strip(),
        binding=binding.value,
        source=source.strip(),
        measure=dict(measure),
        question=question.strip(),
        **rows.record(act, district, pack, from_on),
    )
    row.save(force_insert=True)
    local_measure(queries.addition(row), queries.vocabulary())
    figures = {Bar.MINIMUM: minimum, Bar.TARGET: target}
    _set_own_figures(act, row, figures)
    journal.record(
        act,
        verb="standards.add_local_indicator",
        home=place,
        object=f"indicator:{row.pk}",
        result={"name": row.zh} | {bar.value: str(value) for bar, value in figures.items() if value is not None},
    )
    return row.pk


@transaction.atomic
def withdraw_local_indicator(act: Act, scope: Scope, *, indicator: int, because: str) -> None:
    """Take a local indicator off the record; it stays readable with the reason.

    Raises
    ------
    UnknownIndicator, NotPermitted, SourceMissing
    """
    row = models.LocalIndicator.objects.select_for_update().filter(pk=indicator, withdrawn_at=None).first()
    if row is None:
        raise UnknownIndicator(indicator)
    require(scope, Permission.ADD_LOCAL_INDICATOR, row.place_id)
    rows.withdraw(act, row, because)
    journal.record(act, verb="standards.withdraw_local_indicator", home=row.place_id, object=f"indicator:{row.pk}")


@transaction.atomic
def withdraw_local_scene(act: Act, scope: Scope, *, scene: int, because: str) -> None:
    """Take a local scene off the record, once it holds no indicator.

    Raises
    ------
    UnknownIndicator, SceneInUse, NotPermitted, SourceMissing
    """
    row = models.LocalScene.objects.select_for_update().filter(pk=scene, withdrawn_at=None).first()
    if row is None:
        raise UnknownIndicator(scene)
    require(scope, Permission.ADD_LOCAL_INDICATOR, row.place_id)
    if models.LocalIndicator.objects.filter(scene=scene_key(row.pk), pack=row.pack, withdrawn_at=None).exists():
        raise SceneInUse(scene)
    rows.withdraw(act, row, because)
    journal.record(act, verb="standards.withdraw_local_scene", home=row.place_id, object=f"scene:{row.pk}")


def _set_own_figures(act: Act, row: models.LocalIndicator, figures: Mapping[Bar, Fraction | None]) -> None:
    standing = queries.pack(row.pack, day=row.from_on, district=row.district_id)
    indicator = rows.indicator(standing, indicator_key(row.pk))
    distance = indicator.measure.kind is MeasureKind.DISTANCE
    comparison = Comparison.AT_MOST if distance else Comparison.AT_LEAST
    for bar, value in figures.items():
        if value is not None:
            threshold = rows.threshold(standing, indicator, bar, comparison, value, None, frozenset())
            figure = rows.figure(
                act,
                row.district_id,
                row.pack,
                indicator.key,
                threshold,
                clause=row.zh,
                source=row.source,
                confirms=False,
            )
            rows.put(figure, row.from_on, None)


def _within(district: int, place: int, day: date) -> None:
    if place != district and place not in places.descendants([district], day):
        raise OutsideDistrict(place)
