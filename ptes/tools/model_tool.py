"""What the tools that ask a model share: one short call in a role of its own."""

from __future__ import annotations

from typing import Any

from harness.contracts.draw import Draw
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Observation, Tool


def model_tool(name: str, description: str, example: str, instruction: str, tokens: int) -> Tool:
    """A tool that has the model itself, in the role of the tool's name, answer in one line."""

    async def call(argument: str, state: Any, draw: Draw) -> Observation:
        prompt = Prompt(question=argument.strip(), instruction=instruction, role=name)
        reply = await draw.complete(draw.show(prompt), tokens, ("\n",))
        return Observation(reply.text.strip() or "No answer.", state)

    return Tool(
        name=name,
        description=description,
        example=example,
        call=call,
        asks=True,
    )
