"""Numbers as people and models write them, brought into one plain notation.

After `plain`, thousands have no separators (`9{,}500`, `9 500`, `1,00,000`, `1'000`, `1_000`),
fractions have a slash (`\\frac37`, `½`), powers of ten and scales are multiplied out (`1.2e6`,
`1.2 \\times 10^6`, `1.2 million`, `5k`), signs are hyphens (`negative 5`), and LaTeX and emphasis
are gone. A comma that groups no thousands stays (`3,5` and `1.234,56` are left alone), and so do
dozens after a number: those who ask for them count in dozens.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, localcontext

from benchmarks.answer_lines import without_marks
from benchmarks.number_words import words_as_digits

_SPACES = re.compile(r"[\u00a0\u2000-\u200a\u202f\u205f\u3000]")
_LATEX_COMMA = re.compile(r"\{,\}|,\\!|\\!,?")
_THIN = re.compile(r"(?<=[0-9])(?:\\[,;: ]|~|[\u00a0\u2007-\u200a\u202f])(?=[0-9]{3}(?![0-9]))")
_LATEX_SPACE = re.compile(r"\\[,;: ]|~|\\q?quad(?![A-Za-z])")
_FRACTION = re.compile(
    r"\\[dtc]?frac\s*(?:\{\s*(-?[0-9.,]+)\s*\}|([0-9]))\s*(?:\{\s*([0-9.,]+)\s*\}|([0-9]))"
)
_SIGNS = {
    "\\times": "×", "\\cdot": "×", "\\ast": "×", "\\div": "÷", "\\approx": "=", "\\equiv": "=",
    "\\simeq": "=", "\\$": "$", "\\%": "%", "\\euro": "€", "\\pounds": "£", "\\degree": "",
}  # fmt: skip
_COMMAND = re.compile(
    r"\\(?:times|cdot|ast|div|approx|equiv|simeq|euro|pounds|degree)(?![A-Za-z])|\\[$%]"
)
_DEGREE = re.compile(r"\^\s*\{?\s*\\circ\s*\}?|°")
_CHARACTERS = str.maketrans(
    {"−": "-", "﹣": "-", "－": "-", "⁄": "/", "∕": "/", "≈": "=", "≅": "=", "·": "×", "∙": "×",
     "⋅": "×", "’": "'", "‘": "'", "＝": "=", "\u200b": None, "\u2060": None, "\ufeff": None}
)  # fmt: skip
_DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")
_VULGAR = re.compile(r"([0-9])?\s?([¼½¾⅐-⅞↉])")
_SUPERSCRIPT = re.compile(r"(?<=10)([⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)")
_RAISED = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_GROUPED = re.compile(
    r"(?<![0-9.,'_])(?:"
    r"[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:'[0-9]{3})+|(?:_[0-9]{3})+|(?: [0-9]{3}){1,12}(?! ?/))"
    r"|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|0(?:,[0-9]{3})+)"
    r"(?![0-9]|,[0-9]|'[0-9]|_[0-9])(?!(?<= [0-9]{3}) [0-9])"
)
_SCIENTIFIC = re.compile(
    r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)"
    r"(?:[eE]([-+]?[0-9]{1,3})(?![\w.]*[0-9A-Za-z])"
    r"|\s?[×x*]\s?10\s?(?:\^|\*\*)\s?[{(]?\s?(-?[0-9]{1,3})\s?[)}]?(?![0-9]))"
)
_TEN = re.compile(r"(?<![\w.])10\s?(?:\^|\*\*)\s?[{(]?\s?([0-9]{1,2})\s?[)}]?(?![0-9])")
_SCALES = {
    "hundred": 2, "thousand": 3, "lakh": 5, "million": 6, "crore": 7, "billion": 9,
    "trillion": 12, "k": 3, "mn": 6, "bn": 9, "m": 6, "b": 9,
}  # fmt: skip
_SCALED = re.compile(
    r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)(?:"
    r"[\s-]?((?:hundred\s)?(?:hundred|thousand|lakh|million|crore|billion|trillion))s?(?!\w)"
    r"|(k|K|mn|bn)(?!\w)|(?<=[0-9])((?<=\d)[MmBb])(?!\w))"
)
_NEGATIVE = re.compile(
    r"(?<![\w)\]]\s)(?<![\w)\]])(?:negative|minus)\s+(?=[$£€¥₹]?[0-9.])", re.IGNORECASE
)
_AND_HALF = re.compile(
    r"(?<=[0-9])\s+and\s+(?:a\s+(half)|an?\s+(quarter)|(?=[0-9]+/[0-9]))", re.IGNORECASE
)
MOST_DIGITS = 40
"""Powers of ten beyond this are left as they are written."""


def plain(line: str) -> str:
    """The line in plain notation; linear in its length."""
    text = line.translate(_DIGITS)
    text = _LATEX_COMMA.sub(lambda found: "," if "," in found[0] else "", text)
    text = _SPACES.sub(" ", _THIN.sub("", text))
    text = _LATEX_SPACE.sub(" ", text).translate(_CHARACTERS)
    text = _COMMAND.sub(lambda found: _SIGNS[found[0]], _DEGREE.sub("", text))
    text = without_marks(_FRACTION.sub(_fraction, text))
    text = _SUPERSCRIPT.sub(lambda found: "^" + found[1].translate(_RAISED), text)
    text = _VULGAR.sub(_vulgar, text)
    text = _GROUPED.sub(lambda found: re.sub(r"[,'_ ]", "", found[0]), text)
    text = _TEN.sub(_ten, _SCIENTIFIC.sub(_scientific, text))
    text = words_as_digits(_SCALED.sub(_scaled, text))
    text = _AND_HALF.sub(lambda f: " 1/2" if f[1] else " 1/4" if f[2] else " ", text)
    return _NEGATIVE.sub("-", text)


def shifted(number: str, places: int) -> str:
    """The decimal with its point so many places further right, exact."""
    with localcontext(prec=len(number) + abs(places) + 2):
        value = Decimal(number).scaleb(places)
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _fraction(found: re.Match[str]) -> str:
    # A number right before it makes a mixed number; one right after it is another number.
    space = " " if found.string[max(0, found.start() - 1) : found.start()].isdigit() else ""
    return f"{space}{found[1] or found[2]}/{found[3] or found[4]} "


def _vulgar(found: re.Match[str]) -> str:
    parts = unicodedata.normalize("NFKD", found[2]).replace("\u2044", "/")
    return f"{found[1]} {parts}" if found[1] else parts


def _scientific(found: re.Match[str]) -> str:
    places = int(found[2] or found[3])
    return found[0] if abs(places) > MOST_DIGITS else shifted(found[1], places)


def _ten(found: re.Match[str]) -> str:
    return found[0] if int(found[1]) > MOST_DIGITS else "1" + "0" * int(found[1])


def _scaled(found: re.Match[str]) -> str:
    if found[4] and found.string[max(0, found.start() - 1) : found.start()] not in ("$", "£", "€"):
        return found[0]  # 5M may be metres
    words = (found[2] or found[3] or found[4]).lower().split()
    return shifted(found[1], sum(_SCALES[word] for word in words))
