"""What a stack costs, found by running it against an engine without weights before anything is
loaded: calls and tokens by role, expected and at worst."""
