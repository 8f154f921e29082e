"""How problems with settings are told: a line each, with the value and what is allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

from harness.errors import UserError

LONGEST = 60
"""Characters shown of a value."""


def refuse(problems: Iterable[str]) -> None:
    """Do nothing where there are no problems.

    Raises:
        UserError: there are some; each has a line.
    """
    lines = list(dict.fromkeys(" ".join(problem.split()) for problem in problems))
    if lines:
        raise UserError("\n".join(lines))


def shown_value(value: Any) -> str:
    """A value as it is written in a configuration: null, true, 3, 'text', [1, 2]."""
    text = _written(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."


def _written(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_written, value))}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_written(each)}' for key, each in value.items())}}}"
    if isinstance(value, int) and abs(value) >= 10**30:
        return f"a number of {value.bit_length()} bits"
    return ascii(value) if isinstance(value, str) and not value.isprintable() else repr(value)


def joined(names: Iterable[str], word: str = "or") -> str:
    """Names in a sentence: `a, b or c`."""
    *most, last = [*names] or ["nothing"]
    return f"{', '.join(most)} {word} {last}" if most else last


def suggestion(name: str, known: Sequence[str]) -> str:
    """A guess at which of the known names was meant, as the end of a line; empty without one."""
    folded = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), folded, n=1)
    return f"; did you mean {folded[near[0]]}?" if near else ""
