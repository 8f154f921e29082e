"""From a part of the configuration to the component that it describes."""

from __future__ import annotations

from typing import Any

from hydra.utils import instantiate
from omegaconf import DictConfig


def build(node: DictConfig) -> Any:
    """What the node's `_target_` makes of its other settings."""
    return instantiate(node, _convert_="all")
