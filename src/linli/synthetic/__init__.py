"""Seeded synthetic districts for the demo, the tests and the bench.

``city.city`` makes a district package of any size; the same seed and size give the same package, byte by byte.
The demo borrows the names and codes of Shangcheng (``data/``) and invents all the rest: no figure here says anything
about the real place, and every package is marked synthetic.

The plan is drawn on flat paper first (``lattice``, ``parcels``, ``compounds``: coordinates u along the river and v away
from it, in metres), and bent into the landscape at the very end (``ground``), so that streets curve but still meet.
"""
