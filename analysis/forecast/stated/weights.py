"""Weights of the kinds of task, as a user gives them."""

from __future__ import annotations

from collections.abc import Mapping

from analysis.forecast.average import TASK_TYPES, WRITEUP_WEIGHTS
from analysis.forecast.stated import cells
from harness.errors import UserError

KINDS = (*TASK_TYPES, "facts", "classification")
"""Kinds of task that benchmarks may have: Lifland et al.'s five, and two more of their list."""


def read_weights(text: str | None) -> Mapping[str, float]:
    """Weights of `math=2,coding=1`; kinds that are not named, or have 0, do not count.

    Raises:
        UserError: it is no such text, or a kind is not known, or none has a weight.
    """
    if text is None:
        return WRITEUP_WEIGHTS
    result: dict[str, float] = {}
    for part in text.split(","):
        kind, equals, value = (side.strip() for side in part.partition("="))
        if not equals or kind in result:
            raise UserError(
                f"--weights '{cells.shown(text)}': give each task type once with its weight, such "
                "as math=2,coding=1"
            )
        if kind not in KINDS:
            raise cells.unknown("--weights", "task type", kind, KINDS)
        result[kind] = cells.number("--weights", kind, value, 0.0, 1e6)
    counted = {kind: weight for kind, weight in result.items() if weight > 0}
    if not counted:
        raise UserError(f"--weights {cells.shown(text)}: no task type has a weight above 0")
    return counted
