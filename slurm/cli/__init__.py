"""Verbs `submit resume cancel`, found by entry points."""
