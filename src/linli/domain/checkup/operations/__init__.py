"""Acts of the check-up: run a round, take in what people report."""

from linli.domain.checkup.operations.rounds import Progress, SameRound, recompute, run_round
from linli.domain.checkup.operations.survey import (
    NoSurveyQuestion,
    Report,
    SlipAlreadyCounted,
    WrongFigure,
    add_evidence,
    add_shared_evidence,
    open_survey,
    record_satisfaction,
    report_figures,
)
from linli.domain.checkup.rules.survey import NotEvidence

__all__ = [
    "NoSurveyQuestion",
    "NotEvidence",
    "Progress",
    "Report",
    "SameRound",
    "SlipAlreadyCounted",
    "WrongFigure",
    "add_evidence",
    "add_shared_evidence",
    "open_survey",
    "recompute",
    "record_satisfaction",
    "report_figures",
    "run_round",
]
