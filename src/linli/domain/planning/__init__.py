"""Planning: what if, what where, and which units, answered from one district's situation.

A scenario is a dated list of edits over an edition that it never changes. A siting answer always carries its bound. A
unit is contiguous and within its range of people, or it is not proposed.
"""
