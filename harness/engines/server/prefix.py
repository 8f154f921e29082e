"""Which server has seen the opening of a prompt: its prefix cache saves computing it again."""

from __future__ import annotations

from array import array
from typing import Generic, TypeVar

BLOCK = 64
"""Tokens by which openings are told apart."""
REMEMBER = 200_000
"""Openings kept; the oldest are forgotten first."""

T = TypeVar("T")


def openings(ids: array[int]) -> tuple[int, ...]:
    """A mark for every opening of whole blocks, each longer than the last, and for all of it."""
    marks, mark = [], 0
    for end in range(BLOCK, len(ids), BLOCK):
        mark = hash((mark, ids[end - BLOCK : end].tobytes()))
        marks.append(mark)
    marks.append(hash((mark, len(ids), ids[len(marks) * BLOCK :].tobytes())))
    return tuple(marks)


class PrefixMap(Generic[T]):
    """Remembers where each opening was last sent."""

    def __init__(self) -> None:
        self._homes: dict[int, T] = {}

    def home(self, marks: tuple[int, ...]) -> T | None:
        """The server that the longest known opening of a prompt was sent to; None where none is
        known."""
        for mark in reversed(marks):
            if mark in self._homes:
                return self._homes[mark]
        return None

    def settle(self, marks: tuple[int, ...], home: T) -> None:
        """Remember where a prompt was sent."""
        for mark in marks:
            self._homes.pop(mark, None)
            self._homes[mark] = home
        while len(self._homes) > REMEMBER:
            del self._homes[next(iter(self._homes))]
