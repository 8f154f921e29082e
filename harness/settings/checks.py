"""What settings may be."""

from __future__ import annotations

from omegaconf import DictConfig

from harness.errors import UserError


def check(config: DictConfig) -> None:
    """Settings of the root whose type nothing else looks at before a run is under way."""
    for key in ("replicates", "seed", "context_window"):
        if type(config[key]) is not int:
            raise UserError(f"{key} is {config[key]!r}: give a whole number")
    if config.limit is not None and (type(config.limit) is not int or config.limit < 1):
        raise UserError(f"limit is {config.limit!r}: give a whole number from 1, or null for all")
    for key in ("length", "success"):
        value = config.rehearsal[key]
        if type(value) not in (int, float) or not 0 <= value <= 1:
            raise UserError(f"rehearsal.{key} is {value!r}: give a share from 0 to 1")
    for key in ("problems", "observation"):
        value = config.rehearsal[key]
        if type(value) is not int or value < 1:
            raise UserError(f"rehearsal.{key} is {value!r}: give a whole number from 1")
    if not isinstance(config.runs, str):
        raise UserError(f"runs is {config.runs!r}: give a folder")
    if not isinstance(config.sampling, DictConfig):
        raise UserError("sampling is set role by role: sampling.solve.temperature=0.7")
    for role, values in config.sampling.items():
        for key, value in values.items():
            if type(value) not in (int, float) or value < 0:
                name = f"sampling.{role!s}.{key!s}"
                raise UserError(f"{name} is {value!r}: give a number from 0")
