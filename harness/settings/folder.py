"""Where a run keeps its files."""

from __future__ import annotations

from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from harness.stack import digest

NEITHER = ("runs", "journal", "name", "hardware", "cluster", "data", "tracking", "rehearsal")
"""Groups and settings that decide neither what is drawn nor what is measured."""


def run_folder(config: DictConfig) -> Path:
    """The run's folder: named, or made from the settings, so that the same command resumes."""
    if config.name:
        return Path(config.runs) / str(config.name)
    # Where the problems lie is not what they are: benchmarks repeat `data`. Nor is it what draws,
    # where the servers are that do.
    nowhere = {key: None for key in ("urls", "urls_file") if key in config.engine}
    placeless = OmegaConf.merge(config, {"data": None, "engine": nowhere})
    kept = {
        key: value
        for key, value in OmegaConf.to_container(placeless, resolve=True).items()  # type: ignore[union-attr]
        if key not in NEITHER
    }
    benchmarks = "+".join(config.benchmark)
    return Path(config.runs) / f"{benchmarks}-{config.sweep.kind}-{digest(repr(kept))[:8]}"
