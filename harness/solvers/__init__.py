"""What the harness itself brings to an attempt: the direct policy, the plain rollout, the pool."""
