"""Thoughts: what a reasoning model writes before its reply, and where the reply begins."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Thoughts:
    """How a model's thoughts are told from its reply."""

    open: str
    """What opens them (`<think>`)."""
    close: str
    """What closes them, written by the model, or for it where its budget is spent."""
    opened: bool
    """Whether the prompt ends inside them: the model goes on with its thoughts at once."""
    closed: bool
    """Whether the prompt has closed them already, which is how a template keeps a model from
    thinking."""
    answer: str = ""
    """What opens a reply, where thoughts and replies are channels of one turn (gpt-oss)."""
    end: str = ""
    """What ends a channel there."""


def after_thoughts(text: str, thoughts: Thoughts | None) -> str | None:
    """What a generated text says after its thoughts.

    A text without thoughts is a reply from its beginning. Where a model thinks again, what follows
    its last thoughts is the reply; thoughts that it begins after a reply and does not end take
    nothing back.

    Args:
        text: the model's turn, from where the prompt ended.
        thoughts: how they are marked off; None for a model that does not think.

    Returns:
        The reply, as it was written; None where the first thoughts were opened and never closed, or
        where a turn of channels came to none for replies.
    """
    if thoughts is None:
        return text
    if thoughts.answer:
        whole = f"{thoughts.answer}{text}" if thoughts.closed else text
        _, found, reply = whole.rpartition(thoughts.answer)
        return reply.partition(thoughts.end)[0] if found else None
    _, closed, reply = text.rpartition(thoughts.close)
    if closed or thoughts.closed:
        return reply.partition(thoughts.open)[0]
    return None if thoughts.opened or thoughts.open in text else text


def once_closed(thoughts: Thoughts | None) -> Thoughts | None:
    """The same marks in a turn whose thoughts have been closed: a reply follows at once."""
    return None if thoughts is None else replace(thoughts, opened=False, closed=True)


def closed_again(thoughts: Thoughts | None) -> str:
    """What a turn that has just begun goes on with where the model is not to think in it: its
    thoughts, opened and closed; nothing where it does not think."""
    if thoughts is None or thoughts.closed:
        return ""
    if thoughts.answer:
        return thoughts.answer
    return f"{'' if thoughts.opened else thoughts.open}\n\n{thoughts.close}\n\n"
