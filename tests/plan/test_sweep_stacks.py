"""Which stacks a sweep is about: each subset once."""

from __future__ import annotations

from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.contracts.pte import PTE, Slot
from harness.errors import UserError
from harness.plan.sweep import Sweep

NAMES = list("abcdef")


def known(names: list[str]) -> dict[str, PTE]:
    slots = frozenset({Slot.SEARCH})
    return {n: type(n, (PTE,), {"name": n, "category": "x", "slots": slots})() for n in names}


def built(sweep: Sweep) -> list[frozenset[str]]:
    return [stack.names for stack in sweep.build(known(NAMES))]


chosen = st.lists(st.sampled_from(NAMES), min_size=1)


@given(chosen)
def test_a_factorial_is_every_subset_once(names: list[str]) -> None:
    stacks = built(Sweep("factorial", names))
    every = {frozenset(c) for n in range(len(names) + 1) for c in combinations(set(names), n)}
    assert set(stacks) == every
    assert len(stacks) == len(every) == 2 ** len(set(names))


@given(chosen)
def test_singles_are_the_base_and_each_alone(names: list[str]) -> None:
    stacks = built(Sweep("singles", names))
    assert stacks[0] == frozenset()
    assert sorted(map(sorted, stacks[1:])) == [[name] for name in sorted(set(names))]


@given(chosen)
def test_pairs_are_the_singles_and_every_two(names: list[str]) -> None:
    stacks = built(Sweep("pairs", names))
    assert set(built(Sweep("singles", names))) < set(stacks) or len(set(names)) == 1
    assert sum(len(stack) == 2 for stack in stacks) == comb(len(set(names)), 2)
    assert max(map(len, stacks)) <= 2
    assert len(set(stacks)) == len(stacks)


def test_one_is_all_of_them_together() -> None:
    assert built(Sweep("one", ["a", "b", "a"])) == [{"a", "b"}]
    assert built(Sweep("one", [])) == [frozenset()]


def test_a_list_is_taken_as_it_stands_duplicates_once() -> None:
    stacks = [["b", "a"], [], ["a", "b"], ["a", "a"], ["a"]]
    assert built(Sweep("list", stacks=stacks)) == [{"a", "b"}, frozenset(), {"a"}]


@pytest.mark.parametrize(
    ("sweep", "mend"),
    [
        (Sweep("factorial"), "sweep=factorial needs PTEs"),
        (Sweep("list"), "sweep=list needs stacks"),
    ],
)
def test_a_sweep_about_nothing_is_refused(sweep: Sweep, mend: str) -> None:
    with pytest.raises(UserError, match=mend):
        sweep.combinations()
