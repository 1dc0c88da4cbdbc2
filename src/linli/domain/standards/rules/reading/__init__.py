"""Reading a pack's files: text in, values out, every fault at once with its file, line and key."""

from linli.domain.standards.rules.reading.demo import FILE as DEMO_FILE
from linli.domain.standards.rules.reading.demo import DemoAnswer, DemoFigure, DemoOverlay, read_demo
from linli.domain.standards.rules.reading.documents import PackFault, WrongEntry
from linli.domain.standards.rules.reading.examples import Example, read_examples
from linli.domain.standards.rules.reading.packs import read_pack
from linli.domain.standards.rules.reading.time_slices import FILE as TIME_SLICES_FILE
from linli.domain.standards.rules.reading.time_slices import read_time_slices
from linli.domain.standards.rules.reading.vocabulary import read_vocabulary

__all__ = [
    "DEMO_FILE",
    "TIME_SLICES_FILE",
    "DemoAnswer",
    "DemoFigure",
    "DemoOverlay",
    "Example",
    "PackFault",
    "WrongEntry",
    "read_demo",
    "read_examples",
    "read_pack",
    "read_time_slices",
    "read_vocabulary",
]
