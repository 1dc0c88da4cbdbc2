"""Views: read the request, make one call into the domain, turn the answer or the refusal into a page."""
