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
    lenient_number,
)
from harness.solvers.replies import own_words

SHORT_WORDS = 8
"""Words of a line that is taken for an answer as it stands."""
_STATED = re.compile(r"\banswer\b[\s*_]*(?:is\b|:|=)[\s*_:]*(?=\S)", re.IGNORECASE)
_COLON = re.compile(r"[0-9]+(?:\s?:\s?[0-9]+)+|[0-9]+\sto\s[0-9]+")
_PARTS = re.compile(r"\s?:\s?|\sto\s")
_END = re.compile(r"(?<!(?i:Mr|Ms|Dr))(?<!(?i:Mrs))\.|[,;!?]|\s\(|\sbecause\b|\ssince\b")
_YES_NO = re.compile(r"(yes|no)\b", re.IGNORECASE)
_ARTICLE = re.compile(r"(?:the|an|a)\s+(?=\S)")
_AROUND = ' \t:.,;!?*"“”()[]$`_{}\\'


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
    # Again, as a word without its article may be a number in words.
    for _ in range(5):
        before, text = text, _form(plain(text))
        if before == text:
            break
    return text


def lenient_mixed(text: str) -> str | None:
    """The answer of a reply that keeps to no form: a yes or no that opens it, the last ratio of its
    last line, a number as `lenient_number` finds it, else the words of a short line."""
    own = own_words(text)
    line = plain(first_line(own))
    if bare := _YES_NO.match(line.lstrip(_AROUND)):
        return bare[0]
    stated = list(_STATED.finditer(own))
    if stated and (answer := extract_mixed(own[stated[-1].end() :][:1000])):
        return answer
    last = plain(own.rstrip().rpartition("\n")[2])
    if ratios := _COLON.findall(last):
        return str(ratios[-1])
    if number := lenient_number(own):
        return number
    return _words(line) if len(line.split()) <= SHORT_WORDS else None


def _form(text: str) -> str:
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
