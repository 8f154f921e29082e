"""A program that checks worked arithmetic step by step: a verifier that knows no answer.

It sees the problem and what was written, and accepts the work if each step computes what it says,
uses the problem's own digits and the results before it, and the answer is what the last step says.
What the free operator stands for it does not know: either reading is accepted, one for all steps.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks.pocket.skills import CONVENTIONS, OPERATOR

_ITEM = re.compile(r"([a-h])([0-9]+)")
_BINARY = re.compile(rf"([0-9]+)([+*{OPERATOR}])([0-9]+)")
_STEP = re.compile(r"([^=;]+)=([0-9]+)(?::([0-9]+))?")
_NUMBER = re.compile(r"[0-9]+")


def sound(question: str, worked: str, answer: str) -> bool:
    """Whether `worked`, steps that each end in a semicolon, are right and lead to `answer`."""
    *steps, rest = worked.split(";")
    parsed = [_STEP.fullmatch(step.strip()) for step in steps]
    said = [(step[1], step[2], step[3]) for step in parsed if step is not None]
    if rest.strip() or not said or len(said) < len(steps) or not _NUMBER.fullmatch(answer):
        return False
    binary = _BINARY.fullmatch(question)
    if binary is None:
        return _list(question, said, answer)
    operators = CONVENTIONS if binary[2] == OPERATOR else (binary[2],)
    return any(_columns(binary[1], each, binary[3], said, answer) for each in operators)


ParsedStep = tuple[str, str, str | None]
"""What stands left of the equals sign, right of it, and after the colon."""


def _list(question: str, steps: Sequence[ParsedStep], answer: str) -> bool:
    items = _ITEM.findall(question)
    total, taken = 0, 0
    for left, right, written in steps:
        mine = _ITEM.findall(left)
        if (
            written is not None
            or not mine
            or mine != items[taken : taken + len(mine)]
            or _joined(mine) != left
        ):
            return False
        taken += len(mine)
        total += sum(int(value) for _, value in mine)
        if int(right) != total:
            return False
    return taken == len(items) and int(answer) == total


def _joined(items: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{label}{value}" for label, value in items)


def _columns(
    left: str, operator: str, right: str, steps: Sequence[ParsedStep], answer: str
) -> bool:
    """Columns from the right, each with the carry of the one before."""
    above = left[::-1]
    below = right[::-1].ljust(len(above), "0") if operator == "+" else right * len(above)
    carry, result = 0, ""
    if len(steps) != len(above):
        return False
    for (said, value, written), top, bottom in zip(steps, above, below, strict=True):
        adding = operator == "+"
        expected = f"{top}+{bottom}" if adding else f"{top}*{bottom}+{carry}"
        worth = carry + (int(top) + int(bottom) if adding else int(top) * int(bottom))
        carry, result = worth // 10, f"{worth % 10}{result}"
        if said != expected or int(value) != worth or written not in (None, result):
            return False
    return int(answer) == int(f"{carry}{result}")
