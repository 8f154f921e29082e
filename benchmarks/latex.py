r"""Answers in mathematics as people and models write them, in one plain LaTeX.

After `plain_latex` there are no dollars, boxes, layout, thousands marks, units, currency or percent
signs; roots, Greek letters and relations have their LaTeX commands however they were typed, bases
are subscripts, intervals of all numbers have their ends, and `and` is a comma. A function of the
whole answer: nothing is looked for in it.
"""

from __future__ import annotations

import re

from benchmarks.answer_parts import matching
from benchmarks.typed_mathematics import typed_as_latex

_ITS_OWN = r"(?<![A-Za-z\\])"
_LAYOUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|limits|small|[lL]arge|LARGE|[hH]uge)(?![A-Za-z])"
    r"|\\(?:boldsymbol|mathbf|bf|bm|underline|overline)(?![A-Za-z])|\\(?:text)?color\s*\{[^{}]*\}"
    r"|\^\s*\{?\s*\\circ\s*\}?|\\degree\b|\\?%|\\\$|\*\*"
)
_REPEATING = re.compile(r"([0-9]*)\.([0-9]*)\\overline\s*\{\s*([0-9]{1,9})\s*\}")
_SPACES = re.compile(r"\\(?:thinspace|medspace|thickspace|hspace\s*\{[^{}]*\})(?![A-Za-z])")
_GAP = re.compile(r"(?<!\\)\\[!,;: ]|~|\\q?quad\b")
_THIN = r"(?:,?\s*(?<!\\)\\[!,;: ]\s*|\{\s*,\s*\}|\\text\s*\{\s*,\s*\}|~|['’])"
_THOUSANDS = re.compile(rf"(?<![0-9.])([0-9]{{1,3}}(?:{_THIN}[0-9]{{3}})+)(?![0-9])")
_SPACED = re.compile(r"(?<![0-9.])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")
_COMMAS = re.compile(r"(?<![0-9._])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_IN_BRACES = re.compile(r"(?<=\{)[0-9]{1,3}(?:,[0-9]{3})+(?=\})(?!\}\s*$)")
_TIGHT = re.compile(r",(?=\S)")
_BARE_NUMBERS = re.compile(r"[-0-9,.\s]*(?:\\text.*)?", re.S)
_AND = re.compile(
    r",?\s*\\(?:text|mbox|mathrm)\s*\{\s*,?\s*(and|or)\s*,?\s*\}\s*,?"
    rf"|,?\s*{_ITS_OWN}(and|or)(?![A-Za-z])|\s*\\(?:(vee|lor)|wedge|land)(?![A-Za-z])"
)
_TEXT = re.compile(
    r"\\(?:text|mbox|textbf|textit|textrm|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}"
)
_BASES = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "sixteen": 16,
}  # fmt: skip
_WHICH = rf"([0-9]{{1,2}}|{'|'.join(_BASES)})"
_BASE = re.compile(
    r"(?<=[0-9A-Fa-f)}])\s*(?:"
    rf"_\s*\{{\s*\(?\s*(?:\\text\s*\{{)?\s*(?:base\b)?\s*\}}?\s*{_WHICH}\s*\}}?\s*\)?\s*\}}"
    rf"|_\s*\\text\s*\{{\s*(?:base\s*)?{_WHICH}\s*\}}"
    rf"|,?\s*(?:\\text\s*\{{)?\s*(?:in\s*)?\(?\s*base[\s~-]*\}}?\s*{_WHICH}\s*\)?\s*\}}?)"
)
_COLON = re.compile(r"\\text\s*\{\s*:\s*\}")
_DIGITS_IN_TEXT = re.compile(r"\\(?:text|mathrm)\s*\{\s*([0-9A-Fa-f]+)\s*\}(?=\s*_)")
_FUNCTIONS = r"(?:sin|cos|tan|cot|sec|csc|log|ln|sqrt|mod)"
_SHORT_UNIT = (
    r"(?:mm|cm|dm|km|kg|mg|lbs?|oz|ft|in|yd|mi|mph|kph|hrs?|mins?|secs?|ml|mL|deg|rad|sq|cu)"
)
_POWER = r"\s*(?:\^\s*\{?\s*[0-9]\s*\}?)?"
_UNIT = re.compile(
    rf"(?<=[0-9}})\]])(?:\s*{_SHORT_UNIT}|\s+(?!{_FUNCTIONS}\b\s*[\w(\\])(?!pi\b|or\b)"
    rf"(?:[A-Za-z]{{3,}}|{_SHORT_UNIT}|[mgshL]\b))\b(?:[\s/.-]+[A-Za-z]+|\.)*{_POWER}\s*$"
)
_UNIT_IN_TEXT = re.compile(
    r"(?<=[0-9}A-Za-z)\]])\s*(?:\\(?:text|mbox|textrm)\s*\{\s*(?!,?\s*(?:and|or)\b)[^{}]*\}"
    rf"|\\mathrm\s*\{{[\s~]*[^{{}}~]{{2,}}\}}){_POWER}\s*(?=$|,)"
)
_MERIDIEM = re.compile(r"\b([ap])\.?\s?m\b\.?", re.I)
_ABOUT = re.compile(r"^\s*(?:\\(?:approx|simeq|sim|therefore|implies)(?![A-Za-z])|=|≈|~)\s*")
_MODULUS = re.compile(
    r"\s*(?:\\pmod\s*\{?\s*\w+\s*\}?|\(\s*\\?(?:mod|bmod)\s+\w+\s*\)|\\bmod\s+\w+)\s*$"
)
_CONGRUENT = re.compile(r"^[a-z]\s*\\equiv(?![A-Za-z])\s*")
_MEMBER = re.compile(r"^\(?\\?[A-Za-z](?:\([a-z]\))?\)?\s*\\in\s*(?!teg)")
_SET_BUILDER = re.compile(
    r"^\\\{\s*[a-z]\s*(?:\\in\s*(?:\\mathbb\s*\{?\s*R\s*\}?|R)\s*)?(?:[:|]|\\mid|\\colon)(.*)\\\}$"
)
_NAMED_TUPLE = re.compile(
    r"^(?:\(\s*\\?[A-Za-z]+(?:\s*,\s*\\?[A-Za-z]+)+\s*\)\s*=\s*(?=\()|[A-Z]\s*=?\s*(?=\([^()]*,))"
)
_MIXED = re.compile(r"^(-?)([0-9]{1,15})\s+([0-9]{1,15})\s*/\s*([0-9]{1,15})$")
_LETTER = re.compile(r"^\(\s*([A-Z])\s*\)$")
_REALS = re.compile(
    r"^(?:the )?(?:set of )?all (?:real )?(?:numbers|reals?|values)$"
    r"|^\\(?:mathbb|mathbf)\s*\{?R\}?$"
)
_MARKS = " .;,"
_FRAMES = (("$$", "$$"), ("$", "$"), ("\\(", "\\)"), ("\\[", "\\]"), ("\\boxed{", "}"),
           ("\\fbox{", "}"))  # fmt: skip


