"""vLLM in this process: how it is set up, and how it is asked."""
