"""A run's own configuration file, read as data: it may be a stranger's.

What `pte submit` and `pte run` put down is resolved: it refers to nothing and makes nothing. So
whatever reads it again refuses references (`${oc.env:KEY}` would be a key of yours, told to W&B),
and lets `_target_` name nothing but classes of components, of this project or of the user's own
modules: nobody's folder chooses a function of Python or of a package to be called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import is_dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.errors import UserError
from harness.identity.code_origin import PACKAGES, is_installed, is_python
from harness.ranges import CODE
from harness.settings.allowed import unit
from harness.settings.parameters import KEYS, parameters
from harness.settings.targets import TargetError, located
from harness.settings.wording import refuse
from harness.visible import one_line

TARGET = "_target_"
REFERENCE = "${"
"""Opens what OmegaConf looks up: another setting, a variable of the environment, ..."""
PTES = "ptes"
MOST = 100_000
"""Values in a configuration file; a file of a few lines may stand for billions (YAML's aliases)."""
BYTES = 2**22
DEEPEST = 50
"""Levels of blocks and lists in each other."""


def read_block(file: Path, name: str) -> DictConfig:
    """One block of the configuration in a run's folder; what other blocks name is not looked at.

    Raises:
        UserError: there is no such file, or the block refers to something or names what is made of
            other code than this project's.
    """
    config = read_data(file)
    block = {name: config.get(name)}
    if foreign := code_of(block):
        raise UserError(f"{file}: {name} names {one_line(foreign[0])}, which is not this project's")
    refuse([f"{file}: {line}" for line in _strange(block)])
    return _config(block, str(file))


def code_of(config: Mapping[str, Any]) -> list[str]:
    """Dotted paths of what would be imported to make what a configuration says.

    Not among them are this project's own classes; functions that settings call always are."""
    found: dict[str, None] = {}
    for node in _values(config):
        if not isinstance(node, dict) or not isinstance(path := node.get(TARGET), str):
            continue
        if path.partition(".")[0] not in PACKAGES:
            found[path] = None
            continue
        for name, value in node.items():
            if isinstance(value, str) and name in _calling(path):
                found[value] = None
    return list(found)


def _calling(path: str) -> frozenset[str]:
    """The settings of a component of this project's that name a function."""
    if _no_component(path):
        return frozenset()  # refused where it would be made
    known = parameters(located(path)).known
    return frozenset(name for name, each in known.items() if unit(each.hint) == CODE)


def written(text: str, place: str = "the stored configuration") -> DictConfig:
    """The configuration that a text holds; nothing in it refers to anything.

    Args:
        text: YAML, as `pte run` puts it down.
        place: where it comes from, for messages.

    Raises:
        UserError: it is no configuration, or names what no component is made of.
    """
    config = as_data(text, place)
    refuse([f"{place}: {line}" for line in _strange(config)])
    return _config(config, place)


def _config(config: Mapping[str, Any], place: str) -> DictConfig:
    try:
        made = OmegaConf.create(dict(config))
    except (OmegaConfBaseException, RecursionError, ValueError, TypeError) as error:
        said = one_line(" ".join(str(error).split())[:200])
        raise UserError(f"{place} is no configuration ({said})") from error
    assert isinstance(made, DictConfig)
    return made


def read_data(file: Path) -> dict[str, Any]:
    """What a run's configuration file says, as it says it; UserError as `as_data`."""
    return as_data(_text(file), str(file))


def as_data(text: str, place: str) -> dict[str, Any]:
    """What a configuration says, as it says it.

    Raises:
        UserError: it is no mapping of plain values.
    """
    try:
        result = yaml.safe_load(text)
        count = sum(1 for _ in _values(result))
        if count < MOST and _depth(result) > DEEPEST:  # aliases may stand for billions
            raise ValueError("it is nested too deeply")
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise UserError(f"{place} holds no plain values ({_why(error)})") from error
    if not isinstance(result, dict):
        raise UserError(f"{place} is not a mapping")
    if count >= MOST:
        raise UserError(f"{place} is no configuration: it has more than {MOST} values")
    return result


def _why(error: Exception) -> str:
    """What is wrong with a text, without the text: it may be any file, by a link."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        return f"line {error.problem_mark.line + 1}: {one_line(str(error.problem)[:200])}"
    return one_line(" ".join(str(error).split())[:200])


def _text(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            result = opened.read(BYTES + 1)
    except OSError as error:
        raise UserError(f"{file} cannot be read ({error.strerror})") from error
    if len(result) > BYTES:
        raise UserError(f"{file} is no configuration: it is larger than {BYTES} bytes")
    return result.decode(errors="replace")


def _values(value: Any, left: list[int] | None = None) -> Iterator[Any]:
    """A value and all that is in it, up to `MOST` of them."""
    left = [MOST] if left is None else left
    left[0] -= 1
    if left[0] < 0:
        return
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        yield from _values(each, left)


def _depth(value: Any) -> int:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + max(map(_depth, inner), default=0)


def _strange(config: Mapping[str, Any]) -> Iterator[str]:
    """A line for each thing that a folder may not name, by `_target_` or by reference."""
    for node in _values(config):
        if isinstance(node, str) and REFERENCE in node:
            yield f"{one_line(node[:200])} refers to something: a run's folder holds what was meant"
        if not isinstance(node, dict):
            continue
        if any(REFERENCE in str(key) for key in node):
            yield "a name refers to something"
        for key in KEYS:
            if key in node and key != TARGET:
                yield f"{key} is for command lines and files of --conf, not for a run's folder"
        if TARGET in node and (reason := _no_component(node[TARGET])):
            yield f"{TARGET} is {one_line(str(node[TARGET])[:200])}: {reason}"


def _no_component(path: Any) -> str | None:
    """Why no component is made of what lies at a dotted path, or None."""
    if not isinstance(path, str) or not path.replace(".", "").replace("_", "").isalnum():
        return "it is no dotted path"
    top = path.partition(".")[0]
    if "__main__" in path.split("."):  # it runs when it is imported
        return "a run's folder names components alone"
    try:
        found = find_spec(top)
    except (ImportError, ValueError):
        found = None
    if found is None:
        return "its module is not here: is it on PYTHONPATH?"
    places = [each for each in (found.origin, *(found.submodule_search_locations or ())) if each]
    files = [each for each in places if "/" in each]  # what is built in has none
    if not files or any(map(is_python, files)):
        return "a run's folder names components alone, and it is of Python"
    try:
        target = located(path)
    except TargetError as error:
        return str(error)
    if top not in PACKAGES and not any(map(is_installed, files)):
        return None  # the user's own code, wherever it makes a component
    return None if _makes_component(target) else "a run's folder names components alone"


def _makes_component(target: Any) -> bool:
    """Whether it is a class that a part of a configuration is made of, or a PTE's own function."""
    if not isinstance(target, type):
        return getattr(target, "__module__", "").partition(".")[0] == PTES
    engine = all(hasattr(target, name) for name in ("load", "check_stacks", "max_concurrency"))
    ours = any(each.__module__.partition(".")[0] in PACKAGES for each in target.__mro__)
    return engine or (ours and is_dataclass(target)) or issubclass(target, Benchmark | PTE)
