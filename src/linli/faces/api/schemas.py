"""What the interface speaks. Field names are the domain's words; lengths are meters, areas square meters."""

from datetime import date, datetime
from typing import Any, Literal

from ninja import Schema


class Problem(Schema):
    """A refusal: what happened, and what to do."""

    detail: str


class DistrictOut(Schema):
    code: str
    name: str
    edition: int | None
    synthetic: bool


class EditionOut(Schema):
    number: int
    kind: str
    fingerprint: str
    day: date
    source: str
    licence: str
    withdrawn: bool


class RoundOut(Schema):
    id: int
    pack: str
    day: date
    edition_fingerprint: str
    pack_fingerprint: str
    method: str
    inputs: str
    synthetic: bool
    at: datetime


class CommunityOut(Schema):
    code: str
    name: str
    people: int
    people_estimated: bool
    types: list[str]
    grade: str | None
    next_grade: str
    met: int
    below_target: int
    below_minimum: int
    not_assessable: int


class FindingOut(Schema):
    community: str
    indicator: str
    value: float | None
    unit: str
    numerator: float | None
    denominator: float | None
    state: Literal["met", "below_target", "below_minimum", "not_assessable"]
    reason: str
    estimated: bool
    marked: bool
    required: bool | None


class ShortfallOut(Schema):
    community: str
    indicator: str
    people: int
    people_by_age: list[int]


class ThresholdOut(Schema):
    key: str
    bar: str
    comparison: str
    value: str
    unit: str
    confidence: str
    decides: bool
    source: str
    clause: str
    valid_from: date


class IndicatorOut(Schema):
    key: str
    number: str
    scene: str
    zh: str
    en: str
    measure: str
    unit: str
    thresholds: list[ThresholdOut]


class PackOut(Schema):
    key: str
    zh: str
    en: str
    valid_from: date
    fingerprint: str
    indicators: list[IndicatorOut]


class RoundIn(Schema):
    district: str
    pack: str
    day: date


class JobOut(Schema):
    id: int
    kind: str
    state: str
    done: int
    total: int
    message: str
    result: dict[str, Any] | None


class WhatIfIn(Schema):
    """A question: what would these edits change? Nothing is kept."""

    district: str
    pack: str
    edits: list[dict[str, Any]]
    slice: str = ""
    day: date | None = None
    homes: bool = False
    """Also list every home whose walk changes."""


class AccessOut(Schema):
    """One indicator that walking decides. Meters are of the residents who reach one; null where nobody does."""

    indicator: str
    gained: int
    gained_by_age: list[int]
    lost: int
    lost_by_age: list[int]
    covered_before: int
    covered_after: int
    people_before: int
    people_after: int
    mean_m_before: float | None
    mean_m_after: float | None
    gini_before: float | None
    gini_after: float | None
    worst_tenth_m_before: float | None
    worst_tenth_m_after: float | None


class FindingChangeOut(Schema):
    community: str
    indicator: str
    value_before: float | None
    value_after: float | None
    state_before: str
    state_after: str


class GradeChangeOut(Schema):
    community: str
    before: str | None
    after: str | None


class HomeChangeOut(Schema):
    """Meters; null where none can be reached."""

    building: str
    kind: str
    before_m: float | None
    after_m: float | None


class EffectOut(Schema):
    edition: int
    edition_fingerprint: str
    pack: str
    day: date
    slice: str
    access: list[AccessOut]
    findings: list[FindingChangeOut]
    grades: list[GradeChangeOut]
    closed: list[ShortfallOut]
    opened: list[ShortfallOut]
    homes_changed: int
    homes: list[HomeChangeOut] | None
    cost_fen: int
    cost_unknown: int


class ScenarioOut(Schema):
    id: int
    name: str
    day: date
    edition: int
    standing: Literal["current", "older", "stuck", "withdrawn"]
    revision: int
    revised_at: datetime
    edits: list[dict[str, Any]]
    cost_fen: int
    cost_unknown: int
