"""Settings of a configuration that is there already, changed by words of a command line."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy

from omegaconf import DictConfig, OmegaConf

from harness.settings.names import absent
from harness.settings.overrides import read
from harness.settings.wording import refuse


def changed(config: DictConfig, overrides: Sequence[str]) -> DictConfig:
    """A copy of the configuration with these settings; whether they may be what they are is not
    looked at.

    Raises:
        UserError: a word cannot be read, or there is no such setting; a line each.
    """
    words, problems = read(overrides)
    refuse([*problems, *filter(None, (absent(config, word.key) for word in words))])
    made = deepcopy(config)
    OmegaConf.set_struct(made, False)
    for word in words:
        OmegaConf.update(made, word.key, word.parsed.value())
    return made
