r"""LaTeX of answers in plain form: layout, units and marks gone; and the parts of lists and tuples."""

from __future__ import annotations

import re

_SYMBOLS = {
    "−": "-", "–": "-", "×": "\\times ", "÷": "\\div ", "·": "\\cdot ", "π": "\\pi ",
    "θ": "\\theta ", "∞": "\\infty ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ", "±": "\\pm ",
    "∪": "\\cup ", "∩": "\\cap ", "∈": "\\in ", "²": "^2", "³": "^3", "½": "\\frac{1}{2}",
    "°": "", "\u2009": "\\,", "\u202f": "\\,", "\u00a0": "\\,", "¢": "", "€": "", "£": "",
}  # fmt: skip
_LAYOUT = re.compile(
    r"\\(?:left|right|[bB]igg?[lr]?|displaystyle|boldsymbol|mathbf|bf|limits|overline)(?![A-Za-z])"
    r"|\^\s*\{?\s*\\circ\s*\}?|\\degree\b|\\?%|\\\$|\*\*"
)
_GAP = re.compile(r"(?<!\\)\\[!,;: ]|~|\\q?quad\b")
_THIN = r"(?:,?\s*(?<!\\)\\[!,;: ]\s*|\{\s*,\s*\}|~)"
_THOUSANDS = re.compile(rf"(?<![0-9.])([0-9]{{1,3}}(?:{_THIN}[0-9]{{3}})+)(?![0-9])")
_SPACED = re.compile(r"(?<![0-9.])[0-9]{1,3}(?: [0-9]{3})+(?![0-9])")
_COMMAS = re.compile(r"(?<![0-9.])[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])")
_TIGHT = re.compile(r",(?=\S)")
_AND = re.compile(
    r",?\s*\\(?:text|mbox|mathrm)\s*\{\s*,?\s*(and|or)\s*,?\s*\}\s*,?|,?\s*(?<![A-Za-z\\])(and|or)(?![A-Za-z])"
    r"|\s*(?:\\vee|\\lor)(?![A-Za-z])()|\s*(?:\\wedge|\\land)(?![A-Za-z])()"
)
_TEXT = re.compile(
    r"\\(?:text|mbox|textbf|textit|textrm|mathrm|mathbf|operatorname)\s*\{([^{}]*)\}"
)
_NAMED = (
    "sin",
    "cos",
    "tan",
    "cot",
    "sec",
    "csc",
    "log",
    "ln",
    "sqrt",
    "pi",
    "and",
    "or",
    "am",
    "pm",
)
_UNIT = re.compile(
    rf"(?<=[0-9}})\]])\s*(?!(?:{'|'.join(_NAMED)})\b)[A-Za-z]{{2,}}[A-Za-z /.-]*"
    r"(?:\^\s*\{?\s*[0-9]\s*\}?)?\s*$"
)
_UNIT_IN_TEXT = re.compile(
    r"(?<=[0-9}A-Za-z)\]])\s*\\(?:text|mbox|textrm|mathrm)\s*\{\s*(?!,?\s*(?:and|or)\b)[^{}]*\}"
    r"\s*(?:\^\s*\{?\s*[0-9]\s*\}?)?\s*(?=$|,)"
)
_MERIDIEM = re.compile(r"\b([ap])\.?\s?m\b\.?", re.I)
_BASE = re.compile(
    r"^(-?[0-9A-Fa-f.]+)\s*,?\s*(?:in\s+)?\(?\s*(?:base|_\{?\\?text\{base\}?)\s*-?\s*"
    r"([0-9]+|two|three|four|five|six|seven|eight|nine|ten|twelve|sixteen)\s*\)?$"
)
_BASES = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "sixteen": 16,
}  # fmt: skip
_MEMBER = re.compile(r"^\(?\\?[A-Za-z](?:\([a-z]\))?\)?\s*\\in\s*(?!teg)")
_NAMED_TUPLE = re.compile(r"^\(\s*\\?[A-Za-z]+(?:\s*,\s*\\?[A-Za-z]+)+\s*\)\s*=\s*(?=\()")
_MIXED = re.compile(r"^(-?)([0-9]+)\s+([0-9]+)\s*/\s*([0-9]+)$")
_LETTER = re.compile(r"^\(\s*([A-Z])\s*\)$")
_REALS = re.compile(
    r"^(?:the )?(?:set of )?all (?:real )?(?:numbers|reals?|values)$|^\\(?:mathbb|mathbf)\s*\{?R\}?$"
)


