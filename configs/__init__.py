"""What to measure: Hydra's groups `model ladder benchmark pte engine sweep budget hardware`."""
