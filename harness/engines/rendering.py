"""Where a structured prompt becomes token ids, once (chat template, or plain text for a base).

Plain:
    instruction

    Question: an exemplar's question
    Answer: its rationale. The answer is 5.

    Question: the question
    Answer:

Chat: the same parts as turns, the exemplars' answers being the assistant's. Prompts that ask for a
program have a form of their own (`program_text`).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.engines import program_text
from harness.engines.conversations import Message
from harness.engines.tokenizer import Tokenizer

PLAIN_STOPS = ("\n\nQuestion:", "\nQuestion:")
"""Stop strings for a base model that goes on to invent the next question, blank line included."""


@dataclass(frozen=True)
class Renderer:
    """Renders prompts for one model."""

    tokenizer: Tokenizer
    chat: bool

    def render(self, prompt: Prompt, lead: str = "") -> tuple[array[int], str]:
        """Token ids, and the text that they stand for (for people); `lead` opens the reply.

        Where a program is asked for at once, its header does.
        """
        if prompt.header:
            return self._program(prompt, program_text.lead(prompt, self.chat, lead))
        if self.chat:
            return self._conversation(turns(prompt), lead)
        text = plain(prompt) + (f" {lead}" if lead else "")
        return self.tokenizer.encode(text, start=True), text

    def _program(self, prompt: Prompt, lead: str) -> tuple[array[int], str]:
        if self.chat:
            return self._conversation(program_text.turns(prompt), lead)
        text = program_text.plain(prompt) + lead
        return self.tokenizer.encode(text, start=True), text

    def _conversation(self, messages: list[Message], lead: str) -> tuple[array[int], str]:
        ids = self.tokenizer.chat(messages)
        shown = "\n".join(f"[{turn['role']}] {turn['content']}" for turn in messages)
        return (ids + self.tokenizer.encode(lead) if lead else ids), f"{shown}\n[reply] {lead}"

    @property
    def stops(self) -> tuple[str, ...]:
        return () if self.chat else PLAIN_STOPS

    def opening(self, lead: str) -> str:
        """How `lead` is written when it opens the reply."""
        return lead if self.chat else f" {lead}"


def solution(exemplar: Exemplar, prompt: Prompt) -> str:
    """An exemplar's solution in the form that the prompt asks for; a trajectory has an end of its
    own."""
    if prompt.form == "trajectory":
        return exemplar.forms["trajectory"].strip()
    answer = f"{prompt.cue} {exemplar.answer}.".strip()
    if prompt.form == "answer":
        return answer
    return f"{exemplar.forms[prompt.form].strip()} {answer}"


def plain(prompt: Prompt) -> str:
    """The prompt as text that a base model continues."""
    blocks = [_instruction(prompt)] if _instruction(prompt) else []
    blocks += [
        f"Question: {exemplar.question}\nAnswer: {solution(exemplar, prompt)}"
        for exemplar in prompt.exemplars
    ]
    blocks += [*prompt.notes, *prompt.transcript, f"Question: {prompt.question}\nAnswer:"]
    return "\n\n".join(blocks)


def turns(prompt: Prompt) -> list[Message]:
    """The prompt as a conversation; the instruction opens the first user turn."""
    messages: list[Message] = []
    for exemplar in prompt.exemplars:
        messages.append({"role": "user", "content": exemplar.question})
        messages.append({"role": "assistant", "content": solution(exemplar, prompt)})
    last = "\n\n".join([*prompt.notes, *prompt.transcript, prompt.question])
    messages.append({"role": "user", "content": last})
    if _instruction(prompt):
        messages[0]["content"] = f"{_instruction(prompt)}\n\n{messages[0]['content']}"
    return messages


def _instruction(prompt: Prompt) -> str:
    parts = [prompt.instruction, prompt.reasoning or ""]
    if prompt.cue:
        parts.append(f"Write the answer like this: {prompt.cue} <{prompt.answer_format}>.")
    return " ".join(part for part in parts if part)