def plain_latex(text: str) -> str:
    """An answer's LaTeX without dollars, layout, thousands marks, units and closing full stop."""
    text = _outer(text.strip())
    for mark, latex in _SYMBOLS.items():
        text = text.replace(mark, latex)
    text = " ".join(text.split()) if "matrix" not in text else text.strip()
    text = _LAYOUT.sub("", text)
    text = _THOUSANDS.sub(lambda found: re.sub(r"[^0-9]", "", found[0]), text)
    if "_" not in text and not re.search(r"[0-9] +[0-9]+/", text):
        text = _SPACED.sub(lambda found: found[0].replace(" ", ""), text)
    text = _without_commas(text)
    text = _AND.sub(lambda found: ", " if (found[1] or found[2]) != "or" else " or ", text)
    return _plain_words(text.strip(" .;,"))


def _outer(text: str) -> str:
    """What the outermost dollars, brackets of a display or box hold."""
    while True:
        before = text
        text = text.strip().removesuffix(".").strip()
        for start, end in (
            ("$$", "$$"),
            ("$", "$"),
            ("\\(", "\\)"),
            ("\\[", "\\]"),
            ("\\boxed{", "}"),
            ("\\fbox{", "}"),
        ):
            if text.startswith(start) and text.endswith(end) and len(text) > len(start + end):
                if end != "}" or _matching(text, len(start) - 1) == len(text) - 1:
                    text = text[len(start) : -len(end)]
        if text == before:
            return text.strip("$ ") if not text.startswith("\\$") else text.strip()


def _without_commas(text: str) -> str:
    if any(mark in text for mark in "([{\\") and not re.fullmatch(
        r"[-0-9,.\s]*(?:\\text.*)?", text
    ):
        outside = re.sub(r"\\[A-Za-z]+|[({\[].*[)}\]]", "", text)
        if outside.count(",") != text.count(","):
            return text
    if len(_TIGHT.findall(text)) == sum(each[0].count(",") for each in _COMMAS.finditer(text)):
        return _COMMAS.sub(lambda found: found[0].replace(",", ""), text)
    return text


def _plain_words(text: str) -> str:
    text = _MERIDIEM.sub(lambda found: f"{found[1].lower()}m", text)
    if re.search(r"[0-9]", text) and re.search(r"\b[ap]m\b", text):
        return " ".join(_TEXT.sub(r" \1 ", text).split())
    text = _UNIT_IN_TEXT.sub("", text)
    text = _TEXT.sub(lambda found: f" {found[1]} " if _is_name(text, found) else found[0], text)
    text = text.strip()
    based = _BASE.match(text)
    if based:
        return f"{based[1]}_{_BASES.get(based[2], based[2])}"
    text = _UNIT.sub("", text) if not _REALS.match(text) else text
    text = _GAP.sub(" ", text).strip(" .;,")
    text = "(-\\infty,\\infty)" if _REALS.match(text) else text
    text = _NAMED_TUPLE.sub("", _MEMBER.sub("", text))
    mixed = _MIXED.match(text)
    if mixed:
        whole, part, divisor = (int(each) for each in mixed.groups()[1:])
        return f"{mixed[1]}{whole * divisor + part}/{divisor}" if divisor else text
    letter = _LETTER.match(text)
    return letter[1] if letter else text


def _is_name(text: str, found: re.Match[str]) -> bool:
    """Whether words inside \\text{} are the answer or its items rather than part of a formula."""
    return not re.search(r"[\\^_=+<>]", text.replace(found[0], "").replace("\\text", ""))


def _matching(text: str, start: int) -> int:
    depth = 0
    for place in range(start, len(text)):
        escaped = place > 0 and text[place - 1] == "\\"
        if text[place] in "{[(" and not (escaped and text[place] == "{" and text[start] != "{"):
            depth += 1
        elif text[place] in "}])":
            depth -= 1
            if depth == 0:
                return place
    return -1


def items_of(plain: str) -> list[str]:
    """The items of a list, at least one: split where no bracket holds the comma."""
    inside = plain
    if plain.startswith("\\{") and plain.endswith("\\}") and plain.count("\\{") == 1:
        inside = plain[2:-2]
    if "matrix" in inside or "cases" in inside:
        return [plain]
    parts, depth, start = [], 0, 0
    for place, character in enumerate(inside):
        depth += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
        if depth <= 0 and character in ",;":
            parts.append(inside[start:place])
            start = place + 1
    parts.append(inside[start:])
    split = [
        each.strip() for part in parts for each in re.split(r"(?<![A-Za-z])or(?![A-Za-z])", part)
    ]
    return [each for each in split if each] or [plain]


def tuple_of(plain: str) -> list[str] | None:
    """The items of a tuple, vector or interval in brackets; None where the answer is none."""
    if len(plain) < 5 or plain[0] not in "([" or plain[-1] not in ")]":
        return None
    if _matching(plain, 0) != len(plain) - 1:
        return None
    inside = items_of(plain[1:-1])
    return inside if len(inside) > 1 and not plain[1:].startswith("\\{") else None
