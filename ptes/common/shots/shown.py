"""Whether the roles that look at an attempt are shown examples of their work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from harness.contracts.attempt import Attempt

T = TypeVar("T")


def shown_with(attempt: Attempt, shots: Sequence[T]) -> tuple[T, ...]:
    """The examples where the attempt itself was shown solved examples, else none.

    All or none of them, however many the solver was shown: of judgements a part would lean to one
    side.
    """
    return tuple(shots) if attempt.prompt.exemplars else ()
