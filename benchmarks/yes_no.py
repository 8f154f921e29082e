"""Answers that are yes or no.

Yes, true, correct and their like are yes; no, false, incorrect and theirs are no; a denial before
one turns it (`not true` is no, `not false` is yes). The word that opens the answer counts, whatever
is explained after it; else the first plain yes or no; else the first of the other words. A `no`
that belongs to a noun (`no doubt`) is no answer beside another, and both at once (`yes and no`)
are none. `lenient_yes_no` reads a reply that keeps to no form.
"""

from __future__ import annotations

import re

from benchmarks.answer_lines import first_line, without_marks
from harness.solvers.replies import own_words

_MEANING = {
    "yes": "yes", "yeah": "yes", "yep": "yes", "true": "yes", "correct": "yes", "right": "yes",
    "affirmative": "yes",
    "no": "no", "nope": "no", "nah": "no", "false": "no", "incorrect": "no", "wrong": "no",
    "untrue": "no", "negative": "no",
}  # fmt: skip
_TURNED = {"yes": "no", "no": "yes"}
_PLAIN = ("yes", "yeah", "yep", "no", "nope", "nah")
_OPENING_ONLY = ("right", "wrong", "negative", "affirmative")
_WORD = re.compile(r"(?<![\w'-])(" + "|".join(_MEANING) + r")(?![\w'])(?!-\w)", re.IGNORECASE)
_DENIED = re.compile(
    r"(?:\bnot|n['’]t|\bnever|\bhardly|\bfar\s+from|\bcannot\s+be|\bno\s+longer|"
    r"\bno\s+(?:way|chance|evidence|reason)\b[^.,;:]{0,40})\s+"
    r"(?:(?:necessarily|really|entirely|actually|quite|completely|strictly|always|be|a|the|at\s+all)\s+)*$",
    re.IGNORECASE,
)
_NOUN = re.compile(
    r"\s+(?!because\b|since\b|as\b|it\b|he\b|she\b|they\b|we\b|i\b|you\b|there\b|this\b|that\b|these\b|"
    r"the\b|a\b|an\b|not\b|but\b|and\b|or\b|if\b|in\b|his\b|her\b|its\b|their\b|one\s+can\b)[^\W\d_]",
    re.IGNORECASE,
)
_CERTAIN = re.compile(r"\s+(?:doubt|question|denying|mistake)\b", re.IGNORECASE)
_NOT_SO = re.compile(r"(?:\bnot|n['’]t)\s+(?:the\s+case|so|really)\b", re.IGNORECASE)
_BOTH = re.compile(
    r"\b(?:yes|true)\s*(?:/|,?\s*(?:and|or|and/or|nor)\s+(?:also\s+)?)\s*(?:no|false)(?!\w)(?!\s+[a-z])|"
    r"\b(?:no|false)\s*(?:/|,?\s*(?:and|or|nor)\s+(?:also\s+)?)\s*(?:yes|true)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"[\s:;,.\"'“”‘’(\[{$>=-]*+(?:(?:so|well|hence|thus|therefore|then)[\s,:]+)?", re.IGNORECASE
)
_STATED = re.compile(r"\banswer\b[\s*_]*(?:is\b|:|=)[\s*_:]*(?=\S)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n")
LONGEST = 1000
"""Characters of a line that are looked at."""


def extract_yes_no(text: str) -> str | None:
    """The yes or no of an answer; None for neither and for both."""
    line = without_marks(first_line(text)[:LONGEST]).replace("*", " ").replace("_", " ")
    if _BOTH.search(line):
        return None
    opening = _LEAD.match(line)
    start = opening.end() if opening else 0
    said = [found for found in _WORD.finditer(line) if _counts(found, start)]
    nouns = [found for found in said if _of_a_noun(found)]
    clear = [found for found in said if found not in nouns]
    if clear and clear[0].start() == start:
        return _meaning(clear[0])
    plain = [found for found in clear if found[0].lower() in _PLAIN]
    if plain or clear:
        return _meaning((plain or clear)[0])
    if nouns:
        return "yes" if _CERTAIN.match(line, nouns[0].end()) else "no"
    return "no" if _NOT_SO.search(line) else None


def canonical_yes_no(text: str) -> str:
    """Yes or no in lower case; true and false mean the same."""
    word = text.strip(" .,;:!*_`\"'“”‘’()[]{}$").lower()
    return _MEANING.get(word, word)


def lenient_yes_no(text: str) -> str | None:
    """The yes or no of a reply that keeps to no form.

    The last `answer is` or `answer:` counts, else the word that opens the reply, else the last
    sentence with a yes or no in it.
    """
    own = own_words(text)
    for found in list(_STATED.finditer(own))[:-6:-1]:
        if answer := extract_yes_no(own[found.end() : found.end() + LONGEST]):
            return answer
    line = without_marks(first_line(own)[:LONGEST]).replace("*", " ")
    opening = _LEAD.match(line)
    first = _WORD.match(line, opening.end() if opening else 0)
    if first and not _of_a_noun(first):
        return extract_yes_no(own)
    for sentence in _SENTENCE.split(own)[:-200:-1]:
        if answer := extract_yes_no(sentence):
            return answer
    return None


def _counts(found: re.Match[str], start: int) -> bool:
    """Whether the word answers; some are other words too where they do not open the answer."""
    return found[0].lower() not in _OPENING_ONLY or found.start() == start or _denied(found)


def _of_a_noun(found: re.Match[str]) -> bool:
    return found[0].lower() == "no" and _NOUN.match(found.string, found.end()) is not None


def _denied(found: re.Match[str]) -> bool:
    return _DENIED.search(found.string[max(0, found.start() - 60) : found.start()]) is not None


def _meaning(found: re.Match[str]) -> str:
    meaning = _MEANING[found[0].lower()]
    return _TURNED[meaning] if _denied(found) else meaning
