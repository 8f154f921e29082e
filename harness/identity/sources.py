"""The source of what a user wrote: a component of one's own is known by its text as well.

Hashed are the modules in which a component's classes and functions are defined, and whatever of the
user's own these import, wherever in their text they do. Not hashed is what is known in another way:
this project (its commit), Python and installed distributions (their versions), unless a component
itself comes from one of those. What a module reads from files by itself is not seen: make it a
setting, or put it into a module.
"""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import lru_cache, partial
from hashlib import sha256
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

from harness.errors import UserError
from harness.identity.code_origin import is_installed, is_ours, is_python

DIGITS = 16
"""Hexadecimal digits of a source's hash."""
DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*[.:][^\W\d]\w*")
"""A setting that may name a function: `package.module.function`."""
DEEPEST = 6
"""Levels of a component's settings in which functions are looked for."""

HELD = DEEPEST - 3
"""Where they are looked for in what a function holds, which may be a whole index."""

Modules = dict[str, str]
"""Files by module."""


def sources(*things: Any) -> dict[str, str]:
    """Hashes of the user's own modules that make these what they are, by module's name.

    Args:
        things: components (their classes, the functions and the names of functions among their
            settings), classes and functions.

    Returns:
        Nothing where all of it is the project's own, Python's, or installed beside it.

    Raises:
        UserError: a class or function has no file, so that nobody could tell whether it changed.
    """
    names = dict.fromkeys(name for thing in things for name in _modules(thing, 0))
    return _hashes(names, {_defined_in(thing) for thing in things})


def source(function: Callable[..., Any]) -> dict[str, str]:
    """Hash, by its name, of the module alone in which a function is defined, whatever it holds.

    Raises:
        UserError: as `sources`.
    """
    while isinstance(function, partial):
        function = function.func
    name = _defined_in(function)
    return _hashes([name], {name})


def _hashes(names: Iterable[str], brought: Collection[str]) -> dict[str, str]:
    """Hashes of those of the modules, and of what they import, that are the user's own.

    What a distribution brings is its own affair, but for the modules `brought` by a component.
    """
    roots: Modules = {}
    for name in names:
        file = _file(name)
        if file is None and name in sys.stdlib_module_names:
            continue
        if file is None:
            raise UserError(
                f"the source of {name} has no file, so that no record could tell which version of "
                "it was used: put it into a module (NAME.py)"
            )
        if is_ours(file) or (is_installed(file) and (name not in brought or is_python(file))):
            continue
        roots[name] = file
    return {name: _hash(file) for name, file in sorted(_closed(roots).items())} if roots else {}


def _defined_in(thing: Any) -> str:
    return str(getattr(thing, "__module__", "") if callable(thing) else type(thing).__module__)


def _modules(thing: Any, depth: int) -> Iterator[str]:
    """The modules that define a thing, and the functions that it holds."""
    if depth > DEEPEST or thing is None or isinstance(thing, bool | int | float | bytes):
        return
    if isinstance(thing, str):
        yield from _named(thing)
    elif isinstance(thing, partial):
        yield from _modules([thing.func, thing.args, thing.keywords], depth + 1)
    elif inspect.ismethod(thing):
        yield from _modules([thing.__func__, thing.__self__], max(depth + 1, HELD))
    elif isinstance(thing, type):
        yield from (base.__module__ for base in thing.__mro__)
    elif inspect.isroutine(thing):
        inner = inspect.unwrap(thing)
        yield from filter(None, {getattr(thing, "__module__", ""), inner.__module__})
        for cell in getattr(inner, "__closure__", None) or ():
            yield from _modules(cell.cell_contents, max(depth + 1, HELD))
    elif isinstance(thing, Mapping):
        yield from _modules(list(thing.values()), depth + 1)
    elif isinstance(thing, list | tuple | set | frozenset):
        for each in thing:
            yield from _modules(each, depth + 1)
    elif is_dataclass(thing):
        yield from _modules(type(thing), depth)
        compared = [getattr(thing, each.name) for each in fields(thing) if each.compare]
        yield from _modules(compared, depth + 1)
    else:
        yield from _modules(type(thing), depth)
        yield from _modules(dict(getattr(thing, "__dict__", {})), depth + 1)


def _named(text: str) -> Iterator[str]:
    """The module of a function that a setting names, if it is one."""
    if not DOTTED.fullmatch(text):
        return
    module, _, name = text.replace(":", ".").rpartition(".")
    loaded = sys.modules.get(module)
    if loaded is None and _file(module):
        yield module
    elif callable(function := getattr(loaded, name, None)):
        yield module
        yield from _modules(function, DEEPEST)  # where it is defined, if elsewhere


def _closed(roots: Modules) -> Modules:
    """Those modules, and what of the user's own they import, however far."""
    # Of an installed distribution that brings a component, its other modules count as well.
    brought = {name.partition(".")[0] for name, file in roots.items() if is_installed(file)}
    result: Modules = {}
    waiting = list(roots.items())
    while waiting:
        name, file = waiting.pop()
        if name in result:
            continue
        result[name] = file
        for other in (*_parents(name), *_imports(name, file)):
            there = _file(other)
            if there is None or other in result or is_ours(there):
                continue
            if not is_installed(there) or other.partition(".")[0] in brought:
                waiting.append((other, there))
    return result


def _parents(name: str) -> list[str]:
    """The packages whose code runs before the module's."""
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _imports(name: str, file: str) -> Iterable[str]:
    package = name if Path(file).name == "__init__.py" else name.rpartition(".")[0]
    return _parsed(name, file, package, _stamp(file))


@lru_cache(maxsize=1024)
def _parsed(name: str, file: str, package: str, stamp: tuple[int, int]) -> tuple[str, ...]:
    """Every name that an import in the text may mean, whether or not it is a module."""
    if not file.endswith(".py"):
        return ()
    try:
        tree = ast.parse(Path(file).read_bytes())
    except (SyntaxError, ValueError):
        return ()  # it was imported, so it was right: then its own hash tells
    result: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            result += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = _absolute(node, package)
            result += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and node.args:
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            first = node.args[0]
            if called in ("import_module", "__import__") and isinstance(first, ast.Constant):
                result.append(str(first.value))
    with_parents = [part for each in result for part in (*_parents(each), each)]
    return tuple(dict.fromkeys(filter(None, with_parents)))


def _absolute(node: ast.ImportFrom, package: str) -> str:
    if not node.level:
        return node.module or ""
    parts = package.split(".")
    above = parts[: len(parts) - node.level + 1]
    return ".".join(filter(None, [*above, node.module]))


def _file(name: str) -> str | None:
    """Where a module's code lies, found without running any."""
    if (module := sys.modules.get(name)) is not None:
        file = getattr(module, "__file__", None)
        return str(file) if file else None
    path: Any = None
    for place in range(1, name.count(".") + 2):
        part = ".".join(name.split(".")[:place])
        try:
            spec = PathFinder.find_spec(part, path)
        except (ImportError, ValueError):
            return None
        if spec is None:
            return None
        path = spec.submodule_search_locations
        if path is None and part != name:
            return None
    return spec.origin if spec and spec.has_location else None


def _hash(file: str) -> str:
    return _hashed(file, _stamp(file))


@lru_cache(maxsize=1024)
def _hashed(file: str, stamp: tuple[int, int]) -> str:
    return sha256(Path(file).read_bytes()).hexdigest()[:DIGITS]


def _stamp(file: str) -> tuple[int, int]:
    try:
        result = Path(file).stat()
    except OSError as error:
        raise UserError(f"the source {file} cannot be read ({error.strerror})") from error
    return result.st_mtime_ns, result.st_size
