"""Standards: packs of indicators, grades and types, read from data, with the figures in force on a day.

A figure carries its source, clause and confidence; official and confirmed ones decide, seed and secondary ones decide
with a mark, derived and unverified ones never decide. An unknown threshold is a normal state.
"""
