"""Verbs `submit resume cancel`, found by entry points."""

from harness.errors import require

require("submitit", "slurm")
