"""What the tests of the phone forms share."""

from faces.desk.builders import desk

__all__ = ["desk"]
