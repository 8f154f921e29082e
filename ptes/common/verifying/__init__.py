"""What trained verifiers share: what they are shown of an attempt, and what their numbers weigh."""
