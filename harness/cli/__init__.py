"""The command line `pte`: a module a verb."""
