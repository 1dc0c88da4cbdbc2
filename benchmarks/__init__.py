"""Measures Linli against other tools, after checking that the answers are the same (``make bench``)."""
