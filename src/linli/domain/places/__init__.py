"""Places: everything with a permanent id on the map, and the editions in which a district was recorded.

An edition is what was known of a district at one moment: an import, a correction or a withdrawal makes a new one, and
old ones stay readable by their fingerprint. Codes and boundaries are dated attributes of places, unique on any day.

Words
-----
package
    A whole district as it was handed over: layers of records, control totals, source, day.
record
    One row of a layer; its ``key`` is how files name it, its place is how we do.
version
    A record as a run of editions has it; what an edition does not change is not written again.
situation
    The arrays that measures read, assembled from a package and from nothing else.

Invariants
----------
- A code names one place on any day, and a place has one code of a scheme on any day.
- A place has at most one version in an edition.
- Equal fingerprints mean equal content: in files, in the database, in whatever order.
- A correction holds through every later import and through withdrawals of other imports.
"""
