"""The line of a text that holds an answer, and what is written around it: shared by all readers."""

from __future__ import annotations

import re

from harness.solvers.replies import has_something

_FENCE = re.compile(r"\s*(?:```|~~~)")
_COMMAND = re.compile(
    r"\\(?:boxed|fbox|text|textbf|textit|textrm|mathbf|mathrm|mathit|mbox|operatorname)\s*\{"
)
_MATHEMATICS = re.compile(r"\\[()\[\]]|\$\$|\\(?:left|right|displaystyle)(?![A-Za-z])")
_STARS = re.compile(r"(?<![0-9])\*\*|\*\*(?![0-9])|`")


def first_line(text: str) -> str:
    """The first line with anything on it, without white space around it; marks alone, such as a
    colon, a fence or the opening of a formula, are nothing."""
    for line in text.splitlines():
        if has_something(line) and not _FENCE.match(line):
            return line.strip()
    return text.strip().split("\n", 1)[0].strip()


def without_marks(line: str) -> str:
    """The line without emphasis, code marks and the LaTeX commands that only frame their content.

    Single stars, which may multiply, and dollar signs, which may be money, stay.
    """
    line = _STARS.sub("", _MATHEMATICS.sub(" ", line))
    framed = _COMMAND.sub("{", line)
    return framed.replace("{", "").replace("}", "") if framed != line else line
