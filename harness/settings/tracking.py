"""The settings of tracking, which decide nothing of a run."""

from __future__ import annotations

from collections.abc import Sequence

from omegaconf import DictConfig

from harness.contracts.tracking import WandbConfig
from harness.settings.building import build
from harness.settings.checking import component_problems
from harness.settings.composing import composed
from harness.settings.wording import refuse


def tracking_of(node: DictConfig | None) -> WandbConfig | None:
    """The settings of a `tracking` block; None where nothing is tracked.

    Raises:
        UserError: some may not be what they are; each has a line.
    """
    if not node:
        return None
    refuse(component_problems("tracking", node, WandbConfig))
    made: WandbConfig = build("tracking", node, WandbConfig)
    return made


def is_tracking(word: str) -> bool:
    """Whether an override is about tracking, which decides nothing of a run."""
    return word.startswith(("tracking=", "tracking."))


def tracking_words(words: Sequence[str]) -> WandbConfig | None:
    """The tracking that some words of a command line ask for; None where they ask for none.

    Raises:
        UserError: there is no such setting, or it is of the wrong kind.
    """
    asked = [word for word in words if is_tracking(word)]
    return tracking_of(composed(asked).tracking) if asked else None
