"""Diminishing returns: what one base model can be brought to at most.

Lifland et al.'s example: no PTE would make GPT-2 do as well as GPT-4 at competitive programming, so
log10 CEG is capped below 4 there. A cap belongs to a task and to a base model.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from harness.errors import UserError

Array = NDArray[np.float64]

WRITEUP_CAP = 4.0
"""OOM. Lifland et al.'s intuition pump, from GPT-2 to a model of GPT-4's class."""


def hard_cap(log_ceg: Any, cap: float) -> Array:
    """log10 CEG that rises as it would, and stops at `cap` OOM.

    Raises:
        UserError: the cap is not above 0.
    """
    return np.asarray(np.minimum(log_ceg, _checked(cap)))


def soft_cap(log_ceg: Any, cap: float) -> Array:
    """log10 CEG with diminishing returns: L becomes cap x (1 - exp(-L / cap)).

    The first OOM counts nearly whole, later ones ever less, and `cap` is never passed.

    Raises:
        UserError: the cap is not above 0.
    """
    return np.asarray(-_checked(cap) * np.expm1(-np.asarray(log_ceg, float) / cap))


def _checked(cap: float) -> float:
    if not cap > 0:
        raise UserError(f"a cap of {cap:g} OOM cannot be: give a number above 0")
    return cap
