"""Measured CEGs, exponents and M in place of guesses, of the rows that they say they are."""
