"""The desk: pages on which officers, workers and auditors see the district and act on it."""
