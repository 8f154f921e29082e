"""Prompting enhancements: what the model is shown."""
