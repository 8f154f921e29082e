r"""Formulas in a line of text: between dollars, or bare as in `x = 5 because ...`.

A bare expression begins at a number, a command, a bracket or a lone letter (`a` and `I` are words
unless an operator follows) and goes on until a word or a comma that no bracket holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORMULA = re.compile(
    r"(?<!\\)\$\$(.+?)(?<!\\)\$\$|(?<!\\)\$((?:[^$\\]|\\.)+?)\$"
    r"|(?<!\\)\\\((.+?)(?<!\\)\\\)|(?<!\\)\\\[(.+?)(?<!\\)\\\]",
    re.S,
)
_TEXT = r"\\(?:text|mbox|textbf|textit|mathrm|mathbf|operatorname)\s*\{[^{}]*\}"
# Two words, or a number and a word: that stands between two amounts of money.
_PROSE = re.compile(
    r"(?<![\\A-Za-z])[a-z]{2,},?\s+(?:I\s+)?[a-z]{2,}\b|^\s*[0-9.,]+\s+[a-z]{3,}\s*$"
)
_TOKEN = re.compile(
    r"(?P<time>[0-9]{1,2}(?::[0-9]{2})?\s*[aApP]\.?\s?[mM]\b\.?"
    r"|(?:January|February|March|April|May|June|July|August|September|October|November|December)"
    r"\s+[0-9]{1,2}\b)"
    rf"|(?P<block>\\begin\{{(?P<name>\w+\*?)\}}.*?\\end\{{(?P=name)\}}|{_TEXT})"
    r"|(?P<space>\s+|\\[,;:! ]|\\q?quad\b|~)"
    r"|(?P<number>[0-9]{1,3}(?:(?:,|\{,\}|,?\s*\\[!,;: ]\s*|[\x20\u2009\u202f\u00a0])[0-9]{3})+"
    r"(?:\.[0-9]+)?(?![0-9])|[0-9]*\.?[0-9]+)"
    r"|(?P<command>\\[A-Za-z]+|\\[$%&|])"
    r"|(?P<open>\\?[(\[{])|(?P<close>\\?[)\]}])"
    r"|(?P<word>[^\W\d_][^\W\d_'’.-]*(?:[-'’.][^\W\d_]+)*)"
    r"|(?P<operator>[-+−–*/^_=<>≤≥≠±·×÷∪∩∈|:!%°²³′π√∞θ½$€£≈~])"
    r"|(?P<other>.)",
    re.S,
)
_FUNCTIONS = frozenset({"sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "sqrt", "pi", "mod"})
_ARTICLES = frozenset({"a", "A", "I"})
_MEANS = re.compile(r"[0-9A-Za-zπ∞θ½]")
_LOOSE_ENDS = " \t\n,;:"


@dataclass(frozen=True, slots=True)
class Found:
    """A formula, and where in the line it is with its dollars."""

    start: int
    end: int
    inside: str


def formulas(line: str) -> list[Found]:
    """All formulas of a line in order; prose between two amounts of money is none."""
    found: list[Found] = []
    place = 0
    for formula in _FORMULA.finditer(line):
        inside = next(filter(None, formula.groups()), "").strip()
        if not inside or _PROSE.search(re.sub(_TEXT, "", inside)):
            continue
        found += _bare(line, place, formula.start())
        found.append(Found(*formula.span(), inside))
        place = formula.end()
    return found + _bare(line, place, len(line))


def _bare(line: str, start: int, end: int) -> list[Found]:
    found: list[Found] = []
    tokens = list(_TOKEN.finditer(line, start, end))
    first = 0
    while first < len(tokens):
        last = _run(tokens, first)
        if last == first:
            first += 1
            continue
        place = tokens[first].start()
        inside = line[place : tokens[last - 1].end()]
        kept = inside.rstrip(_LOOSE_ENDS)
        if _MEANS.search(re.sub(r"\\begin\{\w+\}", "", kept)):
            found.append(Found(place, place + len(kept), kept.strip()))
        first = last
    return found


def _run(tokens: list[re.Match[str]], first: int) -> int:
    """One past the last token of the bare expression that begins at `first`; `first` if none."""
    if tokens[first].lastgroup == "space" or not _is_math(tokens, first):
        return first
    depth, place = 0, first
    while place < len(tokens):
        kind = tokens[place].lastgroup
        if kind == "open":
            closed = _closed(tokens, place)
            if not closed or not _brackets_math(tokens, place, closed):
                break
            depth += 1
        elif kind == "close":
            if depth == 0:
                break
            depth -= 1
        elif depth == 0 and kind != "space" and not _is_math(tokens, place):
            break
        place += 1
    return place


def _is_math(tokens: list[re.Match[str]], place: int) -> bool:
    token = tokens[place]
    kind, text = token.lastgroup, token[0]
    if kind == "word":
        return text in _FUNCTIONS or _is_symbol(tokens, place)
    if kind == "close" or kind == "other":
        return False
    if kind == "operator" and text in ":–-!" and not _touches(tokens, place):
        return False
    return kind is not None


def _is_symbol(tokens: list[re.Match[str]], place: int) -> bool:
    text = tokens[place][0]
    before = tokens[place - 1] if place else None
    after = tokens[place + 1] if place + 1 < len(tokens) else None
    glued = before is not None and before.lastgroup in ("number", "operator", "command")
    glued = glued and before is not None and before[0] != "$"
    if len(text) <= 3 and glued and not text.endswith("."):
        return True
    if len(text) > 1:
        return False
    if text not in _ARTICLES:
        return True
    following = _next(tokens, place)
    return (
        following is None
        or following.lastgroup == "operator"
        or (after is not None and after.lastgroup == "open")
    )


def _next(tokens: list[re.Match[str]], place: int) -> re.Match[str] | None:
    rest = (token for token in tokens[place + 1 :] if token.lastgroup != "space")
    following = next(rest, None)
    if following is not None and following[0] in ".,;":
        return None
    return following


def _touches(tokens: list[re.Match[str]], place: int) -> bool:
    """Whether an operator that prose has too stands at a number, symbol or bracket."""
    following = _next(tokens, place)
    sign = tokens[place][0] in "-–"
    return (
        (
            following is not None
            and following.lastgroup in ("number", "command", "open", "operator", "block")
        )
        or (sign and following is not None and len(following[0]) == 1)
        or (
            tokens[place][0] == "!"
            and place > 0
            and tokens[place - 1].lastgroup in ("number", "close")
        )
    )


def _closed(tokens: list[re.Match[str]], place: int) -> int | None:
    depth = 0
    for each in range(place, len(tokens)):
        depth += {"open": 1, "close": -1}.get(tokens[each].lastgroup or "", 0)
        if depth == 0:
            return each
    return None


def _brackets_math(tokens: list[re.Match[str]], start: int, end: int) -> bool:
    """Whether brackets hold an expression rather than words."""
    inside = tokens[start + 1 : end]
    return not any(
        each.lastgroup == "word" and len(each[0]) > 3 and each[0] not in _FUNCTIONS
        for each in inside
    )
