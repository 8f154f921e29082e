"""Score against training compute: forms, fits and their comparison."""
