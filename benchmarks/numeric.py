"""Answers that are numbers: the one rule that reads them and the form in which they are equal.

The first line with anything on it is read, in the notation of `number_text`, up to an explanation
(`because`, `since`, `which`, the next sentence, brackets with words). If that holds a sum it is
read to its end: the number after the last equals sign counts, units and words between or not, and
so it does where a sum in words `is` or `makes` something. Else the first number counts. A unit, a
currency and a percent sign are ignored; of a range or a choice (`5 to 7`) the first number counts.
Fractions and mixed numbers are read. `lenient_number` reads a reply that keeps to no form.
"""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from fractions import Fraction

from benchmarks.answer_lines import first_line
from benchmarks.number_text import plain
from harness.solvers.replies import own_words

__all__ = [
    "NUMBER",
    "answer_part",
    "canonical_number",
    "extract_number",
    "first_line",
    "lenient_number",
]

_DECIMAL = r"(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\]])[-–])?[$£€¥₹₩(\\{{]{{0,6}}(?P<inner>(?<=[$£€¥₹₩({{])[-–])?"
    rf"(?:(?P<whole>[0-9]+)\x20+(?=[0-9]+/[0-9]))?"
    rf"(?P<number>{_DECIMAL})(?:\s?/\s?(?P<divisor>[0-9]+))?"
)
_PRONOUN = r"(?:it|he|she|they|there|we|this|that|you|i)\b"
_WHY = rf"(?<!\band)\s(?:because|since|given\s+that|due\s+to|as\s+{_PRONOUN})\s|,\s+(?:as|given)\s"
_REASON = re.compile(_WHY)
_EXPLAINED = re.compile(
    rf"{_WHY}|\s(?:so|which|where|when|if|after|not|rather|but|while)\s|;"
    r"|(?<=[0-9A-Za-z)%$])[.!?]\s+(?=[A-Z])|(?<=[0-9])\.\s+(?=[A-Za-z])",
)
_ASIDE = re.compile(r"(?<=[\w%$.])\s*\([^()A-Za-z=]*+[A-Za-z=][^()]*+\)")
_COMMA = re.compile(r",\s+(?![0-9]{3}\b)")
_SUM_GOES_ON = re.compile(r"[\s,.]*[$£€(]*[0-9][^=,]{0,80}=")
_OPERATOR = re.compile(
    r"[+*/×÷^]|\s[-–x]\s|(?<=\d)[-x](?=\d)|\b(?:plus|minus|times|divided|multiplied|of)\b"
)
_MAKES = re.compile(r"\b(?:is|are|equals?|makes?|gives?|totals?)\b|→|=>|->")
_EQUALS = re.compile(r"(?<![<>!])=+(?!>)")
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)\}")
_MARKED = re.compile(r"####\s*(.+)")
_STATED = re.compile(r"\banswer\b[\s*_]*(?:is\b|:|=)[\s*_:]*(?=\S)", re.IGNORECASE)
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_LISTED = re.compile(r"^\s*(?:[-*•]\s+)?(?:\d+[.)]\s+|(?:step|part)\s+\d+\s*[:.]?)", re.IGNORECASE)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z*$\\])|\n")

EXACT_DIGITS = 30
"""Fractions written with more digits are compared as they are written."""
NOISE_DECIMALS, NOISE_DIGITS, KEPT_DIGITS = 10, 15, 12
"""A number with so many decimals and digits is what a computer made of a shorter one, if it is a
shorter one when rounded to so many (0.30000000000000004, 17.999999999999996)."""


def extract_number(text: str) -> str | None:
    """The number in an answer, without currency and commas (`-1000`, `2.50`, `3/4`, `2 1/2`)."""
    result = NUMBER.search(answer_part(plain(first_line(text))))
    return _written(result) if result else None


def canonical_number(text: str) -> str:
    """The shortest decimal, or a reduced fraction where there is none; other text in lower case."""
    tidy = " ".join(text.casefold().split())
    result = NUMBER.search(plain(tidy))
    if not result:
        return tidy
    sign = "-" if result["sign"] or result["inner"] else ""
    number = result["number"]
    if result["divisor"] is None:
        return _signed(sign, _shortest(number))
    return _signed(sign, _quotient(result["whole"] or "0", number, result["divisor"]))


def lenient_number(text: str) -> str | None:
    """The number of a reply that keeps to no form.

    The last box counts, else the last `#### 5`, else the last `answer is` or `answer:`, else the
    last sentence with a number: its bold part, what its sum comes to, or its last number before an
    explanation.
    """
    own = own_words(text)
    for pattern in (_BOXED, _MARKED):
        for found in _last(pattern, own):
            if (answer := extract_number(found[1])) is not None:
                return answer
    for found in _last(_STATED, own):
        if (answer := extract_number(own[found.end() : found.end() + 1000])) is not None:
            return answer
    for sentence in reversed(_SENTENCE.split(own)):
        if (answer := _of_sentence(sentence)) is not None:
            return answer
    return None


