"""Values of scenarios: edits, their faults, their effect."""
