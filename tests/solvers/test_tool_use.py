"""A tool that goes wrong costs one observation: seen in the records of whole runs."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.benchmark import Task
from harness.contracts.draw import Draw
from harness.contracts.pte import PTE, Slot
from harness.contracts.tool import Observation, Tool
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import EngineError
from ptes.tools.toolformer import Toolformer
from tests.tool_toys import SETTING, Roomy, observations
from tests.toys import toy_run

Calling = Callable[[str, Any, Draw], Awaitable[Observation]]
CALLS: list[str] = []


async def hangs(argument: str, state: Any, draw: Draw) -> Observation:
    await asyncio.sleep(3600)
    return Observation("late")


async def stubborn(argument: str, state: Any, draw: Draw) -> Observation:
    """Does not heed its cancellation."""
    until = time.monotonic() + 1
    while time.monotonic() < until:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            CALLS.append("cancelled")
    return Observation("late")


async def raises(argument: str, state: Any, draw: Draw) -> Observation:
    raise ValueError("no such thing\x00\ud800")


async def silent(argument: str, state: Any, draw: Draw) -> Observation:
    raise KeyError


async def leaves(argument: str, state: Any, draw: Draw) -> Observation:
    raise SystemExit(3)


async def gives_up(argument: str, state: Any, draw: Draw) -> Observation:
    raise asyncio.CancelledError


async def too_much(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation("x" * 1_000_000)


async def memory(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation("x" * 10**15)


async def broken_text(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation("a\ud83d\udfffb\x1b[2J\x07 c")


async def bytes_for_text(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation(b"\xff\xfe")  # type: ignore[arg-type]


async def no_plain_state(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation("fine", {"lock": asyncio.Lock()})


@dataclass(frozen=True)
class Faulty(PTE):
    """Offers a tool that goes wrong."""

    fault: str
    name: ClassVar[str] = "faulty"
    category: ClassVar[str] = "tools"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.TOOLS})

    def tools(self, task: Task) -> tuple[Tool, ...]:
        call: Calling = globals()[self.fault]

        async def counted(argument: str, state: Any, draw: Draw) -> Observation:
            CALLS.append(self.fault)
            return await call(argument, state, draw)

        return (
            Tool(name="tool", description="Goes wrong.", example="1", call=counted, timeout=0.1),
        )


def say(request: CompletionRequest, prompt: str) -> str:
    return " 4." if "→" in prompt.rpartition("answer is")[2] else " [tool(1)]"


FAULTS = {
    "hangs": "tool did not answer within 0.1 s.",
    "stubborn": "tool did not answer within 0.1 s.",
    "raises": "tool failed: no such thing?",
    "silent": "tool failed: KeyError",
    "leaves": "tool failed: it wanted to end the program",
    "gives_up": "tool failed: it was cancelled from within",
    "too_much": "x" * 300 + "...",
    "memory": "tool failed: MemoryError",
    "broken_text": "a??b(2J c",
    "bytes_for_text": "tool failed: 'bytes' object has no attribute 'encode'",
    "no_plain_state": "tool failed: Encoding objects of type Lock is unsupported",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_tool_that_goes_wrong_costs_one_observation(tmp_path: Path, fault: str) -> None:
    engine = FakeConfig(say)
    stacks = [[Toolformer(), Faulty(fault)]]
    runner = toy_run(tmp_path, stacks, engine, Roomy(size=3), setting=SETTING)
    rows = runner.records.frame()
    assert list(rows["status"]) == ["answered"] * 3
    assert list(rows["answer"]) == ["4"] * 3
    assert rows["error"].isna().all()
    assert [list(row[0]["calls"]) for row in rows["called"]] == [
        ["solve", "tool:tool", "solve"]
    ] * 3
    shown = [ByteTokenizer().decode(request.ids) for request in engine.asked]
    seen = {each.rpartition("[tool(1) → ")[2].removesuffix("]") for each in shown if "→ " in each}
    assert FAULTS[fault] in seen


def test_a_resumed_run_calls_no_tool_again(tmp_path: Path) -> None:
    for _ in range(2):
        CALLS.clear()
        toy_run(
            tmp_path,
            [[Toolformer(), Faulty("raises")]],
            FakeConfig(say),
            Roomy(size=3),
            setting=SETTING,
        )
        for file in (tmp_path / "run" / "records").iterdir():
            file.unlink()
    assert CALLS == []


def test_what_is_the_engines_fault_is_not_the_tools(tmp_path: Path) -> None:
    """A tool that asks a model fails with it: a failure to try again, never an observation."""

    def broken(request: CompletionRequest, prompt: str) -> str:
        if request.tag.role == "ask":
            raise EngineError("no answer from the engine")
        return " [ask(Who?)]"

    runner = toy_run(tmp_path, [[Toolformer()]], FakeConfig(broken), Roomy(size=1), setting=SETTING)
    (row,) = runner.records.frame().to_dict("records")
    assert (row["status"], row["failures"]) == ("error", 1)


async def tells_state(argument: str, state: Any, draw: Draw) -> Observation:
    return Observation(json.dumps(state), [*(state or []), argument])


def test_tools_of_one_memory_share_their_state(tmp_path: Path) -> None:
    tools = [
        Tool(name=name, description="", example="", call=tells_state, memory="both")
        for name in ("one", "two")
    ]
    tools.append(Tool(name="other", description="", example="", call=tells_state))
    calls = [("one", "a"), ("two", "b"), ("other", "c"), ("ONE", "d")]
    seen, attempt = observations(tmp_path, tools, calls)
    assert seen == ["null", '["a"]', "null", '["a", "b"]']
    assert attempt.state == {"both": ["a", "b", "d"], "other": ["c"]}


def test_what_was_not_offered_is_not_called(tmp_path: Path) -> None:
    tools = [Tool(name="one", description="", example="x", call=tells_state)]
    seen, attempt = observations(tmp_path, tools, [("python", "print(1)"), ("one", "  ")])
    assert seen[0] == "There is no tool 'python'; there is one."
    assert seen[1].startswith("one cannot take this: nothing was given")
    assert attempt.state == {}


def test_an_argument_is_held_against_the_tools_schema(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    tools = [Tool(name="count", description="", example="", call=tells_state, schema=schema)]
    calls = ["{", '{"n": "x"}', "{}", "[" * 5000, '{"n": 3}']
    seen, _ = observations(tmp_path, tools, [("count", each) for each in calls])
    assert [text.startswith("count cannot take this") for text in seen] == [True] * 4 + [False]


def test_a_tool_of_another_identity_is_never_served_this_ones_journal(tmp_path: Path) -> None:
    async def tell(argument: str, state: Any, draw: Draw) -> Observation:
        CALLS.append(argument)
        return Observation(f"call {len(CALLS)}")

    CALLS.clear()
    for identity in ("a", "a", "b"):
        observations(
            tmp_path,
            [Tool(name="t", description="", example="", call=tell, identity=identity)],
            [("t", "x")],
        )
    assert len(CALLS) == 2
