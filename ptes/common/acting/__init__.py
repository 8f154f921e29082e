"""What policies that act share: how an action is written, read, and told to the model."""
