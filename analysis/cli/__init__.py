"""The verbs `analyze`, `forecast` and `power`: found by `pte` through entry points."""
