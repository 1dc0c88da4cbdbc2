"""Loads all that a district's task needs, once, in the process from which workers are forked."""

import gc

from linli.faces.console import house

house.set_up()

from linli.domain.checkup import measures  # noqa: E402, F401
from linli.domain.standards import queries  # noqa: E402, F401
from linli.faces.components import words  # noqa: E402, F401
from linli.faces.console import checking, district_task  # noqa: E402, F401
from linli.interchange import package, prepared  # noqa: E402, F401
from linli.runtime import spreading  # noqa: E402

spreading.quieten()

# What is loaded now stays: no collection looks at it again, and workers share it.
gc.collect()
gc.freeze()
