"""OpenAI-compatible servers as one engine: proven to be the plan's, balanced, retried, watched."""
