"""What leaves the analysis: a page to read, plots, tables, and estimates for other programs."""
