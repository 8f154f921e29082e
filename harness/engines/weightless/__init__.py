"""The engine without weights: answers of the right form, so that a PTE can be tried at once."""
