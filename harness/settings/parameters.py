"""What can be set of a component: the parameters of its class or function, with their types."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from functools import lru_cache
from typing import Any

KEYS = ("_target_", "_args_", "_partial_", "_convert_", "_recursive_")
"""Hydra's own words in a component's settings."""


@dataclass(frozen=True)
class Parameter:
    """One setting of a component."""

    hint: Any
    """Type of the parameter; `Any` where nothing is known."""
    required: bool
    default: Any
    """The class's own; configuration files have others."""


@dataclass(frozen=True)
class ComponentSettings:
    """All settings of a component."""

    known: Mapping[str, Parameter]
    open: bool
    """Whether it takes others as well (`**settings`)."""


@lru_cache(maxsize=1024)
def parameters(target: Callable[..., Any]) -> ComponentSettings:
    """The settings of a class or function that a `_target_` names."""
    try:
        signature = inspect.signature(target)
    except (TypeError, ValueError):  # some that are written in C do not say
        return ComponentSettings({}, open=True)
    types = _hints(target)
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    known = {
        name: Parameter(
            types.get(name, Any),
            required=each.default is inspect.Parameter.empty,
            default=each.default,
        )
        for name, each in signature.parameters.items()
        if each.kind in named
    }
    kinds = {each.kind for each in signature.parameters.values()}
    return ComponentSettings(known, open=inspect.Parameter.VAR_KEYWORD in kinds)


def hints(cls: type) -> dict[str, Any]:
    """The type hints of a class and of those it is made from, each as far as it can be resolved."""
    result: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        names = {**vars(sys.modules.get(base.__module__, sys)), **vars(base)}
        for name, hint in inspect.get_annotations(base).items():
            result[name] = _resolved(hint, names)
    return result


def _hints(target: Callable[..., Any]) -> dict[str, Any]:
    if isinstance(target, type):
        if is_dataclass(target):
            return hints(target)
        return {**hints(target), **_written(vars(target).get("__init__"))}
    return _written(target)


def _written(function: Any) -> dict[str, Any]:
    inner = inspect.unwrap(function)
    names = getattr(inner, "__globals__", {})
    result = getattr(inner, "__annotations__", {})
    return {name: _resolved(hint, names) for name, hint in result.items()}


def _resolved(hint: Any, names: Mapping[str, Any]) -> Any:
    """A hint as a type; `Any` where it names what is imported for type checkers alone."""
    if not isinstance(hint, str):
        return hint
    try:
        return eval(hint, dict(names))
    except Exception:  # a hint is code, its class's own: what it cannot say, no check may invent
        return Any
