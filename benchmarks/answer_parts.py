"""The parts of an answer in plain LaTeX: the items of a list, of a tuple, of assignments."""

from __future__ import annotations

import re

_DEPTH = {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}
_OR = re.compile(r"(?<![A-Za-z])or(?![A-Za-z])")
_ASSIGNED = re.compile(r"\\?([A-Za-z]+(?:_\{?\w+\}?)?)\s*=(?!=)\s*([^=<>]+)")


def matching(text: str, start: int) -> int:
    """Where the bracket that opens at `start` is closed, by a bracket of any kind; -1 if nowhere.

    An interval may open with one kind and close with another.
    """
    depth = 0
    for place in range(start, len(text)):
        depth += _DEPTH.get(text[place], 0)
        if depth == 0:
            return place
    return -1


def items_of(plain: str) -> list[str]:
    """The items of a list or set, at least one: split where no bracket holds the comma."""
    inside = plain
    if plain.startswith("\\{") and matching(plain, 1) == len(plain) - 1:
        inside = plain[2:-2]
    if "matrix" in inside or "cases" in inside or "array" in inside:
        return [plain]
    parts, depth, start = [], 0, 0
    for place, character in enumerate(inside):
        depth += _DEPTH.get(character, 0)
        if depth <= 0 and character in ",;":
            parts.append(inside[start:place])
            start = place + 1
    parts.append(inside[start:])
    split = [each.strip() for part in parts for each in _OR.split(part)]
    return [each for each in split if each] or [plain]


def tuple_of(plain: str) -> list[str] | None:
    """The items of a tuple, vector or interval in brackets; None where the answer is none."""
    if len(plain) < 5 or plain[0] not in "([" or plain[-1] not in ")]":
        return None
    if matching(plain, 0) != len(plain) - 1:
        return None
    inside = items_of(plain[1:-1])
    return inside if len(inside) > 1 and not plain[1:].startswith("\\{") else None


def assigned(items: list[str]) -> dict[str, str] | None:
    """Values by their variables, all different and at least two; None if that is not it."""
    found = [_ASSIGNED.fullmatch(item) for item in items]
    values = {match[1]: match[2].strip() for match in found if match}
    return values if 1 < len(items) == len(values) else None


def signs_apart(item: str) -> list[str]:
    """The two items that one with a plus-minus sign stands for; else the item."""
    if item.count("\\pm") != 1:
        return [item]
    return [item.replace("\\pm", "+").lstrip("+ "), item.replace("\\pm", "-")]
