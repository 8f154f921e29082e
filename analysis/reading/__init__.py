"""From records and from published scores to experiments."""
