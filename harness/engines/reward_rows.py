"""What vLLM is asked of a reward model, here or behind a server, and how its numbers are read."""

from __future__ import annotations

from harness.engines.protocol import RewardRequest
from harness.errors import EngineError
from harness.models.spec import ModelSpec

OUTCOME, STEPS = "classify", "token_classify"
"""vLLM's names of what is asked."""


def task_of(model: ModelSpec) -> str:
    """What vLLM is asked for of this reward model."""
    assert model.reward is not None, "asked of reward models alone"
    return OUTCOME if model.reward.kind == "outcome" else STEPS


def read_rows(rows: list[list[float]], request: RewardRequest, whole: bool) -> tuple[float, ...]:
    """Log-odds of right from a head's numbers.

    Args:
        rows: numbers of the last token where `whole`, else of each token of the request; one a
            row, or two, wrong before right.

    Raises:
        EngineError: they are not as many as there are tokens.
    """
    wanted = 1 if whole else len(request.ids)
    if len(rows) != wanted or any(len(row) not in (1, 2) for row in rows):
        shape = f"{len(rows)} rows of {len(rows[0]) if rows else 0}"
        raise EngineError(f"the head gave {shape} numbers, and {wanted} of one or two are wanted")
    read = rows if whole else [rows[place] for place in request.at]
    return tuple(row[0] if len(row) == 1 else row[1] - row[0] for row in read)
