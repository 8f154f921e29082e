"""The forecast tried on the table's own past."""
