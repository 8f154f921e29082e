"""Answers that are the letter of an option.

The letter opens the answer, in either case, or is in brackets, or follows `option`, `is` and the
like; emphasis, quotes, code marks and LaTeX around it do not count. What is denied (`not (A)`) is
no answer, and neither are two letters (`A or B`). An option's text without its letter is none: the
rule cannot know the options. `lenient_letter` reads a reply that keeps to no form.
"""

from __future__ import annotations

import re

from benchmarks.answer_lines import first_line, without_marks
from harness.solvers.replies import own_words

_QUOTES = str.maketrans("“”’‘（）【】$*_~", "\"\"''()[]    ")
_NAMED = r"(?:option|choice|letter|answer)"
_LEAD = (
    r"[\s:\"'\[({=]*+(?:(?:it\s+is|it's|the)\s+)?(?:(?:correct|right|best)\s+)?"
    rf"(?:{_NAMED}[\s:]+)?(?:is\s+)?[\"'(\[{{]*"
)
# A and I are words too: on their own they need a mark, an end or a conjunction after them.
_ENDED = (
    r"(?=\s*$|\s*[,;:()!?\]}\"'—–]|\s*\.(?!\w)|\s*-(?!\w)|"
    r"\s+(?:because|since|as|is|and|or|but|which|not|would)\b)"
)
_SMALL = r"(?=\s*$|[):;\]}\"']|\.(?!\w)|,\s|\s*[—–]|\s+-\s|\s+(?:because|since)\b)"
_OPENING = re.compile(
    rf"(?i:{_LEAD})(?:([AI]){_ENDED}|([B-HJ-Z])(?!\w|'\w)(?!-\w)(?!\.\w)|([a-z]){_SMALL})"
)
_BRACKETED = r"(?<!\w)[(\[]\s*([A-Za-z])\s*[)\]]"
_SAID = re.compile(
    rf"{_BRACKETED}|(?:(?i:\b(?:option|choice|letter|one|think|choose|pick|say|guess|is|be|namely|likely|\w+ly)\b,?)|:|=)\s*[\"']?"
    rf"([A-Z])(?!\w|'\w)(?!-\w)(?=\s*$|\s*[.,:;)!?\]}}\"'—–]|\s+(?:because|since|as|is|and|or|which)\b)"
)
_DENIED = re.compile(
    rf"(?i:\b(?:not|n't|isn't|never|than|instead\s+of|except|without|neither|nor)\s+"
    rf"(?:(?:the|option|choice|letter|answer)\s+)*)(?:{_BRACKETED}|\"?'?[A-Z]\b(?![\w'-]))"
    rf"(?i:\s*(?:or|nor)\s+(?:{_BRACKETED}|[A-Z]\b))?|(?i:(?:{_BRACKETED}|\b(?:option\s+)?(?-i:[A-Z]))\s+is\s+"
    r"(?:wrong|incorrect|false|not\b))"
)
_MORE = re.compile(
    r"[\s)\]}\"'.]*(?:[,;/&]|\+|\b(?i:and|or|and/or|as\s+well\s+as)\b)\s*(?i:(?:also|either|option|choice)\s+)*"
    r"(?:[(\[]\s*([A-Za-z])\s*[)\]]|([A-Z])(?!\w|'\w)(?=\s*$|\s*[.,:;)!?\]}\"'—–]|\s+(?:and|or|are)\b))"
)
_EXPLAINED = re.compile(
    r"\s(?:because|since|as|whereas|while)\s|(?<=[\w)\]])[.;!?]\s+(?=[A-Z(])|,\s+(?:but|and)\s+(?=\()"
)
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{[^{}]*\})*)\}")
_STATED = re.compile(
    r"\b(?:answer|option|choice)\b[^\n.:=]{0,40}?(?:\bis\b|\bwould\s+be\b|\bmust\s+be\b|:|=)[\s*_:\"'`$]*(?=\S)",
    re.IGNORECASE,
)
_RIGHT = re.compile(
    rf"(?:{_BRACKETED}|\b(?i:option|choice)\s+([A-Z])\b)\W{{0,4}}[^\n.]{{0,60}}?\bis\s+(?:the\s+)?"
    r"(?:most\s+)?(?:correct|right|best|likely|true|answer)\b"
)
LONGEST = 1000
"""Characters of a line that are looked at."""


def extract_letter(text: str, last: str) -> str | None:
    """The letter of an answer, in upper case and up to `last`; None for none or several."""
    line = _plain(first_line(text))
    opening = _OPENING.match(line)
    if opening and not _DENIED.match(line):
        return _single(line, opening, last)
    kept = _DENIED.sub(" ", line)
    if kept != line and (
        opening := _OPENING.match(re.sub(r"^[\s,;.]*(?:(?i:but|it\s+is|rather)\s+)*", "", kept))
    ):
        return _single(opening.string, opening, last)
    end = _EXPLAINED.search(kept)
    for part in (kept[: end.start()], kept) if end else (kept,):
        found = {next(filter(None, each.groups())).upper() for each in _SAID.finditer(part)}
        found |= {
            _of(each) for said in _SAID.finditer(part) for each in _following(part, said.end())
        }
        if found:
            return _allowed(found.pop(), last) if len(found) == 1 else None
    return None


def canonical_letter(text: str) -> str:
    """The letter, in upper case and bare."""
    return text.strip(" ().*_`\"'“”‘’[]{}$:").upper()


def lenient_letter(text: str, last: str) -> str | None:
    """The letter of a reply that keeps to no form.

    The last box counts, else the last statement (`the correct option is B`, `(B) is right`), else
    the first line where it opens with a letter, else the last line that does so.
    """
    own = own_words(text)
    boxed = _BOXED.findall(own)
    if boxed and (letter := extract_letter(boxed[-1], last)):
        return letter
    stated = [(f.end(), own[f.end() : f.end() + 200]) for f in list(_STATED.finditer(own))[-5:]]
    stated += [(f.start(), next(filter(None, f.groups()))) for f in list(_RIGHT.finditer(own))[-5:]]
    for _, said in sorted(stated, reverse=True):
        if letter := extract_letter(said.split("\n", 1)[0], last):
            return letter
    lines = [line for line in own.splitlines() if line.strip()]
    for line in lines[:1] + lines[:-6:-1]:
        if _OPENING.match(_plain(line)) or len(lines) == 1:
            return extract_letter(line, last)
    return None


def _plain(line: str) -> str:
    return without_marks(line[:LONGEST]).translate(_QUOTES)


def _single(line: str, opening: re.Match[str], last: str) -> str | None:
    letters = {_of(opening), *map(_of, _following(line, opening.end()))}
    return _allowed(letters.pop(), last) if len(letters) == 1 else None


def _following(line: str, start: int) -> list[re.Match[str]]:
    """The letters that are named as well, right after one."""
    found: list[re.Match[str]] = []
    while (more := _MORE.match(line, start)) and len(found) < 26:
        found.append(more)
        start = more.end()
    return found


def _of(found: re.Match[str]) -> str:
    letter: str = next(filter(None, found.groups()))
    return letter.upper()


def _allowed(letter: str, last: str) -> str | None:
    return letter if letter <= last else None
