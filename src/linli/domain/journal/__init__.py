"""The journal: each act one line, append-only, sealed afterwards.

A line says who did what to what, when, by which channel and with which result. Lines are inserted unchained, so that
acts never wait for one another; a sealer chains them per home place, and the verifier names a line that was changed.
"""
