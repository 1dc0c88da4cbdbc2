"""The check-up: every community measured by a standard on a day, graded with reasons, its shortfalls listed.

Rounds are never rewritten. A finding that cannot be decided, for want of a threshold or of data, is not assessable and
says why; it is neither a pass nor a failure.
"""
