"""The charts of the report: each is drawn once, for the page and for files."""
