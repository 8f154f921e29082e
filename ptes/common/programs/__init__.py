"""What PTEs that run programs share: tests of the model's own, running them, breaking ties."""
