"""The interface for programs: JSON with an OpenAPI description, and the layers as OGC API Features."""
