"""Answers that are the letter of an option."""

from __future__ import annotations

import re

from benchmarks.numeric import first_line

_LEAD = (
    r"[\s:*\"'\[$]*(?:\\(?:boxed|text)\{)*"
    r"(?:(?:the\s+)?(?:[Oo]ption|[Cc]hoice|[Ll]etter|[Aa]nswer)[\s:]+)?"
)
# A and I are words too: on their own they need a mark, an end or a conjunction after them.
_ENDED = r"(?=\s*$|\s*[.,:;()!?\]*}\"'$–-]|\s+(?:because|since|as|is|and|which)\b)"
_BARE = re.compile(rf"{_LEAD}[\"'*$\[]*(?:([AI]){_ENDED}|([B-HJ-Z])(?![\w'’]))")
_BRACKETED = re.compile(r"\(\s*([A-Za-z])\s*\)")


def extract_letter(text: str, last: str) -> str | None:
    """The letter an answer opens with, else its first letter in parentheses; up to `last`.

    An option's text without its letter is no answer: the rule cannot know the options.
    """
    line = first_line(text)
    result = _BARE.match(line) or _BRACKETED.search(line)
    if not result:
        return None
    chosen = next(filter(None, result.groups())).upper()
    return chosen if chosen <= last else None


def canonical_letter(text: str) -> str:
    """The letter, in upper case and bare."""
    return text.strip(" ().").upper()
