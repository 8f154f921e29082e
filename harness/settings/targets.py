"""The class or function that a component's `_target_` names, and whether it can be used."""

from __future__ import annotations

import inspect
import sysconfig
import traceback
from collections.abc import Callable, Iterator
from dataclasses import is_dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, get_origin

from harness.contracts.pte import PTE
from harness.settings.allowed import is_component
from harness.settings.parameters import hints, parameters
from harness.settings.wording import joined

HERE = Path(__file__).parents[1]
"""The harness."""


class TargetError(Exception):
    """A `_target_` that cannot be used, with the reason."""


def located(path: Any) -> Callable[..., Any]:
    """The class or function at a dotted path.

    Raises:
        TargetError: there is none.
    """
    if not isinstance(path, str) or "." not in path:
        raise TargetError(
            "give the dotted path of a class, such as ptes.prompting.few_shot.FewShot"
        )
    try:
        result = _imported(path)
    except (Exception, SystemExit) as error:  # a module of the user's may fail in any way
        raise TargetError(
            f"it cannot be imported ({error_text(error)}): is its module installed, or on "
            f"PYTHONPATH?"
        ) from error
    if not callable(result):
        raise TargetError("it is neither a class nor a function")
    return result  # type: ignore[no-any-return]


def _imported(path: str) -> Any:
    """The object at a dotted path: what is left after the longest part that is a module."""
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:count])
        try:
            result = import_module(module)
        except ModuleNotFoundError as error:
            # A module of the path itself may be a class; one that it imports is missing indeed.
            if count > 1 and error.name and f"{module}.".startswith(f"{error.name}."):
                continue
            raise
        for name in parts[count:]:
            result = getattr(result, name)
        return result
    raise AssertionError("a dotted path has a first part")


def lacking(target: Callable[..., Any], wanted: tuple[type, ...]) -> Iterator[str]:
    """What a target has not that a component made of it needs."""
    settings = parameters(target).known
    if not isinstance(target, type):
        return
    name, checked = target.__name__, tuple(each for each in wanted if is_nominal(each))
    if checked and not issubclass(target, checked):
        yield f"it names {name}, which is no {joined(each.__name__ for each in checked)}"
        return
    if missing := sorted(getattr(target, "__abstractmethods__", ())):
        yield f"its class {name} does not define {joined(missing, 'and')}"
    if unset := [each for each in class_variables(target) if not hasattr(target, each)]:
        yield f"its class {name} does not set {joined(unset, 'and')}"
    if issubclass(target, PTE) and (settings or _fields(target)) and not _is_own_dataclass(target):
        yield f"its class {name} is no dataclass: decorate it with @dataclass(frozen=True)"


def _is_own_dataclass(target: type) -> bool:
    """Whether the class itself is decorated; its bases may be where it adds no field."""
    return is_dataclass(target) and ("__dataclass_fields__" in vars(target) or not _fields(target))


def _fields(target: type) -> list[str]:
    """Names that the class itself annotates and that are no class variables."""
    variables = class_variables(target)
    return [name for name in inspect.get_annotations(target) if name not in variables]


def is_nominal(wanted: type) -> bool:
    """Whether a class can be asked for by inheritance; a protocol cannot."""
    return is_component(wanted) and not getattr(wanted, "_is_protocol", False)


def class_variables(target: type) -> list[str]:
    """Names that the class or its bases announce as class variables."""
    return [
        name
        for base in reversed(target.__mro__)
        for name, hint in inspect.get_annotations(base).items()
        if (isinstance(hint, str) and "ClassVar[" in hint) or _is_class_variable(hint)
    ]


def unset_attributes(made: Any) -> list[str]:
    """Names that an object's class announces and the object does not have."""
    announced = (name for name in hints(type(made)) if not name.startswith("_"))
    return [name for name in announced if not hasattr(made, name)]


def error_text(error: BaseException) -> str:
    """An error of a user's own code on one line, with the place in the user's file."""
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not _is_foreign(frame.filename)]
    return f"{said}, at {Path(own[-1].filename).name} line {own[-1].lineno}" if own else said


def _is_foreign(file: str) -> bool:
    """Whether a file is the harness's, Python's or a library's."""
    places = (str(HERE), sysconfig.get_path("stdlib"), sysconfig.get_path("purelib"), "<")
    return file.startswith(places)


def _is_class_variable(hint: Any) -> bool:
    return get_origin(hint) is ClassVar or hint is ClassVar
