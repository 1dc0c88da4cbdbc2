"""States, reasons and grades: how a measured value becomes a finding, and findings a grade."""

from linli.domain.checkup.rules.findings import (
    Answer,
    Answers,
    Finding,
    GradeReason,
    GradeReasonKind,
    Reason,
    Shortfall,
    State,
    Value,
    Verdict,
)
from linli.domain.checkup.rules.grading import Grader, grade, requirements, with_requirements
from linli.domain.checkup.rules.judging import Figures, figures_in_force, judge

__all__ = [
    "Answer",
    "Answers",
    "Figures",
    "Finding",
    "GradeReason",
    "GradeReasonKind",
    "Grader",
    "Reason",
    "Shortfall",
    "State",
    "Value",
    "Verdict",
    "figures_in_force",
    "grade",
    "judge",
    "requirements",
    "with_requirements",
]
