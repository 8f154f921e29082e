r"""The part of a reply that holds a mathematical answer: the last box, or the block after a cue."""

from __future__ import annotations

import re
from collections.abc import Callable

from benchmarks.answer_parts import assigned

LONGEST = 2000
"""Characters of a line that are read."""

_EMPTY_LINE = re.compile(r"[\s:*_#>`=~-]*")
_BOX = re.compile(r"\\(?:boxed|fbox|framebox)\s*(?:(?=\{)|(-?[0-9.]*[0-9]|[A-Za-z]))")
_BRACE = re.compile(r"\\.|[{}]", re.S)
_NOT = re.compile(r"\bnot[\s$]{1,4}\Z", re.I)
_GAP = r"(?:[\s$*.]|\\[\[\](),; ]|\\q?quad)*+"
_JOIN = r"(?:,|;|&|\b(?:and|or)\b|\\text\s*\{\s*,?\s*(?:and|or)\s*,?\s*\})"
_BETWEEN_BOXES = re.compile(rf"{_GAP}(?:{_JOIN}{_GAP})++(?:\\?[A-Za-z]+(?:_\w)?\s*=\s*)?", re.I)
_DISPLAY = re.compile(
    r"\$\$[^$]+\$\$|\\\[(?:[^\\]|\\(?![\[\]]))+\\\]"
    r"|\\begin\{(\w+\*?)\}(?:[^\\]|\\(?!begin|end))*\\end\{\1\}|\\text\s*\{[^{}]*\}"
)
_ROWS = re.compile(
    r"\\begin\{((?:align|gather|equation|eqnarray|split|multline)(?:ed)?\*?)\}"
    r"((?:[^\\]|\\(?!begin|end))*)\\end\{\1\}"
)
_NEW_ROW = re.compile(r"\\\\(?:\[[^\[\]]{0,10}\])?")
_LEADS = re.compile(r"^(?:\\(?:Rightarrow|implies|therefore|q?quad)(?![A-Za-z])|[\s=])+")
_TAGS = re.compile(r"</?(?:b|i|em|strong|u|code|span|p|br|mark)\b[^<>]{0,80}>", re.I)
_RAISED = re.compile(r"<su([bp])>([^<>]{1,40})</su[bp]>", re.I)
_QUOTED = re.compile(r"\s*(?:>\s+|#{1,6}\s+)+")
_TYPED_POWER = re.compile(r"(?<![A-Za-z])([A-Za-z]|[0-9]+|\))\*\*(?=[0-9(])")
_NEGATIVE = re.compile(r"\b(?:minus|negative)\s+(?=[0-9.])", re.I)
_STRUCK = re.compile(r"~~[^~\n]+~~")
_MARKS = re.compile(
    r"(?<=[\w$])\*\*+[!?]|(?<![0-9])\*\*+|\*\*+(?![0-9])|__+|`|==(?=[\w$\\])|(?<=[\w$}])==(?!=)"
)
_STARRED = re.compile(r"(?<![\w*\\^])\*(?=\S)([^*\n]*)(?<=\S)\*(?![\w*])")
_UNDERSCORED = re.compile(r"(?<![\w\\$}])_(?=\S)([^_\n]*)(?<=\S)_(?!\w)")
_LISTED = re.compile(r"\s*(?:[-*•+]|\(?[0-9]{1,2}[.)]|\([a-z]\))\s+(?=\S)")
_GOES_ON = re.compile(r"\s*(?:and|or)\b", re.I)


def boxed(text: str) -> str | None:
    """What the last box holds, with those that are joined to it; None where there is none."""
    ends = _closing_braces(text)
    boxes: list[tuple[int, int, str]] = []
    for box in _BOX.finditer(text):
        if _NOT.search(text, max(0, box.start() - 8), box.start()):
            continue
        start, end = box.end(), ends.get(box.end())
        if box[1]:
            boxes.append((box.start(), start, box[1]))
        elif end is None:  # cut off
            rest = re.split(r"[\n$]", text[start + 1 : start + LONGEST], maxsplit=1)[0]
            boxes.append((box.start(), len(text), rest.strip()))
        else:
            boxes.append((box.start(), end + 1, text[start + 1 : end].strip()))
    boxes = [each for each in boxes if each[2]]
    first = len(boxes) - 1
    while first > 0 and _BETWEEN_BOXES.fullmatch(text, boxes[first - 1][1], boxes[first][0]):
        first -= 1
    return ", ".join(inside for _, _, inside in boxes[max(first, 0) :]) or None


def _closing_braces(text: str) -> dict[int, int]:
    """Where each brace that opens a group is closed."""
    opened: list[int] = []
    ends: dict[int, int] = {}
    for brace in _BRACE.finditer(text):
        if brace[0] == "{":
            opened.append(brace.start())
        elif brace[0] == "}" and opened:
            ends[opened.pop()] = brace.start()
    return ends


def first_block(text: str, holds_formula: Callable[[str], bool]) -> str:
    """The first line with anything on it, without emphasis, and what it opens: a display formula,
    a list, a line that goes on with `and`. A line that only announces the next one is passed."""
    lines = [line for line in one_line_each(text) if not _EMPTY_LINE.fullmatch(line)]
    while len(lines) > 1 and lines[0].rstrip(" *_").endswith(":") and not holds_formula(lines[0]):
        lines = lines[1:]
    if len(lines) > 1 and _LISTED.match(lines[0]) and _LISTED.match(lines[1]):
        listed = [line for line in lines if _LISTED.match(line)]
        return ", ".join(without_emphasis(_LISTED.sub("", line, count=1)) for line in listed[:20])
    taken = 1
    while taken < len(lines) and _GOES_ON.match(lines[taken]):
        taken += 1
    return without_emphasis(" ".join(lines[:taken]))


def one_line_each(text: str) -> list[str]:
    """The lines that are not empty; a display formula or environment is all in one line."""
    text = _ROWS.sub(_last_row, text)
    whole = _DISPLAY.sub(lambda each: " ".join(each[0].split()), text)
    return [line for line in whole.split("\n") if line.strip()]


def _last_row(found: re.Match[str]) -> str:
    """The rows of a derivation as one formula: the values of variables, else the last row."""
    rows = [_LEADS.sub("", row.replace("&", " ").strip()) for row in _NEW_ROW.split(found[2])]
    rows = [row.strip(" \n\t.,") for row in rows if row.strip(" \n\t.,")]
    if not rows:
        return ""
    return f" ${', '.join(rows) if assigned(rows) else rows[-1]}$ "


def without_emphasis(line: str) -> str:
    """The line without emphasis, tags and what is struck out, sub- and superscripts in LaTeX."""
    line = _RAISED.sub(
        lambda found: f"{'_' if found[1] in 'bB' else '^'}{{{found[2]}}}", line[:LONGEST]
    )
    line = _TYPED_POWER.sub(r"\1^", _QUOTED.sub("", line) if _QUOTED.match(line) else line)
    line = _NEGATIVE.sub("-", line)
    line = _MARKS.sub("", _STRUCK.sub("", _TAGS.sub("", line)))
    line = _UNDERSCORED.sub(r"\1", _STARRED.sub(r"\1", line))
    return line.strip().removeprefix(":").strip()
