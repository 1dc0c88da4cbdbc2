"""What edits change: who gains and who loses, which findings, grades and shortfalls become others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linli.domain.checkup.rules import Finding, Shortfall, Verdict


@dataclass(frozen=True, slots=True)
class AccessChange:
    """One indicator that walking decides, over the whole district."""

    indicator: str
    gained: tuple[int, ...]
    """Residents of the indicator's age group, by ``layers.AGE_BANDS``, whose home comes within the limit; all zero but
    for the total where ages are not known."""
    gained_total: int
    lost: tuple[int, ...]
    lost_total: int
    covered_before: int
    covered_after: int
    people_before: int
    people_after: int
    mean_m_before: float
    """Mean walk of those who reach one; NaN where nobody does."""
    mean_m_after: float
    gini_before: float
    """Of the walks of persons, as ``compute.equity`` has it."""
    gini_after: float
    worst_tenth_m_before: float
    """Mean walk of the tenth of persons who walk farthest, of those who reach one."""
    worst_tenth_m_after: float


@dataclass(frozen=True, slots=True)
class FindingChange:
    before: Finding
    after: Finding


@dataclass(frozen=True, slots=True)
class VerdictChange:
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True)
class WalkChange:
    """Homes whose walk to the nearest facility of some kind changes."""

    building: NDArray[np.int64]
    """(n,) index into the buildings of the situation with the edits."""
    kind: NDArray[np.int16]
    """(n,) index into ``Situation.facility_kinds``."""
    before_cm: NDArray[np.int32]
    after_cm: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Effect:
    """Everything that a list of edits changes in one time slice, by one pack; what is not listed is as before."""

    slice: str
    """Key of the time slice; "" for what holds at all hours, as the check-up counts."""
    access: tuple[AccessChange, ...]
    """Of every indicator with a walk, in the pack's order, changed or not."""
    findings: tuple[FindingChange, ...]
    verdicts: tuple[VerdictChange, ...]
    closed: tuple[Shortfall, ...]
    """Shortfalls that are none any more."""
    opened: tuple[Shortfall, ...]
    walks: WalkChange
    cost_fen: int
    """Of the edits whose cost is said."""
    cost_unknown: int
    """Edits whose cost nobody has said."""
