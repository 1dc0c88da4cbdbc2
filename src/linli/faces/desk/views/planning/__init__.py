"""Pages of planning: scenarios, sitings, units."""
