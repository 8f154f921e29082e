"""Conversations in the words of a checkpoint's chat template."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from jinja2.exceptions import TemplateError

from harness.contracts.thoughts import Thoughts
from harness.errors import UserError
from harness.models.thinking import (
    HARMONY,
    MARK,
    THINK,
    Thinking,
    marks_of,
    opened_and_closed,
    switch_of,
)

Message = dict[str, str]
"""A chat turn: `role` and `content`."""
_QUESTION: Message = {"role": "user", "content": MARK}


class Conversations:
    """What a chat template makes of conversations, on one day and with thoughts on or off."""

    def __init__(
        self, raw: Any, name: str, now: Callable[[str], str], thinking: bool | None
    ) -> None:
        """
        Args:
            raw: the library's tokenizer.
            name: what errors call it.
            now: the template's `strftime_now`.
            thinking: whether the model is to think; None leaves that to the template.
        """
        self._raw = raw
        self._name = name
        self._now = now
        self._thinking = thinking
        self._settings: dict[str, bool] = {}

    def ids(self, messages: list[Message]) -> list[int]:
        """Token ids up to where the assistant's next turn begins.

        Raises:
            UserError: the template refuses the conversation, or leaves its system prompt out.
        """
        if messages[0]["role"] == "system":
            self._takes_a_system_prompt()
        # The template writes its own special tokens: tokenising its text again would double BOS.
        result = self._applied(messages, self._settings, tokenize=True, return_dict=False)
        return list(result)

    def answered(self, messages: list[Message]) -> tuple[str, str]:
        """What stands before and after the assistant's reply in a conversation that ends with it.

        Raises:
            UserError: the template refuses the conversation, or does not write the reply whole.
        """
        whole = [*messages, {"role": "assistant", "content": MARK}]
        said = str(self._applied(whole, self._settings, replies=False, tokenize=False))
        before, mark, after = said.rpartition(MARK)
        if not mark or MARK in before:
            raise UserError(
                f"the chat template of {self._name} does not write out a reply, so that none can "
                "be judged"
            )
        return before, after

    def turn(self, text: str) -> str:
        """What ends the assistant's turn, says `text` as the user, and begins the next turn.

        Raises:
            UserError: the template refuses a second turn, or does not write it whole.
        """
        said = {"role": "assistant", "content": MARK}
        asked = [{"role": "user", "content": "."}, said, {"role": "user", "content": text}]
        _, mark, rest = self._text(asked, self._settings).partition(MARK)
        if not mark or MARK in rest or text.strip() not in rest:
            raise UserError(
                f"the chat template of {self._name} does not write out a reply and the user's next "
                "turn after it, so that no second turn can be asked for"
            )
        return rest

    def thoughts(self, template: str, thinks: Thinking) -> Thoughts | None:
        """How the thoughts of a model with this template are told from its reply; None where it
        does not think.

        From now on its switch is set as was asked for.

        Args:
            template: the chat template's own text.
            thinks: what is known of the model where the template does not show it.

        Raises:
            UserError: the template cannot be told what was asked for.
        """
        switch = switch_of(template)
        known = marks_of(template)
        if switch is None and known is None and thinks == "never" and not self._thinking:
            return None
        if switch and self._differs(switch, True, False):
            thinks = "always" if self._on(switch) else "never"
            self._settings = {} if self._thinking is None else {switch: self._thinking}
        elif known is HARMONY:
            thinks = "always"
        marks = known or THINK
        prompt = self._text([_QUESTION], self._settings).rpartition(MARK)[2]
        opened, closed = opened_and_closed(prompt, marks)
        thinking = opened or (thinks != "never" and not closed)
        if self._thinking not in (None, thinking) and not self._settings:
            raise UserError(
                f"thinking={str(self._thinking).lower()}: the chat template of {self._name} has no "
                f"switch for it, and the model {'always' if thinking else 'never'} thinks. Leave "
                "thinking to the template (null)"
            )
        if not thinking and not closed:
            return None
        return Thoughts(
            marks.open,
            marks.close,
            opened=opened,
            closed=closed,
            answer=marks.answer,
            end=marks.end,
        )

    def _on(self, switch: str) -> bool:
        """Whether the model is to think: as was asked for, else as the template has it."""
        if self._thinking is not None:
            return self._thinking
        return not self._differs(switch, True, None)

    def _differs(self, switch: str, *states: bool | None) -> bool:
        """Whether a prompt differs by what the switch is set to; None leaves it alone."""
        settings = [{} if state is None else {switch: state} for state in states]
        return len({self._text([_QUESTION], each) for each in settings}) > 1

    def _takes_a_system_prompt(self) -> None:
        try:
            text = self._text([{"role": "system", "content": MARK}, {**_QUESTION, "content": "."}])
            reason = "" if MARK in text else "it is left out"
        except UserError as error:
            reason = str(error.__cause__)
        if reason:
            raise UserError(
                f"the chat template of {self._name} takes no system prompt ({reason}): leave it "
                "empty, or put its words into the benchmark's instruction"
            )

    def _text(self, messages: list[Message], settings: dict[str, bool] | None = None) -> str:
        return str(self._applied(messages, settings or {}, tokenize=False))

    def _applied(
        self, messages: list[Message], settings: dict[str, bool], replies: bool = True, **how: Any
    ) -> Any:
        try:
            return self._raw.apply_chat_template(
                messages,
                add_generation_prompt=replies,
                strftime_now=self._now,  # in place of the clock's
                **settings,
                **how,
            )
        except TemplateError as error:
            roles = ", ".join(message["role"] for message in messages)
            raise UserError(
                f"the chat template of {self._name} refuses a conversation of {roles}: {error}"
            ) from error
