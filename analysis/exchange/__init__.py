"""The file that leaves an analysis and enters a forecast."""
