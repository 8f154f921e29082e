"""Configuration files of the user's own: whether they can be read, told with their names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from yaml import MarkedYAMLError, YAMLError, safe_load

from harness.settings.overrides import SEARCHPATH, Word

PREFIX = "file://"


def folders(places: Iterable[Word]) -> list[Path]:
    """The folders that the words of the command line name as places of configurations."""
    given = [word.parsed.value() for word in places if word.key == SEARCHPATH]
    lists = [value if isinstance(value, list) else [value] for value in given]
    names = [str(each).removeprefix(PREFIX) for value in lists for each in value]
    return [Path(each) for each in names if "://" not in each]


def unreadable(places: Iterable[Path], chosen: Iterable[tuple[str, str]]) -> Iterator[str]:
    """A line for each chosen file, by group and name, that is no mapping in YAML."""
    names = [*chosen]
    for folder in places:
        for group, name in names:
            path = folder / group / f"{name}.yaml"
            if path.is_file() and (line := _unreadable(path)):
                yield line


def _unreadable(path: Path) -> str | None:
    try:
        result = safe_load(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        return f"{path}: this is no UTF-8 ({error.reason} at byte {error.start})"
    except OSError as error:
        return f"{path} cannot be read ({error.strerror})"
    except MarkedYAMLError as error:
        mark = error.problem_mark
        place = f", line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        return f"{path}{place}: this is no YAML: {error.problem}"
    except YAMLError as error:
        return f"{path}: this is no YAML: {error}"
    if result is None:
        return f"{path} is empty: give settings, a line each, such as _target_: MODULE.CLASS"
    if not isinstance(result, dict):
        return f"{path} holds a {type(result).__name__}: give settings, a line each, NAME: VALUE"
    return None
