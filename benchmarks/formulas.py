r"""Formulas in a line of text: between dollars, or bare as in `x = 5 because ...`.

A bare expression begins at a number, a command, a bracket or a lone letter (`a` and `I` are words
unless an operator follows) and goes on until a word or a comma that no bracket holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_FORMULA = re.compile(
    r"(?<!\\)\$\$([^$]+?)(?<!\\)\$\$|(?<!\\)\$((?:[^$\\]|\\.)+?)\$"
    r"|(?<!\\)\\\(((?:[^\\]|\\(?![()]))+)\\\)|(?<!\\)\\\[((?:[^\\]|\\(?![\[\]]))+)\\\]",
    re.S,
)
_TEXT = r"\\(?:text|mbox|textbf|textit|mathrm|mathbf|operatorname)\s*\{[^{}]*\}"
_IN_TEXT = re.compile(_TEXT)
# Two words, or a number and a word: that stands between two amounts of money.
_PROSE = re.compile(
    r"(?<![\\A-Za-z])[a-z]{2,},?\s+(?:I\s+)?[a-z]{2,}\b|^\s*[0-9.,]+\s+[a-z]{3,}\s*$"
)
_MONTH = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
)
_TOKEN = re.compile(
    rf"(?P<time>[0-9]{{1,2}}(?::[0-9]{{2}})?\s*[aApP]\.?\s?[mM]\b\.?|{_MONTH}\s+[0-9]{{1,2}}\b)"
    rf"|(?P<block>\\begin\{{(?P<name>\w+\*?)\}}.{{1,1500}}?\\end\{{(?P=name)\}}|{_TEXT})"
    r"|(?P<space>\s+|\\[,;:! ]|\\q?quad\b|~)"
    r"|(?P<number>[0-9]{1,3}(?:(?:,|\{,\}|,?\s*\\[!,;: ]\s*|[\x20\u2009\u202f\u00a0'’])[0-9]{3})+"
    r"(?:\.[0-9]+)?(?![0-9])|[0-9]*\.?[0-9]+)"
    r"|(?P<command>\\[A-Za-z]+|\\[$%&|])"
    r"|(?P<open>\\?[(\[{])|(?P<close>\\?[)\]}])"
    r"|(?P<word>[^\W\d_][^\W\d_'’.-]*(?:[-'’.][^\W\d_]+)*)"
    r"|(?P<operator>[-+−–*/^_=<>≤≥≠±·×÷∪∩∈|:!%°²³₀-₉⁰-⁹⁻¼½¾′π√∞θ$€£≈~])"
    r"|(?P<other>.)",
    re.S,
)
_NAMES = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "log", "ln", "sqrt", "pi", "theta", "mod"}
    | {"infinity", "infty", "inf"}
)
_ARTICLES = frozenset({"a", "A", "I"})
_MEANS = re.compile(r"[0-9A-Za-zπ∞θ¼½¾]")
_OPENING = re.compile(r"\\begin\{\w+\}")
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
        if not inside or _PROSE.search(_IN_TEXT.sub("", inside)):
            continue
        found += _bare(line, place, formula.start())
        found.append(Found(*formula.span(), inside))
        place = formula.end()
    return found + _bare(line, place, len(line))


def _bare(line: str, start: int, end: int) -> list[Found]:
    found: list[Found] = []
    tokens = _Tokens(list(_TOKEN.finditer(line, start, end)))
    first = 0
    while first < len(tokens.all):
        last = tokens.run(first)
        if last == first:
            first += 1
            continue
        place = tokens.all[first].start()
        kept = line[place : tokens.all[last - 1].end()].rstrip(_LOOSE_ENDS)
        if _MEANS.search(_OPENING.sub("", kept)):
            found.append(Found(place, place + len(kept), kept.strip()))
        first = last
    return found


@dataclass(frozen=True, slots=True)
class _Tokens:
    """The tokens of a piece of text outside formulas, and which brackets belong together."""

    all: list[re.Match[str]]
    closed: dict[int, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        opened: list[int] = []
        for place, token in enumerate(self.all):
            if token.lastgroup == "open":
                opened.append(place)
            elif token.lastgroup == "close" and opened:
                self.closed[opened.pop()] = place

    def run(self, first: int) -> int:
        """One past the last token of the expression that begins at `first`; `first` if none."""
        if self.all[first].lastgroup == "space" or self.all[first][0] in ":!*/^_%":
            return first
        depth, place = 0, first
        while place < len(self.all):
            kind = self.all[place].lastgroup
            if kind == "open":
                if not self._brackets_mathematics(place) or self._is_aside(first, place):
                    break
                depth += 1
            elif kind == "close":
                if depth == 0:
                    break
                depth -= 1
            elif depth == 0 and kind != "space" and not self._is_mathematics(place):
                break
            place += 1
        return place

    def _is_mathematics(self, place: int) -> bool:
        token = self.all[place]
        if token.lastgroup == "word":
            return token[0] in _NAMES or self._is_symbol(place)
        if token.lastgroup == "operator" and token[0] in ":–-!":
            return self._touches(place)
        return token.lastgroup not in (None, "other")

    def _is_aside(self, first: int, place: int) -> bool:
        """Whether square brackets stand apart after a number (`7 [14 / 2]`)."""
        aside = place > first and self.all[place][0] == "["
        return aside and self._kind(self._before(place)) == "number"

    def _is_symbol(self, place: int) -> bool:
        text = self.all[place][0]
        glued = self._kind(self.all[place - 1] if place else None) in (
            "number",
            "operator",
            "command",
        )
        if glued and self.all[place - 1][0] != "$" and len(text) <= 3 and not text.endswith("."):
            return True
        if text == "to":  # 5 to 7
            return self._kind(self._next(place)) == self._kind(self._before(place)) == "number"
        if len(text) > 1:
            return False
        following = self._next(place)
        opens = place + 1 < len(self.all) and self.all[place + 1].lastgroup == "open"
        return (
            text not in _ARTICLES or following is None or opens or following.lastgroup == "operator"
        )

    def _touches(self, place: int) -> bool:
        """Whether an operator that prose has too stands at a number, symbol or bracket."""
        text, following = self.all[place][0], self._next(place)
        if text == "!" and place and self.all[place - 1].lastgroup in ("number", "close"):
            return True
        if self._kind(following) in ("number", "command", "open", "operator", "block"):
            return True
        return text in "-–" and following is not None and len(following[0]) == 1

    def _next(self, place: int) -> re.Match[str] | None:
        """The token after the space that follows; None at an end, of a clause too."""
        place += 1
        while place < len(self.all) and self.all[place].lastgroup == "space":
            place += 1
        if place == len(self.all) or self.all[place][0] in ".,;":
            return None
        return self.all[place]

    def _before(self, place: int) -> re.Match[str] | None:
        spaced = place > 1 and self.all[place - 1].lastgroup == "space"
        return self.all[place - 2] if spaced else None

    @staticmethod
    def _kind(token: re.Match[str] | None) -> str | None:
        return None if token is None else token.lastgroup

    def _brackets_mathematics(self, start: int) -> bool:
        """Whether brackets that are closed hold an expression rather than words."""
        end = self.closed.get(start)
        return end is not None and not any(
            each.lastgroup == "word" and len(each[0]) > 3 and each[0] not in _NAMES
            for each in self.all[start + 1 : end]
        )
