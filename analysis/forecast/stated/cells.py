"""Single values of a user's file, each checked, with one error that names where it stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any

from analysis.writeup.months import month
from harness.errors import UserError
from harness.visible import one_line

_NAME = re.compile(r"[a-z][a-z0-9_]*")
FIRST, LAST = month("2000-01"), month("2100-12")


def nearest(name: str, known: Collection[str]) -> str:
    """Words for the known name that is most like one that is not; empty where none is."""
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean '{near[0]}'?" if near else ""


def unknown(where: str, what: str, name: Any, known: Collection[str]) -> UserError:
    """The error for a name that is not there."""
    text = shown(name)
    return UserError(
        f"{where}: there is no {what} '{text}'{nearest(text, known)} "
        f"({'known: ' if known else 'there is none'}{', '.join(known)})"
    )


def shown(value: Any) -> str:
    """A value as it stands in an error: one line, not too long."""
    text = one_line(str(value))
    return text if len(text) <= 60 else text[:57] + "..."


def number(
    where: str, name: str, value: Any, low: float = -inf, high: float = inf, above: bool = False
) -> float:
    """A finite number within bounds.

    Args:
        where: file and row.
        name: of the column.
        value: a number, or text of one.
        low: least allowed.
        high: most allowed.
        above: whether the least itself is not allowed.

    Raises:
        UserError: it is none, or out of bounds.
    """
    try:
        result = float("nan") if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        result = float("nan")
    if isfinite(result) and (low < result if above else low <= result) and result <= high:
        return result
    least = f"above {low:g}" if above else f"from {low:g}"
    allowed = "" if low == -inf else f" {least}" + ("" if high == inf else f" to {high:g}")
    raise UserError(f"{where}: {name} is '{shown(value)}': give a number{allowed}")


def text(where: str, name: str, value: Any) -> str:
    """A text of one line that is not empty.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, str) and value.strip():
        return one_line(" ".join(value.split()))
    raise UserError(f"{where}: {name} is '{shown(value)}': give a text")


def key(where: str, name: str, value: Any) -> str:
    """A name of small letters, digits and underscores.

    Raises:
        UserError: it is none.
    """
    if isinstance(value, str) and _NAME.fullmatch(value):
        return value
    raise UserError(
        f"{where}: {name} is '{shown(value)}': give small letters, digits and underscores, a "
        "letter first, such as process_reward"
    )


def switch(where: str, name: str, value: Any) -> bool:
    """True or false.

    Raises:
        UserError: it is neither.
    """
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    if word in ("true", "false"):
        return word == "true"
    raise UserError(f"{where}: {name} is '{shown(value)}': give true or false")


def date(where: str, name: str, value: Any) -> int:
    """A month, such as 2024-06, counted as `month` does.

    Raises:
        UserError: it is none, or not between 2000 and 2100.
    """
    try:
        result = month(shown(value))
    except UserError as error:
        raise UserError(f"{where}: {name}: {error}") from error
    if not FIRST <= result <= LAST:
        raise UserError(f"{where}: {name} is '{shown(value)}': give a month of 2000 to 2100")
    return result


def pairs(where: str, name: str, value: Any) -> dict[str, Any]:
    """Names with values: a mapping, or text such as `math=50;coding=20`.

    Raises:
        UserError: it is neither, or a name stands twice, or there is none.
    """
    if isinstance(value, str):
        result: dict[str, Any] = {}
        for part in value.split(";"):
            left, equals, right = (side.strip() for side in part.partition("="))
            if not (left and equals and right) or left in result:
                raise UserError(
                    f"{where}: {name} is '{shown(value)}': give names once each, with their "
                    "values, such as math=50;coding=20"
                )
            result[left] = right
        return result
    if isinstance(value, Mapping) and value and all(isinstance(k, str) for k in value):
        return dict(value)
    raise UserError(f"{where}: {name} is '{shown(value)}': give names with values")


def several(value: Any) -> list[Any]:
    """A list, or the parts of a text between semicolons, or one value alone."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(";")]
    return list(value) if isinstance(value, list | tuple) else [value]
