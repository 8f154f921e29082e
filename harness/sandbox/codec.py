"""Values by themselves to JSON and back, and as texts that equal ones share: see `coders`."""

from __future__ import annotations

from typing import Any

from harness.sandbox import value_types
from harness.sandbox.coders import EXACT, Decoder, Encoder, NotPlainError

__all__ = ["NotPlainError", "canonical", "decode", "encode"]

encode = Encoder()
"""A value by itself to JSON: see `Encoder`."""
decode = Decoder()
"""JSON to a value: see `Decoder`."""


def canonical(value: Any) -> str:
    """A text that is equal for equal values of the same types, whatever their history.

    Raises:
        NotPlainError: the value is not plain data, nor of a type in `value_types`.
    """
    return _canonical(decode(encode(value)))


def _canonical(value: Any) -> str:
    kind = type(value)
    if isinstance(value, dict):
        pairs = sorted((_canonical(k), _canonical(v)) for k, v in value.items())
        return "{" + ", ".join(f"{k}: {v}" for k, v in pairs) + "}"
    if kind in (set, frozenset):
        return f"{kind.__name__}({', '.join(sorted(map(_canonical, value)))})"
    if kind is list:
        return "[" + ", ".join(map(_canonical, value)) + "]"
    if kind is tuple:
        return "(" + ", ".join(map(_canonical, value)) + ",)"
    if kind is int and not -EXACT < value < EXACT:
        return hex(value)
    if value_types.is_scalar_of_numpy(value):
        return _canonical(value.item())
    if kind.__name__ in ("ndarray", "dict_keys", "dict_values", "dict_items"):
        listed = value.tolist() if kind.__name__ == "ndarray" else list(value)
        return f"{kind.__name__}({_canonical(listed)})"
    return repr(value)
