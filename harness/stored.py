"""What a run's folder holds, read as plain data of a known shape: a stranger may have written it.

Nothing that is read is executed, imported or followed. What has another shape is damage, told by a
`ValueError` of one line, and never an exception of whatever would have used it.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta

from harness.visible import one_line

T = TypeVar("T")

BYTES = 2**29
"""Largest file of JSON that is read whole."""
DEEPEST = 100
"""Levels of lists and mappings in each other; ours have seven."""
LARGEST = 2**63 - 1
"""Largest whole number."""
MOST = 1e100
"""Largest number that is not whole."""
Amount = Annotated[float, Meta(ge=0, le=1e60)]
"""Tokens, FLOP, seconds: finite, and far above all that can be."""
Number = Annotated[int, Meta(ge=0, le=2**62)]
Moment = Annotated[float, Meta(ge=0, le=1e11)]
"""Seconds since 1970, up to the year 5138: what a calendar has."""
ProcessId = Annotated[int, Meta(ge=1, le=2**31 - 1)]


def amount_or_unknown(value: float) -> None:
    """Raise a `ValueError` where a number is neither an `Amount` nor NaN, which stands in our files
    for the FLOP of a model of unknown size."""
    if value < 0:
        raise ValueError(f"{value:g} is below 0")


def data_of(content: bytes, nan: bool = False) -> Any:
    """JSON as plain data; infinities, which JSON has not, are None.

    Args:
        content: the text.
        nan: whether NaN, which JSON has not either, stays; else it is None.

    Raises:
        ValueError: it is not JSON, is nested too deeply to be any file of ours, or holds a number
            that no computer counts with.
    """
    try:
        kept = {"NaN": math.nan} if nan else {}
        result = json.loads(content, parse_constant=kept.get)
        _look(result, DEEPEST)
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no UTF-8") from error
    return result


def data_in(path: Path, nan: bool = False) -> Any:
    """A file of JSON as plain data; `nan` as in `data_of`.

    Raises:
        OSError: it cannot be read.
        ValueError: it holds no JSON, or is too large or too deeply nested to be a file of ours.
    """
    with path.open("rb") as file:
        content = file.read(BYTES + 1)
    if len(content) > BYTES:
        raise ValueError(f"it is larger than {BYTES} bytes")
    return data_of(content, nan)


def shaped(data: Any, kind: type[T]) -> T:
    """Plain data as an object of a type that msgspec knows; further fields are passed over.

    Raises:
        ValueError: it has another shape; names the field.
    """
    try:
        return msgspec.convert(data, kind)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        raise ValueError(one_line(str(error))) from error


def _look(value: Any, levels: int) -> None:
    """Raise where a value, or one in it, is out of bounds."""
    if isinstance(value, int) and not -LARGEST <= value <= LARGEST:
        raise ValueError("a number in it is out of range")
    if isinstance(value, float) and abs(value) > MOST:  # 1e999 is infinite
        raise ValueError("a number in it is out of range")
    if levels < 0:
        raise RecursionError
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        _look(each, levels - 1)
