"""Between a solver and the engines: addressed draws, the journal, and the ledger."""
