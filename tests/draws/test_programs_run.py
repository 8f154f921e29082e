"""Programs that solvers run: journalled by content, run once, shared signals made once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness.contracts.draw import Draw
from harness.draws.asker import Asker
from harness.draws.attempt_draw import AttemptDraw
from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.journal import Journal
from tests.toys import toy_handle


@dataclass
class Counting:
    """An executor that says yes to even assertions and counts what it runs."""

    identity: str = "tier one"
    ran: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)

    async def asserts(self, code: str, asserts: Sequence[str]) -> list[bool]:
        self.ran.append((code, tuple(asserts)))
        await asyncio.sleep(0)
        return [len(line) % 2 == 0 for line in asserts]

    async def values(self, code: str, expressions: Sequence[str]) -> list[str]:
        self.ran.append((code, tuple(expressions)))
        return [f"{code}:{each}" for each in expressions]

    async def printed(self, code: str) -> str:
        self.ran.append((code, ()))
        return f"said by {code}"


def handle(folder: Path, executor: Counting | None) -> AttemptDraw:
    made = toy_handle(folder, FakeConfig())
    made.session.executor = executor
    return made


def test_equal_programs_are_run_once_whoever_asks_and_wherever(tmp_path: Path) -> None:
    executor = Counting()
    draw = handle(tmp_path, executor)

    async def ask() -> list[tuple[bool, ...]]:
        places = [draw, draw.at("selection", 1), draw.at("search", 2)]
        return list(await asyncio.gather(*(each.check("code", ["ab", "abc"]) for each in places)))

    assert asyncio.run(ask()) == [(True, False)] * 3
    assert executor.ran == [("code", ("ab", "abc"))]
    assert draw.session.spent.programs == 1


def test_a_resumed_run_takes_outcomes_from_the_journal(tmp_path: Path) -> None:
    async def ask(draw: AttemptDraw) -> tuple[tuple[bool, ...], tuple[str, ...]]:
        return await draw.check("code", ["ab"]), await draw.behaviour("code", ["f(1)"])

    first, second = Counting(), Counting()
    draw = handle(tmp_path, first)
    before = asyncio.run(ask(draw))
    draw.session.asker.journal.close()
    again = handle(tmp_path, second)
    again.session.asker = Asker(Journal.open(tmp_path / "journal"))
    assert asyncio.run(ask(again)) == before == ((True,), ("code:f(1)",))
    assert (len(first.ran), len(second.ran)) == (2, 0)


@pytest.mark.parametrize("changed", ["code", "asserts", "identity"])
def test_what_an_outcome_depends_on_is_in_its_key(tmp_path: Path, changed: str) -> None:
    executor = Counting()
    draw = handle(tmp_path, executor)

    async def ask() -> None:
        await draw.check("code", ["ab"])
        if changed == "identity":
            executor.identity = "tier two"
        code = "other" if changed == "code" else "code"
        await draw.check(code, ["abcd" if changed == "asserts" else "ab"])

    asyncio.run(ask())
    assert len(executor.ran) == 2


def test_without_a_sandbox_nothing_is_run(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="base runs programs, and toy asks for none"):
        asyncio.run(handle(tmp_path, None).check("code", ["ab"]))


def test_what_is_shared_is_made_once_at_the_problems_own_address(tmp_path: Path) -> None:
    draw = handle(tmp_path, None).at("replicate", 3)
    made: list[str] = []

    async def make(own: Draw) -> str:
        made.append(str(own.address))
        await asyncio.sleep(0)
        return "tests"

    async def ask() -> list[str]:
        places = [draw.at("selection", 4), draw.at("search", 1).at("policy", 2)]
        both = [await each.shared("test 0", make) for each in places]
        return [*both, await draw.shared("test 1", make)]

    assert asyncio.run(ask()) == ["tests"] * 3
    assert made == ["replicate=3"] * 2


def test_a_failure_to_make_it_reaches_everybody_who_asked(tmp_path: Path) -> None:
    draw = handle(tmp_path, None)

    async def make(own: Draw) -> None:
        await asyncio.sleep(0)
        raise UserError("no tests")

    async def ask() -> list[object]:
        waiting = (replace(draw).shared("test 0", make) for _ in range(2))
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    assert [str(error) for error in asyncio.run(ask())] == ["no tests"] * 2


def test_equal_scripts_are_run_once_and_are_not_taken_for_programs(tmp_path: Path) -> None:
    executor = Counting()
    draw = handle(tmp_path, executor)

    async def ask() -> list[str]:
        return [await each.script("print(1)") for each in (draw, draw.at("selection", 1))]

    assert asyncio.run(ask()) == ["said by print(1)"] * 2
    assert executor.ran == [("print(1)", ())]
