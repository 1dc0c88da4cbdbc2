"""Values and decisions of planning: edits and their effects, siting problems and answers, units and their rules."""
