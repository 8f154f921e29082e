"""Makes the virtual environment that this machine needs; the standard library alone."""
