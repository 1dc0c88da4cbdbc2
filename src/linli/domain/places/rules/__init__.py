"""Values and pure decisions about places: the schema of the layers, and the situation that measures read."""