def plain_latex(text: str) -> str:
    """The answer in plain LaTeX; linear in its length."""
    text = typed_as_latex(_unframed(text))
    text = " ".join(text.split())
    text = _REPEATING.sub(_fraction, _SPACES.sub(r"\\,", text))
    text = _ABOUT.sub("", _LAYOUT.sub("", _COLON.sub(":", text)))
    text = _CONGRUENT.sub("", _MODULUS.sub("", text))
    text = _THOUSANDS.sub(lambda found: re.sub(r"[^0-9]", "", found[0]), text)
    text = _BASE.sub(_subscript, _DIGITS_IN_TEXT.sub(r"\1", text))
    if "_" not in text and not re.search(r"[0-9] +[0-9]+/", text):
        text = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    text = _without_commas(text)
    text = _AND.sub(lambda found: " or " if "or" in found.groups() or found[3] else ", ", text)
    return _without_words(_trimmed(text))


def _unframed(text: str) -> str:
    """What the outermost dollars, brackets of a display or box hold."""
    while True:
        before = text
        text = text.strip().removesuffix(".").strip()
        for start, end in _FRAMES:
            framed = text.startswith(start) and text.endswith(end)
            if framed and len(text) > len(start + end) and _closes_last(text, start, end):
                text = text[len(start) : -len(end)]
        if text == before:
            return text.strip() if text.startswith("\\$") else text.strip("$ \n\t")


