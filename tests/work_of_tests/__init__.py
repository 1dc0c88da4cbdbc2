"""Jobs that tests queue."""
