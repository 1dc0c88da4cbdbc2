"""Numbers: arrays in, arrays out. Nothing here knows what a community is.

A walking network (``network``, ``lines``) is prepared once (``hierarchy``); places are anchored on its edges
(``snapping``); then distances (``sweep``), everything within reach (``catchment``), supply against demand
(``floating_catchment``) and fairness (``equity``) are array passes. Lengths are whole centimetres, coordinates metres.
"""
