"""Numbers in English words, where they can be nothing else.

A number in words is one where it opens the answer (`twelve apples`), follows an equals sign, or is
the only number of a line without digits (`she has twelve left`). `One` alone is a pronoun elsewhere
than at the end, and `second` or `third` alone are places, not fractions.
"""

from __future__ import annotations

import re
from fractions import Fraction

_UNITS = re.findall(
    r"\w+",
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen",
)
_TENS = re.findall(r"\w+", "twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES = {
    **{word: n for n, word in enumerate(_UNITS)},
    **{word: 10 * n for n, word in enumerate(_TENS, start=2)},
    "dozen": 12,
}
_SCALES = {"thousand": 10**3, "lakh": 10**5, "million": 10**6, "crore": 10**7, "billion": 10**9,
           "trillion": 10**12}  # fmt: skip
_PARTS = {"half": 2, "halves": 2, "third": 3, "quarter": 4, "fourth": 4, "fifth": 5, "sixth": 6,
          "eighth": 8, "tenth": 10}  # fmt: skip
_SMALL = "|".join(sorted((*_VALUES, "hundred"), key=len, reverse=True))
_LARGE = "|".join(sorted(_SCALES, key=len, reverse=True))
_PART = "|".join(sorted(_PARTS, key=len, reverse=True))
_NUMBER = rf"(?:{_SMALL}|{_LARGE})s?"
_PHRASE = (
    rf"(?:(?:negative|minus)\s+)?(?:"
    rf"(?:half|quarter)(?:\s+(?:an?|of\s+an?))?\s+(?:dozen|{_LARGE})"
    rf"|(?:one|an?)[\s-]+(?:half|third|quarter|fourth|fifth|sixth|eighth|tenth)"
    rf"|half"
    rf"|(?:two|three|four|five|six|seven|nine)[\s-]+(?:{_PART})s"
    rf"|(?:an?\s+(?=(?:hundred|dozen|{_LARGE})\b))?{_NUMBER}(?:[\s-]+(?:and\s+)?{_NUMBER}){{0,12}}"
    rf"(?:\s+and\s+(?:an?|one)[\s-]+(?:half|quarter|third)|\s+and\s+three[\s-]+quarters)?"
    rf")(?![\w'])"
)
_FILLER = (
    r"[\s:=(\"'*$]*+(?:(?:about|approximately|exactly|roughly|around|only|just|a\s+total\s+of|there\s+are|"
    r"there\s+is|it\s+is|that)\s+)?"
)
_OPENING = re.compile(rf"({_FILLER})({_PHRASE})", re.IGNORECASE)
_EQUAL = re.compile(rf"(=\s*\$?|\bequals\s+)({_PHRASE})", re.IGNORECASE)
_ANYWHERE = re.compile(rf"(?<![\w'-])({_PHRASE})", re.IGNORECASE)
_OF_PEOPLE = re.compile(r"\s+(?:of|who|that|which|can|cannot|must|should|could|would|has|is)\b")


def words_as_digits(line: str) -> str:
    """The line with the numbers in words that are certain in digits."""
    if not line or not _ANYWHERE.search(line):
        return line
    has_digits = any(each.isdigit() for each in line)
    opening = _OPENING.match(line)
    if opening and not (opening[2].lower() == "one" and _OF_PEOPLE.match(line, opening.end())):
        value, rest = _written(opening[2]), line[opening.end() :]
        return f"{opening[1]}{value}{_EQUAL.sub(_replaced, rest)}"
    line = _EQUAL.sub(_replaced, line)
    if has_digits:
        return line
    found = list(_ANYWHERE.finditer(line))
    if len(found) != 1 or (
        found[0][1].lower() in ("one", "half") and line[found[0].end() :].strip(" .*")
    ):
        return line
    return f"{line[: found[0].start()]}{_written(found[0][1])}{line[found[0].end() :]}"


def _replaced(found: re.Match[str]) -> str:
    return f"{found[1]}{_written(found[2])}"


def _written(phrase: str) -> str:
    words = [word for word in re.split(r"[\s-]+", phrase.lower()) if word]
    sign = "-" if words[0] in ("negative", "minus") else ""
    value = _value(words[1:] if sign else words)
    if value.denominator == 1:
        return f"{sign}{value.numerator}"
    whole, rest = divmod(value.numerator, value.denominator)
    return f"{sign}{f'{whole} ' if whole else ''}{rest}/{value.denominator}"


def _value(words: list[str]) -> Fraction:
    if "and" in words:
        place = len(words) - 1 - words[::-1].index("and")
        if part := _part(words[place + 1 :]):
            return _whole(words[:place]) + part
    if words[0] in ("half", "quarter") and len(words) > 1:
        return Fraction(1, _PARTS[words[0]]) * _whole(words[1:])
    return _part(words) or _whole(words)


def _part(words: list[str]) -> Fraction | None:
    *count, last = words
    parts = _PARTS.get(last) or _PARTS.get(last.removesuffix("s"))
    if parts is None:
        return None
    return Fraction(1 if not count or count[0] in ("a", "an") else _VALUES[count[0]], parts)


def _whole(words: list[str]) -> Fraction:
    total = part = 0
    for word in words:
        name = word if word in _VALUES or word in _SCALES else word.removesuffix("s")
        if name in ("a", "an", "and", "of"):
            continue
        if name == "hundred":
            part = max(part, 1) * 100
        elif name == "dozen":
            part = max(part, 1) * 12
        elif name in _SCALES:
            total, part = total + max(part, 1) * _SCALES[name], 0
        else:
            part += _VALUES[name]
    return Fraction(total + part)
