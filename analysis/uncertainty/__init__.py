"""Where a number's uncertainty comes from: items, draws, rungs."""
