"""Where a run keeps its files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from harness.anchor import CONFIGS
from harness.plan.naming import Components, folder_name
from harness.settings.components import build_components
from harness.settings.older import in_old_terms


def run_folder(config: DictConfig) -> Path:
    """The run's folder: named, or made from the settings, so that the same command resumes.

    Raises:
        UserError: a component cannot be made as its settings have it.
    """
    return folder_of(config, None if config.name else build_components(config))


def folder_of(config: DictConfig, asked: Components | None) -> Path:
    """The run's folder, given what was asked; that may be None where the folder is named."""
    if config.name or asked is None:
        return Path(config.runs) / str(config.name)
    shipped = OmegaConf.load(CONFIGS / "config.yaml")
    root = in_old_terms({str(key): _data(config, key) for key in config})
    defaults = {str(key): _data(shipped, key) for key in shipped if key not in ("data", "journal")}
    return Path(config.runs) / folder_name(asked, root, defaults)


def _data(config: Any, key: Any) -> Any:
    """A setting as plain data."""
    value = config[key]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value
