"""On a cluster: a plan becomes a job array that survives preemption, timeouts and lost nodes."""