def _closes_last(text: str, start: str, end: str) -> bool:
    return end != "}" or matching(text, len(start) - 1) == len(text) - 1


def _trimmed(text: str) -> str:
    """Without the marks of a sentence around it; the point of `.5` is none."""
    text = text.rstrip(_MARKS).lstrip(" ;,")
    return text if re.match(r"\.[0-9]", text) else text.lstrip(_MARKS)


def _fraction(found: re.Match[str]) -> str:
    """A repeating decimal as a fraction."""
    whole, fixed, repeated = found.groups()
    divisor = (10 ** len(repeated) - 1) * 10 ** len(fixed)
    return f"\\frac{{{int(whole + fixed + repeated) - int((whole + fixed) or 0)}}}{{{divisor}}}"


def _subscript(found: re.Match[str]) -> str:
    base = found[1] or found[2] or found[3]
    return f"_{{{_BASES.get(base, base)}}}"


def _without_commas(text: str) -> str:
    """Without thousands commas, where each comma is one, or each that no space follows."""
    text = _IN_BRACES.sub(lambda found: found[0].replace(",", ""), text)
    thousands = sum(each[0].count(",") for each in _COMMAS.finditer(text))
    if ", " in text and len(_TIGHT.findall(text)) == thousands:
        return _COMMAS.sub(lambda found: found[0].replace(",", ""), text)
    if any(mark in text for mark in "([{\\") and not _BARE_NUMBERS.fullmatch(text):
        outside = re.sub(r"\\[A-Za-z]+|[({\[].*[)}\]]", "", text)
        if outside.count(",") != text.count(","):
            return text
    if len(_TIGHT.findall(text)) == thousands:
        return _COMMAS.sub(lambda found: found[0].replace(",", ""), text)
    return text


def _without_words(text: str) -> str:
    text = _MERIDIEM.sub(lambda found: f"{found[1].lower()}m", _GAP.sub(" ", text))
    if re.search(r"[0-9]", text) and re.search(r"\b[ap]m\b", text):
        return " ".join(_TEXT.sub(r" \1 ", text).split())
    text = _UNIT_IN_TEXT.sub("", text)
    text = _TEXT.sub(lambda found: f" {found[1]} " if _is_name(text, found) else found[0], text)
    if _REALS.match(text.strip()):
        return "(-\\infty,\\infty)"
    text = _trimmed(_UNIT.sub("", text.strip()))
    text = _SET_BUILDER.sub(r"\1", text).strip()
    text = _NAMED_TUPLE.sub("", _MEMBER.sub("", text))
    letter = _LETTER.match(text)
    return letter[1] if letter else _MIXED.sub(_improper, text)


def _is_name(text: str, found: re.Match[str]) -> bool:
    """Whether words inside \\text{} are the answer or its items rather than part of a formula."""
    return not re.search(r"[\\^_=+<>]", text.replace(found[0], "").replace("\\text", ""))


def _improper(found: re.Match[str]) -> str:
    whole, part, divisor = (int(each) for each in found.groups()[1:])
    return f"{found[1]}{whole * divisor + part}/{divisor}" if divisor else found[0]
