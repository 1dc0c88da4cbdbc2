"""Places: everything with a permanent id on the map, and the editions in which a district was recorded.

An edition is what was known of a district at one moment: an import, a correction or a withdrawal makes a new one, and
old ones stay readable by their fingerprint. Codes and boundaries are dated attributes of places, unique on any day.
"""
