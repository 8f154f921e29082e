"""Scaffolding enhancements: programs around the model that run, test and repair what it writes."""
