"""Data enhancements: which checkpoint or adapter answers."""
