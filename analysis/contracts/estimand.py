"""What a gain is of: three questions that one pair of scores may be asked."""

from __future__ import annotations

from enum import StrEnum


class Estimand(StrEnum):
    """Whose gain a CEG is; its interval holds what would differ for another such answer."""

    RECIPE = "recipe"
    """The average gain over models trained as the ladder's were: luck that the arms of a trained
    model share cancels, an arm's own is averaged over."""
    THIS_MODEL = "this_model"
    """What the PTE adds to the one trained model that was measured: no other model's luck is in
    it."""
    NEW_RUN = "new_run"
    """The compute of a base model trained anew that scores as much: the luck of its training is in
    it, and so is that of the ladder."""
