"""From records to curves, compute-equivalent gain, composability and a forecast."""
