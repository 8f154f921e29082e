"""Benchmarks: where problems come from, how their answers are read, and what counts as right."""
