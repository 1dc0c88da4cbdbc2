"""Fixtures of planning."""

from checkup_district import district

__all__ = ["district"]
