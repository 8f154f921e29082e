"""What a user states in place of the write-up: tables, weights, exponents, limits, trends."""
