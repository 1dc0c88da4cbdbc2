"""People: persons, organizations and the roles they hold in an area for a term.

One policy table says which role may do what and for which purpose; a scope (a set of places, a purpose, a day) carries
the answer into every question and act. Nothing is allowed that the table does not name.
"""
