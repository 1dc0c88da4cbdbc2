"""Where to open what: covering, median and center problems over sparse arrays, each with a proven bound.

Every search keeps the best it has found, reports value and bound on the way, and stops when told to or when its time is
over. See ``docs/algorithms/facility-location.md``.
"""
