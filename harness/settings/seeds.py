"""What a seed decides in a sweep, for whoever expects it to draw anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from omegaconf import DictConfig, OmegaConf


def seed_note(config: DictConfig, overrides: Sequence[str]) -> tuple[str, ...]:
    """What to say where a seed was asked for; nothing where none was."""
    if not any(word.lstrip("+").startswith("seed=") for word in overrides):
        return ()
    seed, users = config.seed, _chosen_by_it(config)
    anew = "replicates=N is what draws anew"
    if not users:
        return (
            f"seed={seed} draws nothing anew: nothing in this sweep is chosen by it, and its cells "
            f"are those of any other seed; {anew}",
        )
    return (
        f"seed={seed} decides {', '.join(users)} alone, and cells without are those of any other "
        f"seed; {anew}",
    )


def _chosen_by_it(config: DictConfig) -> list[str]:
    """The components whose settings another seed would change."""
    other: Any = OmegaConf.merge(config, {"seed": config.seed + 1})
    return [
        str(name)
        for group in ("pte", "benchmark", "model")
        for name in config[group]
        if OmegaConf.to_container(config[group][name], resolve=True)
        != OmegaConf.to_container(other[group][name], resolve=True)
    ]
