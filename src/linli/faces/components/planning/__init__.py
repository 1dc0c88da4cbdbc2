"""Answers of planning as tables and printed pages, the same for the command and for a download; in Chinese."""
