"""Questions about scenarios, sitings and units."""
