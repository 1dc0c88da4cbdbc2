"""Fixtures of the check-up."""

from checkup_district import district

__all__ = ["district"]
