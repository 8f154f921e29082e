"""Calls within running text: `[calculator(3 * 4) → 12]` (Schick et al. 2023, section 2).

Only text that the model wrote is read for calls, never a result: a result can hold the beginning of
a call, or brackets that close one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ARROW = "→"
ENDS = (")]", f") {ARROW}", f"){ARROW}", ") ->", ")->")
"""Where generation stops: the call is written, and what it comes to is not for the model to say."""
LONGEST = 300
"""Characters of a result within a text."""
_TAIL = re.compile(rf"\s*(?:(?:{ARROW}|->)[^\]\n]*)?\]")
"""What stands between a call's closing bracket and its end."""
_ANY_HEAD = re.compile(r"\[\s*(\w+)\s*\(")
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


@dataclass(frozen=True)
class InlineNotation:
    """Calls within the rationale of an exemplar."""

    form: str = "calls"

    def calls(self, text: str) -> list[tuple[str, str]]:
        """The calls in a text, in order."""
        return [(name, argument) for name, argument, _, _ in _written(text)]

    def with_results(self, text: str, results: Sequence[str]) -> str:
        """The text with what each call came to, as `result` writes it."""
        parts, place = [], 0
        for (name, argument, start, end), said in zip(_written(text), results, strict=True):
            parts.append(f"{text[place:start]}[{name}({argument}) {ARROW} {result(said)}]")
            place = end
        return "".join([*parts, text[place:]])


def _written(text: str) -> list[tuple[str, str, int, int]]:
    """Name and argument of each whole call, and where it begins and ends."""
    found = []
    for head in _ANY_HEAD.finditer(text):
        closed = _end(text, head.end())
        tail = _TAIL.match(text, closed) if closed is not None else None
        if closed is not None and tail is not None:
            argument = text[head.end() : closed - 1].strip()
            found.append((head[1].lower(), argument, head.start(), tail.end()))
    return found


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
