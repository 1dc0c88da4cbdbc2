"""Acts of planning; each writes one line of the journal."""
