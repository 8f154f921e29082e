"""What is said of a component's settings before it is made."""

from __future__ import annotations

from typing import Any

from omegaconf import OmegaConf

from harness.settings.checking import component_problems


def refusal(kind: type, **settings: Any) -> str:
    """A line for each of the settings that `kind` may not have."""
    node = OmegaConf.create({"_target_": f"{kind.__module__}.{kind.__qualname__}", **settings})
    return "\n".join(component_problems("its", node))
