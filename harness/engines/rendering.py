"""Where a structured prompt becomes token ids, once (chat template, or plain text for a base).

What the parts become is written down beside: `words_text` and `program_text` where a model goes on
with what is put down for it, `free_text` where it answers in a turn of its own.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from harness.contracts.prompt import Prompt
from harness.engines import free_text, program_text, words_text
from harness.engines.conversations import Message
from harness.engines.tokenizer import Tokenizer

_NUMBERED = (f"{kind} {number}" for kind in ("Exercise", "Problem") for number in range(1, 10))
_INVENTED = ("Question:", "Q:", "Exercise:", "Problem:", "Human:", "User:", *_NUMBERED)
PLAIN_STOPS = tuple(f"{blank}\n{label}" for label in _INVENTED for blank in ("\n", ""))
"""Stop strings for a base model that goes on to invent the next exercise or turn, blank line
included. They are few and sure, as what they cut is never said; `solvers.replies` knows more."""


@dataclass(frozen=True)
class Renderer:
    """Renders prompts for one model."""

    tokenizer: Tokenizer
    chat: bool
    system: str | None = None
    """What the system turn of every conversation says; None leaves it to the chat template."""

    def render(self, prompt: Prompt, lead: str = "") -> tuple[array[int], str]:
        """Token ids, and the text that they stand for (for people); `lead` opens the reply.

        Where a program is asked for at once, its header does.
        """
        if prompt.free:
            return self._conversation(free_text.turns(prompt), lead)
        if prompt.header:
            return self._program(prompt, program_text.lead(prompt, self.chat, lead))
        if self.chat:
            return self._conversation(words_text.turns(prompt), lead)
        text = words_text.plain(prompt) + (f" {lead}" if lead else "")
        return self.tokenizer.encode(text, start=True), text

    def _program(self, prompt: Prompt, lead: str) -> tuple[array[int], str]:
        if self.chat:
            return self._conversation(program_text.turns(prompt), lead)
        text = program_text.plain(prompt) + lead
        return self.tokenizer.encode(text, start=True), text

    def _conversation(self, messages: list[Message], lead: str) -> tuple[array[int], str]:
        if self.system is not None:
            messages = [{"role": "system", "content": self.system}, *messages]
        ids = self.tokenizer.chat(messages)
        shown = "\n".join(f"[{turn['role']}] {turn['content']}" for turn in messages)
        return (ids + self.tokenizer.encode(lead) if lead else ids), f"{shown}\n[reply] {lead}"

    @property
    def stops(self) -> tuple[str, ...]:
        return () if self.chat else PLAIN_STOPS

    def opening(self, lead: str) -> str:
        """How `lead` is written when it opens the reply."""
        return lead if self.chat else f" {lead}"
