"""Trajectories of exemplars: labelled lines, in which an observation follows each action."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ptes.common.acting.actions import (
    ACTION,
    FINISH,
    OBSERVATION,
    THOUGHT,
    Action,
    first_action,
    label_of,
)
from ptes.common.acting.demonstrations import Call


@dataclass(frozen=True)
class TrajectoryNotation:
    """Thoughts, actions and observations, as ReAct has them."""

    form: str = "trajectory"

    def calls(self, text: str) -> list[Call]:
        """All actions but the one that ends the work."""
        found = (_acting(step) for step in steps_of(text))
        return [(each.name, each.argument) for each in found if each is not None]

    def with_results(self, text: str, results: Sequence[str]) -> str:
        """The trajectory with an observation after each action that is carried out."""
        parts, left = [], list(results)
        for step in steps_of(text):
            parts.append(step)
            if _acting(step) is not None:
                parts.append(f"{OBSERVATION} {left.pop(0).strip()}")
        return "\n".join(parts)


def steps_of(trajectory: str) -> list[str]:
    """What is said up to and with each action, observations left out."""
    steps: list[list[str]] = [[]]
    label = ""
    for line in trajectory.strip().splitlines():
        before, label = label, label_of(line) or label
        begins = label_of(line) in (THOUGHT, ACTION)
        if begins and steps[-1] and (before in (OBSERVATION, ACTION)):
            steps.append([])
        if label != OBSERVATION:
            steps[-1].append(line)
    return ["\n".join(lines) for lines in steps if lines]


def without_thoughts(trajectory: str) -> str:
    """The trajectory of one who acts and does not think (Act-only)."""
    kept: list[str] = []
    label = ""
    for line in trajectory.strip().splitlines():
        label = label_of(line) or label
        if label != THOUGHT:
            kept.append(line)
    return "\n".join(kept)


def _acting(step: str) -> Action | None:
    """The action of a step that is carried out: one that does not end the work."""
    action = first_action(step)
    return None if action is None or action.name == FINISH else action
