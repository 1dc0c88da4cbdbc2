"""Text that a spreadsheet would run as a formula, made harmless on the way out and restored on the way in."""

_STARTS = frozenset("=+-@\t\r\n'\uff1d\uff0b\uff0d\uff20")


def neutralized(text: str) -> str:
    """The text with an apostrophe before it, if a spreadsheet might otherwise read it as a formula."""
    return "'" + text if text[:1] in _STARTS and text else text


def restored(text: str) -> str:
    """The text that ``neutralized`` was given."""
    return text[1:] if text[:1] == "'" and text[1:2] in _STARTS and len(text) > 1 else text
