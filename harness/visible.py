"""Text from outside, fit to be shown: what a terminal or a page would obey is written out.

What models and servers write may hold escape sequences that repaint a terminal, carriage returns
that overwrite a line, and marks that turn the direction of what follows. Records keep such text as
it is; people are shown `\\x1b`, `\\r` and `\\u202e` in its place.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Any

JOINERS = "\u200c\u200d"
"""Invisible, and part of how Persian, Indic scripts and emojis are written; they move nothing."""
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Unicode's categories of controls, formats (directions, tags), halves of pairs and separators."""

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""How text begins that a spreadsheet computes."""


def visible(text: str) -> str:
    """The text with every control character but newlines and tabs written out.

    A page or a file that is shown line by line takes this; an error takes `one_line`.

    >>> visible("fine\\x1b[2Jgone\\rover")
    'fine\\\\x1b[2Jgone\\\\rover'
    """
    if text.isprintable():
        return text
    return "".join(map(_shown, text))


def one_line(text: str) -> str:
    """The text as `visible` has it, its newlines and tabs written out too.

    >>> one_line("two\\nlines")
    'two\\\\nlines'
    """
    return visible(text).replace("\n", r"\n").replace("\t", r"\t")


def _shown(letter: str) -> str:
    if letter.isprintable() or letter in f"\n\t{JOINERS}":
        return letter
    hidden = unicodedata.category(letter) in HIDDEN
    return letter.encode("unicode_escape").decode() if hidden else letter


def visible_data(value: Any) -> Any:
    """Data as JSON has it, with every text in it as `visible` has it."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible_data(key): visible_data(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [visible_data(each) for each in value]
    return value


def cell_of_csv(value: Any) -> Any:
    """A value as a spreadsheet takes it for what it is: text that it would compute gets a ' first.

    >>> cell_of_csv("=1+1"), cell_of_csv("-5"), cell_of_csv(-5)
    ("'=1+1", '-5', -5)
    """
    if not isinstance(value, str) or not value.startswith(FORMULA):
        return value
    try:
        float(value)
    except ValueError:
        return f"'{value}"
    return value
