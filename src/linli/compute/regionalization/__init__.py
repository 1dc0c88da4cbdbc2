"""Regions of a graph: contiguous, each within a range of people, cheap by prices that the caller sets.

``graph`` holds the instance, ``feasible`` names what cannot be divided whatever is drawn, ``drawing`` divides the
rest by annealing on spanning trees (``trees``, ``annealing``), and ``recombination`` picks the best regions of many
runs, with a bound. The method and its guarantees: ``docs/algorithms/regionalization.md``.
"""
