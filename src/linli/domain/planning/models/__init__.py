"""Nouns of planning and their constraints."""
