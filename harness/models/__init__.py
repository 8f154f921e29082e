"""Models: what a checkpoint is (`spec`) and how its weights are found (`resolve`, `bundled`)."""
