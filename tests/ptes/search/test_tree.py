"""The tree: what UCT selects, what a reward changes, and where nothing is left to grow."""

from __future__ import annotations

from dataclasses import replace
from math import log, sqrt

import pytest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt, AttemptStatus
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from ptes.common.search.tree import Node, Tree

OPEN = Attempt(Problem("p", "What?"), Prompt("What?"), Address(), steps=("a", "b"))
DONE = replace(OPEN, status=AttemptStatus.ANSWERED, answer="x", canonical="x")


def tree(*values: float, depth: int = 3, exploration: float = 1.0) -> tuple[Tree, list[Node]]:
    """A root with children of these values."""
    made = Tree(Node(-1, OPEN), exploration, depth, programs=False)
    children = made.grow(made.root, [OPEN] * len(values))
    for child, value in zip(children, values, strict=True):
        child.prior = child.value = value
    return made, children


def test_the_child_of_highest_value_is_selected_ties_to_the_older() -> None:
    made, children = tree(0.2, 0.7, 0.7)
    assert made.select() is children[1]


def test_uct_is_value_and_a_bonus_for_few_visits() -> None:
    made, (first, second) = tree(0.2, 0.6, exploration=2.0)
    made.backpropagate(second, 0.0)
    assert (made.root.visits, second.visits, second.value) == (2, 2, 0.3)
    assert made.uct(first) == pytest.approx(0.2 + 2.0 * sqrt(log(2)))
    assert made.uct(second) == pytest.approx(0.3 + 2.0 * sqrt(log(2) / 2))
    assert made.select() is first


def test_without_exploration_the_better_value_stays_ahead() -> None:
    made, (_, second) = tree(0.2, 0.6, exploration=0.0)
    for _ in range(5):
        made.backpropagate(second, 0.5)
    assert made.select() is second


def test_a_reward_reaches_all_above_and_none_beside() -> None:
    made, (first, second) = tree(0.4, 0.4)
    (leaf,) = made.grow(first, [OPEN])
    leaf.prior = leaf.value = 0.6
    made.backpropagate(leaf, 1.0)
    assert leaf.value == pytest.approx(0.8)
    assert first.value == pytest.approx(0.7)
    assert (second.value, second.visits) == (0.4, 1)


def test_finished_attempts_of_several_steps_are_settled() -> None:
    made, (first, second) = tree(0.9, 0.1)
    first.attempt = DONE
    assert made.select() is second
    second.attempt = DONE
    assert made.select() is None


def test_a_finished_attempt_of_one_step_can_be_tried_again() -> None:
    made, (first, _) = tree(0.9, 0.1)
    first.attempt = replace(DONE, steps=("a",))
    assert made.select() is first
    first.attempt = replace(DONE, steps=("a",), status=AttemptStatus.OVERFLOW)
    assert made.select() is not first


def test_twins_and_what_is_too_deep_are_left_alone() -> None:
    made, (first, second) = tree(0.9, 0.1, depth=2)
    second.twin = 0
    (leaf,) = made.grow(first, [OPEN])
    assert leaf.depth == 2
    assert made.select() is None


def test_what_is_submitted_is_an_answer_then_the_most_rewarded_then_the_older() -> None:
    _, (first, second, third) = tree(0.1, 0.5, 0.5)
    first.attempt = replace(OPEN, status=AttemptStatus.NO_ANSWER)
    second.attempt = third.attempt = DONE
    assert max((third, second, first), key=lambda node: node.rank) is second
