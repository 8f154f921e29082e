"""Grade-school arithmetic made by a procedure: problems, worked solutions, and a step checker."""
