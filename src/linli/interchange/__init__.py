"""District packages: files read into domain values, and written from them. No database, no HTTP.

Nothing here trusts a file: sizes are checked before reading, archives before unpacking, markup before parsing, and
every fault is collected with its place, so that a person can mend all of them at once.
"""
