r"""Mathematical answers in LaTeX: the one rule that finds the whole final answer in a reply.

The last box after the cue counts, or the last boxes if only `and`, `or` or commas stand between
them. Without a box the first line with anything on it counts, with the display formula, the list
or the `and ...` that it opens. In it the answer begins at the first formula, number or bare
expression, and goes on as long as nothing but `and`, `or`, commas or units stands between one item
and the next: `$1$ and $-2$` is a list of two, and the formula of `5 because $x+2=7$` is none of the
answer's. Where words come first that a reason or a description follows (`Evelyn, since $3 > 2$`),
or the line has neither formula nor number, the words are the answer, without article and up to the
first comma, full stop or conjunction that explains. Emphasis is no part of an answer.

In a reply that has no cue, the last box counts, else what follows the last words that announce an
answer, else the last items of the last whole sentence that has any. Code is not read.
"""

from __future__ import annotations

import re

from benchmarks.answer_blocks import boxed, first_block, one_line_each, without_emphasis
from benchmarks.formulas import Found, formulas

__all__ = ["extract_math", "lenient_math"]

ANNOUNCED = 5
"""Places where an answer is announced that are tried, from the last."""

_END = re.compile(r"(?<!\b[A-Za-z])(?<!\b[ap]\.m)[.!?](?=\s|$)|\.(?=\s+[A-Z$][a-z]*\b)")
_REASON = re.compile(
    r"[,;]?\s(?:because|since|as|so|with|where|when|if|for|who|whose|that|but|given|at)\s|[.!?]\s"
)
_ASIDE = re.compile(r"[,;:]\s|\swhich\s|\s[-–—]+\s|\s?—|\s\(")
_STATES = re.compile(r"(?:\b(?:is|are|be|equals?|namely|i\.e\.,?)|[=:])[\s$]*\Z")
_CONCLUDES = re.compile(
    r"\b(?:is|are|be|equals?|implies|means|so|hence|thus|get|gets|find|have|has|gives?|or)(?:\s+that)?"
    r"[\s$,:]*\Z|[=:]\s*\Z"
)
_ASSIGNS = re.compile(r"\\?[A-Za-z]+(?:_\w|_\{\w+\})?\s*=[^=]*")
_EXPLAINS = re.compile(
    r",?\s+(?:because|since|as|so|which|where|when|if|for|who|whose|that|but|with|wait|given|i\.e\."
    r"|is|was|are|has|had|will|can|at)\b|\s+[-–—]+\s|—|\s\(|[,;:](?=\s)"
)
_SUBJECT = re.compile(
    r"(?:it|this|that|there)['’]s\s+|(?:that\s+)?(?:the|this|its?|that|these|there|they|our)\b[\w\s'’]{0,60}?\b(?:is|are|was)\s+",
    re.I,
)
_LEADING = re.compile(
    r"(?:(?:the|an?|both|either|simply|just|option|choice|letter|that|to|due|towards?|on|in|student"
    r"|so|thus|then|therefore|hence|clearly|approximately|about|roughly|exactly|obtained|found)\b[\s,]*)+",
    re.I,
)
_NAMES = re.compile(r"[A-Z]\w*(?:,\s*(?:(?:and|or)\s+)?[A-Z]\w*)+")
_OPTION = re.compile(r"\([A-Z]\)")
_UNITS = r"(?:\s*(?:\\?%|°|[a-zA-Z]+\.?(?:\s*\^\s*\{?[0-9]\}?|[²³])?(?:\s+[a-z]+){0,2}))??"
_SEPARATOR = re.compile(
    rf"{_UNITS}\s*(?:,\s*(?:and|or)\b|,|;|&|\(?\b(?:and|or)\b|\bas\s+well\s+as\b)"
    r"(?:\s|\\[ ,;!]|\\q?quad)*(?:(?:also|then|possibly|maybe|perhaps|even|finally)\s+)?",
    re.I,
)
_VERB = re.compile(
    r"[\s,]*(?:which\s+)?(?:is|are|equals?|must\s+be|=)\s*(?:equal\s+to|exactly|then|simply)?\s*"
)
_NUMERIC = re.compile(r"[-−]?[0-9.,]+")
_CODE = re.compile(r"```[a-zA-Z]*\n.*?(?:```|\Z)", re.S)
_ANNOUNCES = re.compile(
    r"(?i:\banswer\b|\bfinal result\b|\bresult\b)(?:\s+(?:to|of|for)\b[^.:\n$]{0,80})?"
    r"\**\s*(?:(?i:is|are|equals|would be|should be)\b\s*:?|[:=])\**|^#{4}(?=\s)",
    re.M,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+(?=[A-Z$\\])")
_COURTESY = re.compile(r"\blet me know\b|\bhope (?:this|that|it)\b|\bfeel free\b", re.I)
_CLAUSE_END = re.compile(r"\s(?:because|since|when|where|if|as)\s")


def extract_math(text: str) -> str | None:
    """The whole final answer that follows the cue, without dollars; items of a list by commas."""
    in_box = boxed(text)
    if in_box is not None:
        return in_box
    line = first_block(text, lambda line: bool(formulas(line)))
    groups = _groups(line)
    if not groups or _words_first(line[: groups[0][0].start]):
        return _words(line)
    return _joined(_stated(line, groups))


def lenient_math(reply: str) -> str | None:
    """The whole final answer of a reply without a cue; None where it states none."""
    text = _CODE.sub("\n", reply).strip()
    in_box = boxed(text)
    if in_box is not None:
        return in_box
    for announced in list(_ANNOUNCES.finditer(text))[: -ANNOUNCED - 1 : -1]:
        answer = extract_math(text[announced.end() :])
        if answer is not None:
            return answer
    if "\n" not in text and len(text.split()) <= 4:
        return extract_math(text)
    return _last_stated(text)


def _last_stated(text: str) -> str | None:
    for line in reversed(one_line_each(text)):
        for sentence in reversed(_SENTENCE.split(line)):
            said = "" if _COURTESY.search(sentence) else without_emphasis(sentence)
            head = _CLAUSE_END.split(said, maxsplit=1)[0]
            before, whole = _groups(head), _groups(said)
            found = _concluded(head, before) or _concluded(said, whole) or before or whole
            if found:
                return _joined(_last_of(found[-1]))
    return None


def _concluded(sentence: str, groups: list[list[Found]]) -> list[list[Found]]:
    """The items that stand after `is`, `so`, `we get` and the like, or give a variable's value."""
    return [
        each
        for each in groups
        if _ASSIGNS.fullmatch(each[-1].inside) or _CONCLUDES.search(sentence, 0, each[0].start)
    ]


def _last_of(group: list[Found]) -> list[Found]:
    """The items; of several equations the last, unless each gives a variable its value."""
    equations = [each for each in group if "=" in each.inside]
    assigned = all(_ASSIGNS.fullmatch(each.inside) for each in equations)
    return group if assigned else group[-1:]


def _groups(line: str) -> list[list[Found]]:
    """Formulas, numbers and bare expressions of a line; those in a row are one list."""
    groups: list[list[Found]] = []
    for found in formulas(line):
        if groups and _SEPARATOR.fullmatch(line, groups[-1][-1].end, found.start):
            groups[-1].append(found)
        else:
            groups.append([found])
    return groups


def _joined(group: list[Found]) -> str:
    items = [found.inside for found in group]
    if [bool(_OPTION.fullmatch(item)) for item in items[:2]] == [True, False]:
        return items[0]  # the letter of an option, then what it says
    return ", ".join(items)


def _stated(line: str, groups: list[list[Found]]) -> list[Found]:
    """The first items, or those that they are said to be (`$x$ is $5$`)."""
    first = groups[0]
    if len(groups) == 1 or len(first) > 1 or _NUMERIC.fullmatch(first[0].inside):
        return first
    name = first[0].inside
    valued = (each for each in groups[1:] if re.match(rf"{re.escape(name)}\s*=", each[0].inside))
    if re.fullmatch(r"\\?[A-Za-z]+", name) and (value := next(valued, None)):
        return value  # `$x$, where $x = 7$`
    is_said = _VERB.fullmatch(line, first[0].end, groups[1][0].start)
    return groups[1] if is_said else first


def _words_first(before: str) -> bool:
    """Whether words before the first formula are the answer, and it belongs to what is said of
    them."""
    reason = _REASON.search(before)
    aside = None if _STATES.search(before) else _ASIDE.search(before)
    ends = [each.start() for each in (reason, aside) if each]
    return bool(ends) and re.search(r"\w\w", _LEADING.sub("", before[: min(ends)])) is not None


def _words(line: str) -> str | None:
    sentence = _END.split(line, maxsplit=1)[0].strip()
    if _NAMES.fullmatch(sentence):
        return sentence
    words = _EXPLAINS.split(_led(_SUBJECT.sub("", sentence, count=1)), maxsplit=1)[0]
    return words.strip(" \t.,;:!?\"'“”()") or None


def _led(words: str) -> str:
    """The words without those that only lead to them."""
    words = words.strip()
    found = _LEADING.match(words)
    return words[found.end() :] if found and found.end() < len(words) else words
