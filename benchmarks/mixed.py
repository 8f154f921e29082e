"""Answers of ASDiv: mostly numbers, some ratios and times, some names and yes or no.

The rule cannot know which kind a question wants, so it takes the first that it finds of: yes or
no at the start, digits with a colon between them (a ratio or a time), a number, words. The same
rule reads the data's own answers: `9 (apples)` is 9, `The 60th caller.` is 60, `February 3rd` is 3,
`Vendor 2` is 2, and `3:30 p.m.` is 3:30, so that the half of the day is not asked for. Ratios are
not reduced, since a time is written the same way.
"""

from __future__ import annotations

import re

from benchmarks.number_text import plain
from benchmarks.numeric import (
    NUMBER,
    answer_part,
    canonical_number,
    extract_number,
    first_line,
)

_COLON = re.compile(r"[0-9]+(?:\s?:\s?[0-9]+)+|[0-9]+\sto\s[0-9]+")
_PARTS = re.compile(r"\s?:\s?|\sto\s")
_END = re.compile(r"(?<!(?i:Mr|Ms|Dr))(?<!(?i:Mrs))\.|[,;!?]|\s\(|\sbecause\b|\ssince\b")
_YES_NO = re.compile(r"(yes|no)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|an|a)\s+(?=\S)")
_AROUND = ' \t:.,;!?*"“”()[]$'


def extract_mixed(text: str) -> str | None:
    """The ratio or time, else the number, else the words of an answer."""
    line = answer_part(plain(first_line(text)))
    if bare := _YES_NO.match(line.lstrip(_AROUND)):
        return bare[0]
    colon, number = _COLON.search(line), NUMBER.search(line)
    if colon and number and colon.start() <= number.end():
        return colon[0]
    return extract_number(line) if number else _words(line)


def canonical_mixed(text: str) -> str:
    """Ratios and times without white space, numbers as numbers, words without case and article."""
    colon, number = _COLON.search(text), NUMBER.search(text)
    if colon and number and colon.start() <= number.end():
        first, *rest = _PARTS.split(colon[0])
        return ":".join([first.lstrip("0") or "0", *rest])
    return canonical_number(text) if number else _plain(text)


def _words(line: str) -> str | None:
    return _END.split(line.strip(_AROUND), maxsplit=1)[0].strip(_AROUND) or None


def _plain(text: str) -> str:
    words = " ".join(text.replace("’", "'").casefold().split()).strip(_AROUND)
    # Not once but until nothing is left to drop, so that a canonical form is its own.
    while article := _ARTICLE.match(words):
        words = words[article.end() :].strip(_AROUND)
    return words
