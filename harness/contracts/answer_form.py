"""The words that tell a model in which form to answer: one line, the same in every arm."""

from __future__ import annotations

from harness.contracts.prompt import Prompt

PROGRAM_FORM = "Write the whole function in one Python code block."
AGAIN = "Your reply was cut. Give the answer now, without any explanation."
"""What a reply that was cut is followed by, where completion is forced."""


def answer_form(prompt: Prompt) -> str:
    """The line that states the form of the answer; empty where the prompt asks for none."""
    if prompt.free and prompt.header:
        return PROGRAM_FORM
    if not prompt.cue:
        return ""
    return f"Write the answer like this: {prompt.cue} <{prompt.answer_format}>."


def completion_request(prompt: Prompt) -> str:
    """What asks for the answer alone after a reply that was cut."""
    return f"{AGAIN} {answer_form(prompt)}".strip()
