"""Linli: a district measures, plans and runs its communities."""
