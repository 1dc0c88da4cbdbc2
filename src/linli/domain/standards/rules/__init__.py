"""Values and pure decisions of the standards: figures, measures, packs, and how a pack's files are read."""

from linli.domain.standards.rules.figures import Bar, Comparison, Confidence, Limit, Source, Threshold
from linli.domain.standards.rules.measures import (
    UNITS,
    Measure,
    MeasureKind,
    Quantity,
    QuantityKind,
    Question,
    QuestionKind,
    Unit,
)
from linli.domain.standards.rules.packs import (
    Binding,
    CommunityType,
    Grade,
    Indicator,
    Pack,
    Requirement,
    Scene,
)
from linli.domain.standards.rules.tags import KindByTags
from linli.domain.standards.rules.time_slices import Openness, TimeSlice, openness
from linli.domain.standards.rules.vocabulary import (
    CommunityTypeName,
    FacilityKind,
    MinuteTable,
    Vocabulary,
    WalkingSpeed,
)

__all__ = [
    "UNITS",
    "Bar",
    "Binding",
    "CommunityType",
    "CommunityTypeName",
    "Comparison",
    "Confidence",
    "FacilityKind",
    "Grade",
    "Indicator",
    "KindByTags",
    "Limit",
    "Measure",
    "MeasureKind",
    "MinuteTable",
    "Openness",
    "Pack",
    "Quantity",
    "QuantityKind",
    "Question",
    "QuestionKind",
    "Requirement",
    "Scene",
    "Source",
    "Threshold",
    "TimeSlice",
    "Unit",
    "Vocabulary",
    "WalkingSpeed",
    "openness",
]
