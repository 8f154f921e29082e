"""What stands around code in a model's words: fences, and tokens that end a text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent

_END = re.compile(
    r"<\|[A-Za-z0-9_ ]{1,40}\|>|<｜[^｜\n]{1,40}｜>|</?s>|\[/?INST\]"
    r"|<(?:fim_\w+|file_sep|repo_name|filename|reponame|gh_stars|jupyter_\w+|endoftext|commit_\w+"
    r"|eos|bos|pad|unk|EOT|PRE|SUF|MID|eot|eod|eop|(?:start|end)_of_turn)>"
)
"""Tokens that end a text, or a turn, written out as text."""
_FENCE = re.compile(r"^[ \t]*(?:[-*>]|\d+[.)])?[ \t]*(```+|~~~+)[ \t]*(.*?)[ \t\r]*$")
_OPENS_LATE = re.compile(r"^[^`]*?(```+)[ \t]*(\w*)[ \t\r]*$")
_LANGUAGE = re.compile(r"^(?:python|py|python3|Python)\b[ \t]*")


@dataclass(frozen=True)
class Block:
    """Code between fences, or a text without any."""

    text: str
    start: int
    end: int
    """Where it ends in the whole text, its last fence included."""
    closed: bool


def first_end(text: str, start: int = 0) -> int | None:
    """Where the first token stands that ends a text; None where none does."""
    found = _END.search(text, start)
    return found.start() if found else None


def blocks(text: str) -> list[Block]:
    """Code between fences, in order; the last may be open."""
    result: list[Block] = []
    place, opened = 0, ""
    start, held = 0, list[str]()
    for line in text.splitlines(keepends=True):
        fence = _FENCE.match(line.rstrip("\n"))
        late = None if opened or fence else _OPENS_LATE.match(line.rstrip("\n"))
        if opened and fence and fence[1].startswith(opened) and not fence[2]:
            result.append(Block(dedent("".join(held)), start, place + len(line), True))
            opened, held = "", []
        elif opened:
            held.append(line)
        elif fence and not fence[2].endswith("```"):
            opened, start = fence[1], place
            code = _LANGUAGE.sub("", fence[2])
            held = [f"{code}\n"] if re.search(r"\W", code) else []
        elif late:
            opened, start, held = late[1], place, []
        place += len(line)
    if opened:
        result.append(Block(dedent("".join(held)), start, len(text), False))
    return result


def is_fence(line: str) -> bool:
    """Whether a line opens or closes a block of code, however far indented."""
    return _FENCE.match(line.rstrip()) is not None


def first_fence(text: str) -> int | None:
    """Where the first line begins that is a fence, however far indented."""
    place = 0
    for line in text.splitlines(keepends=True):
        if is_fence(line):
            return place
        place += len(line)
    return None
