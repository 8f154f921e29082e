"""Calling a tool so that whatever goes wrong in it costs one observation, never the attempt.

Only what the model itself wrote is ever read as a call, and only a tool that was offered is run:
words in an observation can ask for one, and cannot call one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import jsonschema
import msgspec

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.tool import Observation, Tool
from harness.errors import EngineError, EngineLostError, OverflowedError
from harness.identity import canonical, sources
from harness.journal import JournalError

LONGEST = 2000
"""Characters of an observation that the model is shown."""
FATAL = (OverflowedError, EngineError, EngineLostError, JournalError)
"""What is not the tool's fault: the attempt's or the run's to deal with."""


async def use(
    tools: Sequence[Tool], name: str, argument: str, attempt: Attempt, draw: Draw
) -> tuple[Attempt, str]:
    """The attempt with the tool's state, and the observation to show.

    The observation is journalled with its arguments and the tool's state, unless the tool asks
    through `draw`, which does so by itself.
    """
    result = meant(tools, name, argument)
    if isinstance(result, str):
        return attempt, result
    tool, memory = draw.offered(result), result.memory or result.name
    state = attempt.state.get(memory)
    draw.called(f"tool:{tool.name}")

    async def make() -> list[Any]:
        start = time.perf_counter()
        try:
            return await _outcome(tool, argument, state, draw)
        finally:
            draw.used_tool(time.perf_counter() - start)

    depends = [_identity(tool), argument, state]
    # Local in a rehearsal, where `offered` has put text in the place of tools that are not.
    effect = partial(draw.effect, tool.name, depends, make, local=True)
    said, after = await (make() if tool.asks else effect())
    return replace(attempt, state={**attempt.state, memory: after}), said


def meant(tools: Sequence[Tool], name: str, argument: str) -> Tool | str:
    """The tool that a call is of, or what the model is told where none can take it."""
    result = next((tool for tool in tools if tool.name == name.strip().casefold()), None)
    if result is None:
        offered = ", ".join(tool.name for tool in tools)
        return f"There is no tool {_shown(name, 40)!r}; there is {offered}."
    if reason := _misfit(argument, result):
        return f"{result.name} cannot take this: {reason}."
    return result


async def preview(
    tools: Sequence[Tool], name: str, argument: str, state: Mapping[str, Any], draw: Draw
) -> tuple[Mapping[str, Any], str]:
    """What a call of a local tool would come to, and what tools then remember: as `use` does, but
    in no attempt, so that nothing is journalled or noted."""
    tool = meant(tools, name, argument)
    if isinstance(tool, str):
        return state, tool
    memory = tool.memory or tool.name
    said, after = await _outcome(tool, argument, state.get(memory), draw)
    return {**state, memory: after}, said


async def _outcome(tool: Tool, argument: str, state: Any, draw: Draw) -> list[Any]:
    """What the model is shown, and the tool's state after it."""
    try:
        seen = await _within(tool, argument, state, draw)
        return [_shown(seen.text), _plain(seen.state)]
    except FATAL:
        raise
    except Exception as error:  # not text, not plain data, or its own failure
        message = _shown(str(error) or type(error).__name__, 200)
        return [f"{tool.name} failed: {message}", state]


def _identity(tool: Tool) -> str:
    """What its observations depend on; the source of a tool that is the user's own is part of it,
    so that the journal never answers for one that has been changed."""
    own = sources(tool.call)
    return f"{tool.identity}|{canonical(own)}" if own else tool.identity


async def _within(tool: Tool, argument: str, state: Any, draw: Draw) -> Observation:
    """What the tool says; one that heeds no cancellation is left behind, not waited for."""

    async def call() -> Observation:
        try:
            return await tool.call(argument, state, draw)
        except SystemExit as error:  # it would end the loop that this task runs on
            raise RuntimeError("it wanted to end the program") from error

    task = asyncio.ensure_future(call())
    try:
        done, _ = await asyncio.wait({task}, timeout=None if tool.asks else tool.timeout)
    finally:
        task.cancel()
    if done and task.cancelled():
        raise RuntimeError("it was cancelled from within")
    if done:
        return task.result()
    return Observation(f"{tool.name} did not answer within {tool.timeout:g} s.", state)


def _misfit(argument: str, tool: Tool) -> str | None:
    """Why the argument does not fit the tool's schema, or None."""
    if tool.schema.get("type") == "string":
        if argument.strip() or not tool.schema.get("minLength"):
            return None
        return f"nothing was given; write for example {tool.example}"
    try:
        jsonschema.validate(json.loads(argument), tool.schema)
    except (ValueError, RecursionError) as error:
        return f"it is no JSON ({error})"
    except jsonschema.ValidationError as error:
        return str(error.message)
    return None


def _plain(state: Any) -> Any:
    """The state as the journal would give it back, so that a resumed run goes on the same way."""
    return msgspec.json.decode(msgspec.json.encode(state))


def _shown(text: str, longest: int = LONGEST) -> str:
    """Text as a prompt can hold it: valid, without control characters, and not too long."""
    whole = text.encode("utf-8", "replace").decode()
    clean = "".join(each for each in whole if each in "\n\t" or each.isprintable())
    return clean if len(clean) <= longest else f"{clean[:longest]} [cut: {len(clean)} characters]"
