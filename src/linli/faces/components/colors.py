"""The colors of grades, the same on the screen and on paper."""

from collections.abc import Iterable

RANKS = ("#00695c", "#1e88e5", "#f9a825", "#8d6e63")
"""Grades from the highest down."""
NONE_REACHED = "#b0bec5"


def of_grades(keys: Iterable[str]) -> dict[str, str]:
    """A color for each grade, the keys given highest first."""
    return {key: RANKS[min(n, len(RANKS) - 1)] for n, key in enumerate(keys)}
