"""Measured CEGs, exponents and M in place of guessed ones, by name."""
