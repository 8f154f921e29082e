r"""Mathematics typed without LaTeX (`11√2`, `sqrt(2)`, `x >= 2`, `2516₈`), as LaTeX."""

from __future__ import annotations

import html
import re
import unicodedata

_CHARACTERS = {
    "−": "-", "–": "-", "×": "\\times ", "÷": "\\div ", "·": "\\cdot ", "⋅": "\\cdot ",
    "π": "\\pi ", "θ": "\\theta ", "α": "\\alpha ", "β": "\\beta ", "φ": "\\phi ",
    "∞": "\\infty ", "≤": "\\le ", "≥": "\\ge ", "≠": "\\ne ", "±": "\\pm ", "∪": "\\cup ",
    "∩": "\\cap ", "∈": "\\in ", "⟨": "(", "⟩": ")", "°": "", "¢": "", "€": "", "£": "", "¥": "",
    "∅": "\\emptyset ", "ℝ": "\\mathbb{R}", "√": "sqrt",
    "\u2009": "\\,", "\u202f": "\\,", "\u00a0": "\\,",
}  # fmt: skip
_TABLE = str.maketrans(_CHARACTERS)
_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+")
_LOWERED = re.compile(r"[₀₁₂₃₄₅₆₇₈₉]+")
_VULGAR = re.compile(r"[¼½¾⅐-⅞]")
_ENTITY = re.compile(r"&[a-z]{2,6};")
_ALONE = r"(?<![A-Za-z\\])"
_ROOT = re.compile(
    rf"(?:{_ALONE}|\\)sqrt\s*(?:\(([^()]*)\)|(?<!\\sqrt)([0-9]+(?:\.[0-9]+)?|[a-z]\b))"
)
_NAMES = re.compile(
    rf"{_ALONE}(sin|cos|tan|cot|sec|csc|log|ln|pi|theta|infinity|infty|inf)(?![A-Za-z]|\s*\}})"
)
_RELATION = re.compile(r"<=|>=|!=|\\(?:leq|geq|neq|le|ge)slant(?![A-Za-z])|\\[lg]t(?![A-Za-z])")
_RELATIONS = {
    "<=": "\\le ", ">=": "\\ge ", "!=": "\\ne ", "\\lt": "<", "\\gt": ">",
}  # fmt: skip
_SLASH = re.compile(r"(?<![0-9/.^}_])([0-9]{1,15})\s?/\s?([0-9]{1,15})\s+(?=\\(?:pi|sqrt)|[a-z]\b)")
_RATIO = re.compile(r"(?<=[0-9]) to (?=[0-9])")
_TYPED_SCALE = re.compile(r"(?<![\w.])([0-9]+(?:\.[0-9]+)?)[eE]([-+]?[0-9]{1,3})(?![\w.])")
_TYPED_POWER = re.compile(r"(?<=[\w)])\s?\*\*\s?(?=[\w(-])")
_ANGLES = re.compile(r"\\[lr]angle(?![A-Za-z])")


def typed_as_latex(text: str) -> str:
    """The text with typed mathematics as LaTeX; what is LaTeX stays."""
    text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    text = _RAISED.sub(lambda found: f"^{{{_folded(found[0])}}}", text)
    text = _LOWERED.sub(lambda found: f"_{{{_folded(found[0])}}}", text)
    text = _VULGAR.sub(_vulgar, text).translate(_TABLE)
    text = _ROOT.sub(lambda found: f"\\sqrt{{{found[1] or found[2] or ''}}}", text)
    text = _NAMES.sub(lambda found: "\\" + _name(found[1]) + " ", text)
    text = _RELATION.sub(lambda found: _RELATIONS.get(found[0], found[0][:3] + " "), text)
    text = _SLASH.sub(r"\\frac{\1}{\2}", text)
    text = _ANGLES.sub(lambda found: "(" if found[0] == "\\langle" else ")", text)
    text = _TYPED_SCALE.sub(r"\1\\times 10^{\2}", text)
    return _TYPED_POWER.sub("^", _RATIO.sub(":", text))


def _folded(characters: str) -> str:
    return unicodedata.normalize("NFKC", characters).replace("−", "-")


def _vulgar(found: re.Match[str]) -> str:
    above, _, below = unicodedata.normalize("NFKC", found[0]).partition("⁄")
    return f"\\frac{{{above}}}{{{below}}}"


def _name(word: str) -> str:
    return "infty" if word.startswith("inf") else word
