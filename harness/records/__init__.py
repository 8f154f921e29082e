"""Records: one row an attempt, in Parquet, with a documented and versioned schema."""
