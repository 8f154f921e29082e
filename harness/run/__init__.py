"""The run: one engine a model, all its cells on it at once, resumable to the request."""
