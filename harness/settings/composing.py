"""From command-line overrides to one configuration, by Hydra."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig

from harness.errors import UserError
from harness.settings.messages import mended
from harness.settings.models import added, located, settle

MODULE = "configs"


def composed(overrides: Sequence[str]) -> DictConfig:
    """The composed configuration, with every PTE that the sweep names in its `pte` group.

    Names in `sweep.ptes` and `sweep.stacks` need not be repeated in `pte=[...]`: a first pass reads
    them, a second composes with all of them.
    """
    with mended(), initialize_config_module(MODULE, version_base="1.3"):
        overrides = added(located(overrides))
        # What is set below a PTE has no place to go before that PTE is chosen.
        first = _compose([o for o in overrides if not re.match(r"[^=]*\bpte\.", o)])
        for key in ("ptes", "stacks"):
            _names(f"sweep.{key}", first.sweep[key])
        for stack in first.sweep.stacks:
            _names("sweep.stacks", stack)
        stacks = [name for stack in first.sweep.stacks for name in stack]
        chosen = list(dict.fromkeys([*first.pte, *first.sweep.ptes, *stacks]))
        rest = [o for o in overrides if not o.startswith(("pte=", "sweep.ptes="))]
        groups = [f"pte=[{','.join(chosen)}]", f"sweep.ptes=[{','.join(chosen)}]"]
        config = _compose([*rest, *groups])
        settle(config, overrides, _compose)
        return config


def _compose(overrides: Sequence[str]) -> DictConfig:
    try:
        return compose("config", overrides=list(overrides))
    except ValueError as error:
        raise UserError(f"{error}: give a name, or a list of names") from error
    except HydraException as error:
        unknown = re.search(r"Could not load '(\w+)/(\w+)'", str(error))
        if unknown is None:
            raise
        # Named in a list; named alone, Hydra says what there is.
        kept = [o for o in overrides if o.startswith("hydra.searchpath=")]
        compose("config", overrides=[*kept, f"{unknown[1]}={unknown[2]}"])
        raise


def _names(setting: str, value: Any) -> None:
    if not isinstance(value, ListConfig):
        raise UserError(f"{setting} must be a list, and {value!r} is none: use [{value}]")


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The jobs of a multirun: every combination of the overrides that list several values."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    with mended():
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        return [list(job) for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]
