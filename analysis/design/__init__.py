"""Planning: how many items, draws and rungs a wanted precision takes, before anything is run."""
