"""The header of a GGUF file: what a package's weights say of themselves.

The format's own package takes seconds to list a file; a plan reads one each time.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

from harness.models.tensors import HeaderError

MAGIC = b"GGUF"
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""The format's numbers for kinds of values, with what `struct` calls them."""
STRING, ARRAY = 8, 9


@dataclass(frozen=True, slots=True)
class Header:
    """Metadata, and the shapes of all tensors."""

    values: dict[str, Any] = field(default_factory=dict)
    """Scalars and strings; of an array its length."""
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)

    def of_architecture(self, key: str) -> Any:
        """A value that the format keeps under the architecture's name; None where it has none."""
        return self.values.get(f"{self.values.get('general.architecture')}.{key}")

    @property
    def parameters(self) -> int:
        """All of them; an output layer that is the embedding is not stored twice."""
        return sum(prod(shape) for shape in self.shapes.values())


def read(path: Path) -> Header:
    """The header of a GGUF file.

    Raises:
        HeaderError: it is none, or it is damaged.
    """
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if content[:4] != MAGIC:
            raise HeaderError("it does not start as a GGUF file does")
        try:
            return _Reader(content).header()
        except (struct.error, UnicodeDecodeError, KeyError, MemoryError) as error:
            raise HeaderError("its header is damaged") from error


class _Reader:
    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 8  # after magic and version

    def header(self) -> Header:
        tensors, values = self._number("Q"), self._number("Q")
        result = Header()
        for _ in range(values):
            key = self._string()
            result.values[key] = self._value(self._number("I"))
        for _ in range(tensors):
            name = self._string()
            result.shapes[name] = tuple(self._number("Q") for _ in range(self._number("I")))
            self._at += struct.calcsize("<IQ")  # its kind, and where it lies
        return result

    def _number(self, kind: str) -> Any:
        (value,) = struct.unpack_from(f"<{kind}", self._content, self._at)
        self._at += struct.calcsize(f"<{kind}")
        return value

    def _string(self) -> str:
        length = self._number("Q")
        text = self._content[self._at : self._at + length]
        self._at += length
        return text.decode()

    def _value(self, kind: int) -> Any:
        if kind == STRING:
            return self._string()
        if kind != ARRAY:
            return self._number(SCALARS[kind])
        of, length = self._number("I"), self._number("Q")
        if of in SCALARS:
            self._at += length * struct.calcsize(f"<{SCALARS[of]}")
        else:
            for _ in range(length):
                self._value(of)
        return length
