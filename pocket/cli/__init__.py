"""Verbs of the pocket ladder."""
