"""How an action is read from what the model wrote: `Action: search[Ada Lovelace]`.

Only text that the model wrote may be given here, never an observation: words in a passage can look
like an action, and must not be one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

THOUGHT, ACTION, OBSERVATION = "Thought:", "Action:", "Observation:"
"""How the lines of a step begin."""
STOPS = ("\nObservation",)
"""What ends the model's part of a step: what an action comes to is not for the model to write."""
FINISH = "finish"
"""The action that ends an attempt, with the answer for its argument."""

_HEAD = re.compile(r"^[ \t]*Action(?: \d+)?:[ \t]*(?P<name>[A-Za-z_]\w*)[ \t]*\[", re.MULTILINE)
_LABEL = re.compile(r"^[ \t]*(?:Thought|Action|Observation)(?: \d+)?:", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Action:
    """A call as the model wrote it; whether such a tool was offered is not known here."""

    name: str
    argument: str
    """What stands between the brackets, without white space around it."""
    end: int
    """Index in the text just after the action, closing bracket included."""


def label_of(line: str) -> str:
    """The label that a line begins with (`Thought:`); empty where it has none."""
    label = _LABEL.match(line)
    return re.sub(r" \d+", "", label[0].strip()) if label else ""


def first_action(text: str) -> Action | None:
    """The first action in a text, whose argument may run over lines; None without one.

    The argument ends where its bracket is closed. Where brackets do not match it ends at the last
    closing one of its line. It never runs into the next labelled line.
    """
    head = _HEAD.search(text)
    if head is None:
        return None
    label = _LABEL.search(text, head.end())
    rest = text[head.end() : label.start() if label else None]
    size = _closed(rest)
    if size is None:
        size = rest.partition("\n")[0].rfind("]")
    if size < 0:
        return None
    name = head["name"].casefold()
    return Action(name, rest[:size].strip(), head.end() + size + 1)


def _closed(text: str) -> int | None:
    """Where the bracket that was opened before the text is closed."""
    depth = 1
    for place, each in enumerate(text):
        depth += (each == "[") - (each == "]")
        if not depth:
            return place
    return None
