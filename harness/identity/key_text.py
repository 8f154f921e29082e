"""Text that keys of the journal are made of, written out letter by letter.

It once came from `repr`, of tuples and of dataclasses. It must stay what it was, whatever becomes
of the types that hold the values: a draw is found by it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from harness.identity.describe import canonical, description


def tuple_text(values: Sequence[str]) -> str:
    """Texts as a tuple of them: `('\\\\n', 'Question:')`, `('\\\\n',)`, `()`."""
    inside = ", ".join(repr(str(value)) for value in values)
    return f"({inside},)" if len(values) == 1 else f"({inside})"


def record_text(name: str, values: Mapping[str, Any]) -> str:
    """Numbers by name: `Limits(cpu_seconds=0.25, threads=32)`."""
    return f"{name}({', '.join(f'{key}={value!r}' for key, value in values.items())})"


def later_fields(value: Any, first: Sequence[str]) -> str:
    """What a described dataclass says beyond its first fields: nothing, until a field that came
    later says something new.

    Args:
        value: of a class that has a kind (`described_as`).
        first: names of the fields that a key holds anyhow.
    """
    said = description(value)
    more = {name: each for name, each in said.items() if name not in (*first, "$kind")}
    return f"|{canonical(more)}" if more else ""
