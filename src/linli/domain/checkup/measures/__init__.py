"""Measures: pure functions of a situation. The command line, what-if, the bench and rounds use the same ones."""

from linli.domain.checkup.measures.access import AreaAccess, Level, area_access
from linli.domain.checkup.measures.measuring import Measurement, measure
from linli.domain.checkup.measures.method import method_fingerprint
from linli.domain.checkup.measures.reach import Reach, prepare
from linli.domain.checkup.measures.shortfalls import shortfalls
from linli.domain.checkup.measures.whole import CheckupResult, check_up, types_present

__all__ = [
    "AreaAccess",
    "CheckupResult",
    "Level",
    "Measurement",
    "Reach",
    "area_access",
    "check_up",
    "measure",
    "method_fingerprint",
    "prepare",
    "shortfalls",
    "types_present",
]
