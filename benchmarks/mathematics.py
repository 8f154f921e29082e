r"""Mathematical answers in LaTeX: the one rule that finds the whole final answer in a reply.

After the cue the first line with anything on it counts, or the display formula that it opens. In it
the last box counts, or the last boxes if only `and`, `or` or commas stand between them. Without a
box the answer begins at the first formula, number or bare expression, and goes on as long as
nothing but `and`, `or`, commas or units stands between one item and the next: `$1$ and $-2$` is a
list of two, and the formula of `5 because $x+2=7$` is none of the answer's. Where a line has
neither formula nor number its words are the answer, without article and up to the first comma,
full stop or conjunction that explains. Emphasis is no part of an answer.

In a reply that has no cue, the last box counts, else what follows the last words that announce an
answer, else the last items of the last whole sentence that has any. Code is not read.
"""

from __future__ import annotations

import re
from itertools import pairwise

from benchmarks.formulas import formulas

LONGEST = 2000
"""Characters of a line that are read."""

_EMPTY_LINE = re.compile(r"[\s:*_#>`=-]*")
_BOX = re.compile(r"\\(?:boxed|fbox)\s*(?=\{)")
_JOIN = r"(?:,|;|&|\band\b|\bor\b|\\text\s*\{\s*,?\s*(?:and|or)\s*,?\s*\}|\\q?quad|\\[ ,;])"
_BETWEEN_BOXES = re.compile(rf"(?:[\s$*]|\\[\[\]()]|{_JOIN})*")
_EMPHASIS = re.compile(r"\*\*|__|(?<![\w*])\*(?=\S[^*]*\*(?!\w))|(?<=\S)\*(?![\w*(\s])|`")
_END = re.compile(r"(?<!\b[A-Za-z])(?<!\b[ap]\.m)[.!?](?=\s|$)|\.(?=\s+[A-Z$][a-z]*\b)")
_EXPLAINS = re.compile(
    r",?\s+(?:because|since|as|so|which|where|when|if|for|who|that|but|with|wait|given|i\.e\.|is|was"
    r"|are|has|had|will|can)\b|\s+[-–—]+\s|\s\(|[,;:](?=\s)"
)
_ARTICLE = re.compile(r"(?:(?:the|an?|both|either|simply|just|option|choice|letter)\s+)+", re.I)

_UNITS = r"(?:\s*(?:\\?%|°|[a-zA-Z]+\.?(?:\s*\^\s*\{?[0-9]\}?|[²³])?(?:\s+[a-z]+){0,2}))??"
_SEPARATOR = re.compile(
    rf"{_UNITS}\s*(?:,\s*(?:and|or)\b|,|;|&|\band\b|\bor\b)\s*(?:also\s+|then\s+)?", re.I
)
_CODE = re.compile(r"```[a-zA-Z]*\n.*?(?:```|\Z)", re.S)
_ANNOUNCED = re.compile(
    r"(?i:\banswer\b|\bfinal result\b|\bresult\b)(?:\s+(?:to|of|for)\b[^.:\n$]{0,80})?"
    r"\**\s*(?:(?i:is|are|equals|would be|should be)\b\s*:?|[:=])\**|^#{4}(?=\s)",
    re.M,
)
_CLAUSE_END = re.compile(r"\s+(?:because|since|when|where|if|which|as)\s")


def extract_math(text: str) -> str | None:
    """The whole final answer that follows the cue, without dollars; items of a list by commas."""
    line = _block(text)
    boxed = _boxed(line)
    if boxed is not None:
        return boxed
    items = _items(line)
    return ", ".join(items[0]) if items else _words(line)


def lenient_math(reply: str) -> str | None:
    """The whole final answer of a reply without a cue; None where it states none."""
    text = _CODE.sub("\n", reply).strip()
    boxed = _boxed(text)
    if boxed is not None:
        return boxed
    for announced in reversed(list(_ANNOUNCED.finditer(text))):
        answer = extract_math(text[announced.end() :])
        if answer is not None:
            return answer
    lines = [line for line in text.split("\n") if line.strip()]
    if len(lines) == 1 and len(text.split()) <= 4:
        return extract_math(text)
    return _last_stated(text)


def _last_stated(text: str) -> str | None:
    block = _joined_displays(text)
    for line in reversed(block.split("\n")):
        for sentence in reversed(re.split(r"(?<=[.!?])\s+(?=[A-Z$\\])", line)):
            items = _items(_CLAUSE_END.split(_clean(sentence), maxsplit=1)[0])
            if items:
                return ", ".join(items[-1])
    return None


def _block(text: str) -> str:
    lines = _joined_displays(text).split("\n")
    line = next((each for each in lines if not _EMPTY_LINE.fullmatch(each)), "")
    return _clean(line)


def _clean(line: str) -> str:
    line = _EMPHASIS.sub("", line[:LONGEST])
    return line.strip().removeprefix(":").strip()


def _joined_displays(text: str) -> str:
    """The text with each display formula and environment on a line of its own."""
    display = r"\$\$.+?\$\$|\\\[.+?\\\]|\\begin\{(\w+)\}.+?\\end\{\1\}|\\text\s*\{[^{}]*\}"
    return re.sub(display, lambda each: " ".join(each[0].split()), text, flags=re.S)


def _boxed(text: str) -> str | None:
    """What the last boxes hold, those in a row taken together; None where there is none."""
    boxes = [(place.start(), *_braced(text, place.end())) for place in _BOX.finditer(text)]
    if not boxes:
        return None
    first = len(boxes) - 1
    for (_, end, _), (start, _, _) in reversed(list(pairwise(boxes))):
        if end > start or not _BETWEEN_BOXES.fullmatch(text, end, start):
            break
        first -= 1
    return ", ".join(inside for _, _, inside in boxes[first:] if inside) or None


def _braced(text: str, start: int) -> tuple[int, str]:
    """Where the group that opens at `start` ends, and what is in it; to the end if it never does."""
    depth = 0
    for place in range(start, len(text)):
        if text[place] in "{}" and text[place - 1] != "\\":
            depth += 1 if text[place] == "{" else -1
            if depth == 0:
                return place + 1, text[start + 1 : place].strip()
    return len(text), text[start + 1 :].strip()


def _items(line: str) -> list[list[str]]:
    """Formulas, numbers and bare expressions of a line; those in a row are one list."""
    groups: list[list[str]] = []
    last = None
    for found in formulas(line):
        if last is not None and _SEPARATOR.fullmatch(line, last, found.start):
            groups[-1].append(found.inside)
        else:
            groups.append([found.inside])
        last = found.end
    return groups


def _words(line: str) -> str | None:
    sentence = _END.split(line, maxsplit=1)[0].strip()
    words = _ARTICLE.sub("", sentence, count=1) if _ARTICLE.match(sentence) else sentence
    words = _EXPLAINS.split(words, maxsplit=1)[0]
    return words.strip(" \t.,;:!?\"'“”()") or None
