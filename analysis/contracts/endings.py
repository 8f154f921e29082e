"""How the attempts of each arm ended on each rung: cut, unread, at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

REASONING = "chain_of_thought"
"""The PTE whose gain supposes a base that does not reason by itself."""


@dataclass(frozen=True, kw_only=True)
class CellEndings:
    """Shares and scores in [0, 1]; arrays are [arm, rung], NaN where an arm was not run, or its
    records do not tell, as those of an older harness."""

    cut: Array
    """Share of attempts, candidates of pools each, that a token limit cut: they count as wrong."""
    unread: Array
    """Share of attempts that ended by themselves without an answer that could be read."""
    cut_completions: Array
    """Share of completions that ran into their limit, rationales and steps among them."""
    strict: Array
    """Mean score where only answers in the form that was asked for count."""
    upper: Array
    """Mean score if all cut attempts were right."""
    at_once: Array
    """Share of the answers read that no words came before; NaN also where answers follow a cue."""
