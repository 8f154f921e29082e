"""A program that checks worked problems step by step: a verifier that is not told the answer.

It sees the problem and what was written, and accepts the work if the steps apply the operator's
parts, all of them and in their order, each to the result of the one before, each comes to what its
table says, and the answer is what the last one came to. What the free operator stands for it does
not know: either reading is accepted.
"""

from __future__ import annotations

import re

from benchmarks.pocket.operators import BASIC, CONVENTIONS, FREE, parts, value

_PROBLEM = re.compile(r"(.)([0-9]{2})")
_STEP = re.compile(rf"([{BASIC}]+)([0-9]{{2}})=([0-9]{{2}})")


def sound(question: str, worked: str, answer: str) -> bool:
    """Whether `worked`, steps that each end in a semicolon, are right and lead to `answer`."""
    problem = _PROBLEM.fullmatch(question)
    *steps, rest = worked.split(";")
    parsed = [_STEP.fullmatch(step.strip()) for step in steps]
    if problem is None or rest.strip() or not steps or not answer.isdecimal():
        return False
    operators, number = "", int(problem[2])
    for step in parsed:
        if step is None or int(step[2]) != number or value(step[1], number) != int(step[3]):
            return False
        operators, number = operators + step[1], int(step[3])
    readings = CONVENTIONS if problem[1] == FREE else (problem[1],)
    return operators in map(parts, readings) and int(answer) == number