def _last(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    """The last few places where a pattern is found, the last first."""
    return list(pattern.finditer(text))[:-6:-1]


def _of_sentence(sentence: str) -> str | None:
    bold = [part for part in _BOLD.findall(sentence) if NUMBER.search(plain(part))]
    if bold:
        return extract_number(bold[-1])
    said = plain(_LISTED.sub("", sentence))
    if (reason := _REASON.search(said)) and (drawn := said.rfind(" so ", reason.end())) > 0:
        said = said[drawn:]
    head = _before(_REASON, _ASIDE.sub(" ", said))
    summed = _EQUALS.search(head) and NUMBER.search(_after_sum(head))
    if summed:
        return _written(summed)
    found = list(NUMBER.finditer(head))
    return _written(found[-1]) if found else None


def answer_part(line: str) -> str:
    """The part of a plain line whose first number is the answer: what a sum comes to, without the
    explanations after it; the line where there is no number."""
    head = _ASIDE.sub(" ", line)
    head = _before(_EXPLAINED, head)
    head = _clause(head)
    return _after_sum(head) if NUMBER.search(head) else line


def _before(end: re.Pattern[str], line: str) -> str:
    """The line up to the first end that has a number before it, and no sum going on after it."""
    first, equals = NUMBER.search(line), line.find("=")
    for found in end.finditer(line, first.end() if first else len(line)):
        summed = 0 <= equals < found.start()
        if not (summed and "." in found[0] and _SUM_GOES_ON.match(line, found.end())):
            return line[: found.start()]
    return line


def _clause(head: str) -> str:
    first, equals = NUMBER.search(head), head.find("=")
    for found in _COMMA.finditer(head, first.end() if first else len(head)):
        summed = 0 <= equals < found.start()
        goes_on = _SUM_GOES_ON if summed else _OPERATOR
        if not goes_on.match(head, found.end()):
            return head[: found.start()]
    return head


def _after_sum(head: str) -> str:
    parts = _EQUALS.split(head)
    numbered = [n for n, part in enumerate(parts) if NUMBER.search(part)]
    if len(parts) > 1 and numbered and numbered[-1] > 0:
        last = parts[numbered[-1]]
        single = numbered[0] == 0 and not _OPERATOR.search(parts[0])
        # `12 = 3 * 4` opens with what it comes to.
        return head if single and _OPERATOR.search(last) and len(NUMBER.findall(last)) > 1 else last
    for found in _last(_MAKES, head):
        start, end = found.span()
        summed = _OPERATOR.search(head, 0, start) and NUMBER.search(head, 0, start)
        if summed and NUMBER.search(head, end):
            return head[end:]
    return head


def _written(result: re.Match[str]) -> str:
    whole = f"{result['whole']} " if result["whole"] else ""
    divisor = f"/{result['divisor']}" if result["divisor"] else ""
    sign = "-" if result["sign"] or result["inner"] else ""
    return f"{sign}{whole}{result['number']}{divisor}"


def _signed(sign: str, value: str) -> str:
    return value if value == "0" else sign + value


def _shortest(number: str) -> str:
    # On the text, not on a number: exact for any length.
    whole, _, decimals = number.partition(".")
    if len(decimals) >= NOISE_DECIMALS and NOISE_DIGITS <= len(number.lstrip("0.")) <= 20:
        number = _without_noise(number)
        whole, _, decimals = number.partition(".")
    decimals = decimals.rstrip("0")
    return (whole.lstrip("0") or "0") + (f".{decimals}" if decimals else "")


def _without_noise(number: str) -> str:
    with localcontext(prec=KEPT_DIGITS):
        rounded = format((+Decimal(number)).normalize(), "f")
    return rounded if len(rounded.replace(".", "").strip("0")) <= KEPT_DIGITS - 3 else number


def _quotient(whole: str, number: str, divisor: str) -> str:
    divisor = divisor.lstrip("0")
    if not divisor or len(whole + number + divisor) > EXACT_DIGITS:
        lead = "" if whole == "0" else f"{whole} "
        return f"{lead}{_shortest(number)}/{divisor or 0}"
    value = int(whole) + Fraction(number) / int(divisor)
    return _decimal(value) or f"{value.numerator}/{value.denominator}"


def _decimal(value: Fraction) -> str | None:
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    with localcontext(prec=200):  # enough for every divisor of EXACT_DIGITS digits
        return _shortest(format(Decimal(value.numerator) / Decimal(value.denominator), "f"))
