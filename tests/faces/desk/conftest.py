"""What the tests of the desk share."""

from faces.desk.builders import desk

__all__ = ["desk"]
