"""Calling a tool so that whatever goes wrong in it costs one observation, never the attempt.

Only what the model itself wrote is ever read as a call, and only a tool that was offered is run:
words in an observation can ask for one, and cannot call one.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import jsonschema

from harness.contracts.attempt import Attempt
from harness.contracts.draw import Draw
from harness.contracts.tool import Observation, Tool
from harness.errors import EngineError, EngineLostError, OverflowedError
from harness.journal import JournalError

LONGEST = 2000
"""Characters of an observation that the model is shown."""
FATAL = (OverflowedError, EngineError, EngineLostError, JournalError, MemoryError)
"""What is not the tool's fault: the attempt's or the run's to deal with."""


async def use(
    tools: Sequence[Tool], name: str, argument: str, attempt: Attempt, draw: Draw
) -> tuple[Attempt, str]:
    """The attempt with the tool's state, and the observation to show.

    The observation is journalled with its arguments and the tool's state, unless the tool asks
    through `draw`, which does so by itself.
    """
    found = next((tool for tool in tools if tool.name == name.strip().casefold()), None)
    if found is None:
        offered = ", ".join(tool.name for tool in tools)
        return attempt, f"There is no tool {_shown(name, 40)!r}; there is {offered}."
    if reason := _misfit(argument, found):
        return attempt, f"{found.name} cannot take this: {reason}."
    tool, state = found, attempt.state.get(found.name)
    draw.called(f"tool:{tool.name}")

    async def make() -> list[Any]:
        start = time.perf_counter()
        try:
            seen = await asyncio.wait_for(
                tool.call(argument, state, draw), None if tool.asks else tool.timeout
            )
        except TimeoutError:
            seen = Observation(f"{tool.name} did not answer within {tool.timeout:g} s.", state)
        except FATAL:
            raise
        except Exception as error:
            seen = Observation(f"{tool.name} failed: {_shown(str(error), 200)}", state)
        finally:
            draw.used_tool(time.perf_counter() - start)
        return [_shown(seen.text), seen.state]

    said, after = await (make() if tool.asks else draw.effect(tool.name, [argument, state], make))
    return replace(attempt, state={**attempt.state, tool.name: after}), said


def _misfit(argument: str, tool: Tool) -> str | None:
    """Why the argument does not fit the tool's schema, or None."""
    if tool.schema.get("type") == "string":
        return None if argument.strip() else f"nothing was given; write for example {tool.example}"
    try:
        jsonschema.validate(json.loads(argument), tool.schema)
    except ValueError as error:
        return f"it is no JSON ({error})"
    except jsonschema.ValidationError as error:
        return str(error.message)
    return None


def _shown(text: str, longest: int = LONGEST) -> str:
    """Text as a prompt can hold it: valid, without control characters, and not too long."""
    whole = text.encode("utf-8", "replace").decode()
    clean = "".join(each for each in whole if each in "\n\t" or each.isprintable())
    return clean if len(clean) <= longest else f"{clean[:longest]} [cut: {len(clean)} characters]"
