"""How the model is told of the tools and of the form of a step."""

from __future__ import annotations

from collections.abc import Sequence

from harness.contracts.benchmark import Task
from harness.contracts.tool import Tool
from ptes.common.acting.actions import ACTION, FINISH, OBSERVATION, THOUGHT

THINK = "what you know, and what to find out next"


def tool_instructions(task: Task, tools: Sequence[Tool], thinks: bool) -> str:
    """What follows the benchmark's instruction: the tools, and how to call one."""
    example = f"{ACTION} {tools[0].name}[{tools[0].example}]"
    lines = [
        "You can use tools. Work in steps, with one action in each step, written like this:",
        *([f"{THOUGHT} {THINK}"] if thinks else []),
        example,
        f'A line that begins with "{OBSERVATION}" then shows what the action came to. Actions:',
        *(f"{tool.name}[{tool.example}]: {tool.description}" for tool in tools),
        f"{FINISH}[{task.answer_format}]: ends the work with your answer.",
    ]
    return "\n".join(lines)


def format_reminder(task: Task, tools: Sequence[Tool]) -> str:
    """The observation after a step in which no action can be read."""
    offered = ", ".join(f"{tool.name}[{tool.example}]" for tool in tools)
    return (
        f'There was no action to read. Write one on a line of its own, such as "{ACTION} '
        f'{tools[0].name}[{tools[0].example}]". There is {offered}, and {FINISH}'
        f"[{task.answer_format}] to answer."
    )
