"""Pure functions of a situation: the effect of edits, answers to siting problems, proposals of units."""
