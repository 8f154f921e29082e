"""Tracking: what Weights & Biases is told of a run, by a process that only reads its folder."""
