"""Compute-equivalent gain: of a stack over another, as relative potency and through a curve."""
