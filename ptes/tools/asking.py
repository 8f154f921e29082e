"""What the tools that ask a model share: one short call in a role of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.contracts.draw import Draw
from harness.contracts.estimate import Estimate, tokens_of
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Observation, Tool

ARGUMENT = 30
"""Tokens of an argument, roughly: used for estimates only."""
FRAME = 30
"""Tokens that rendering adds to a request, roughly: used for estimates only."""


def asking(name: str, description: str, example: str, instruction: str, tokens: int) -> Tool:
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
        prompt_tokens=FRAME + ARGUMENT + tokens_of(instruction),
        generated_tokens=tokens,
    )


def estimate_use(estimate: Estimate, tool: Tool, uses: float = 1.0) -> Estimate:
    """An attempt that calls the tool so often."""
    return replace(
        estimate,
        aside_calls=estimate.aside_calls + uses,
        aside_prompt=estimate.aside_prompt + uses * tool.prompt_tokens,
        aside_answer=estimate.aside_answer + uses * tool.generated_tokens,
    )
