"""A plan carries out no effect of a PTE's own, unless that takes nothing but its arguments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pytest

from harness.contracts.attempt import Attempt
from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.solver import Policy, Solver
from harness.errors import UserError
from tests.rehearsing import price, worst

FETCHED: list[str] = []
"""What was fetched for real."""


async def fetch() -> str:
    FETCHED.append("fetched")
    return "Eight words that a page of the web says."


@dataclass(frozen=True)
class Noting:
    """Fetches something, notes it in the prompt, and solves."""

    inner: Solver
    options: dict[str, Any]

    @property
    def policy(self) -> Policy:
        return self.inner.policy

    def start(self, problem: Any, draw: Draw) -> Attempt:
        return self.inner.start(problem, draw)

    async def solve(self, attempt: Attempt, draw: Draw) -> Attempt:
        said = await draw.effect("fetch", ["url"], fetch, **self.options)
        noted = replace(attempt.prompt, notes=(said,))
        return await self.inner.solve(replace(attempt, prompt=noted), draw)


@dataclass(frozen=True)
class Noted(PTE):
    local: bool = False
    rehearsed: str | None = None

    name: ClassVar[str] = "noted"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SEARCH})

    def search(self, inner: Solver, task: Task) -> Solver:
        return Noting(inner, {"local": self.local, "rehearsed": self.rehearsed})


@pytest.fixture(autouse=True)
def nothing_fetched() -> None:
    FETCHED.clear()


@pytest.mark.parametrize("priced", [price, worst])
def test_one_that_says_nothing_of_itself_is_refused_and_not_made(priced: Any) -> None:
    with pytest.raises(UserError, match=r"effect 'fetch' is asked for.*rehearsed=OUTCOME.*local"):
        priced([Noted()])
    assert not FETCHED


def test_what_it_might_come_to_is_priced_in_its_place() -> None:
    short, long = price([Noted(rehearsed="x")]), price([Noted(rehearsed="x" * 401)])
    assert long.prompt_tokens - short.prompt_tokens == pytest.approx(100, abs=2)
    assert not FETCHED


def test_one_that_is_local_is_made() -> None:
    assert price([Noted(local=True)]).calls == 1
    assert FETCHED
