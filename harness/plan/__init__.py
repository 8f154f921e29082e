"""The plan: every cell that will run and every stack that will not, before anything starts."""
