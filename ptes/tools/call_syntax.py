"""Calls within running text: `[calculator(3 * 4) → 12]` (Schick et al. 2023, section 2).

Only text that the model wrote is read for calls, never a result: a result can hold the beginning of
a call, or brackets that close one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

ARROW = "→"
ENDS = (")]", f") {ARROW}", f"){ARROW}", ") ->", ")->")
"""Where generation stops: the call is written, and what it comes to is not for the model to say."""
LONGEST = 300
"""Characters of a result within a text."""
_TAIL = re.compile(rf"\s*(?:(?:{ARROW}|->)[^\]\n]*)?\]")
"""What stands between a call's closing bracket and its end."""
_SAFE = str.maketrans({"[": "(", "]": ")", ARROW: "-"})


@dataclass(frozen=True, slots=True)
class Call:
    """A call that has been opened and not closed."""

    name: str
    argument: str
    start: int
    """Index in the text of the call's opening bracket."""

    @property
    def whole(self) -> bool:
        """Whether a closing bracket would end the argument: none of its own is open."""
        return self.argument.count("(") == self.argument.count(")")


def open_call(text: str, names: Iterable[str]) -> Call | None:
    """The call at the end of the model's text, if one of these tools is being called there."""
    result = list(_heads(names).finditer(text))
    if not result or _end(text, result[-1].end()) is not None:
        return None
    last = result[-1]
    return Call(last[1].lower(), text[last.end() :].strip(), last.start())


def result(said: str) -> str:
    """What is written after a call's argument: in one line, with no bracket or arrow of its own."""
    line = " ".join(said.translate(_SAFE).split())
    return f"{line[:LONGEST]}..." if len(line) > LONGEST else line


def spoken(text: str, names: Iterable[str]) -> str:
    """The model's text without the calls in it, nor what it made up as their results; of a call
    that was never closed, without the rest of the line."""
    kept, place = [], 0
    while head := _heads(names).search(text, place):
        kept.append(text[place : head.start()])
        place = _end(text, head.end()) or (text + "\n").index("\n", head.end())
        tail = _TAIL.match(text, place)
        place = tail.end() if tail else place
    return "".join([*kept, text[place:]])


def _end(text: str, start: int) -> int | None:
    """Where the bracket that was opened before `start` is closed, on its line or a later one."""
    depth = 1
    for place in range(start, len(text)):
        depth += (text[place] == "(") - (text[place] == ")")
        if not depth:
            return place + 1
    return None


def _heads(names: Iterable[str]) -> re.Pattern[str]:
    either = "|".join(re.escape(name) for name in names)
    return re.compile(rf"\[\s*({either})\s*\(", re.IGNORECASE)
