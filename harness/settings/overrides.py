"""The words of a command line as Hydra reads them: choices of groups, and values of settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException

from harness.settings.wording import shown_value

SEARCHPATH = "hydra.searchpath"


@dataclass(frozen=True, eq=False)
class Word:
    """One override of the command line."""

    text: str
    parsed: Override

    @property
    def key(self) -> str:
        """What is set, without the package that a group goes to."""
        return str(self.parsed.key_or_group)

    @property
    def name(self) -> str:
        """What is set, as it was typed."""
        package = self.parsed.package
        return f"{self.key}@{package}" if package else self.key


def read(overrides: Sequence[str], sweeps: bool = False) -> tuple[list[Word], list[str]]:
    """The words that can be read, and a line for each that cannot.

    Args:
        overrides: as they were typed.
        sweeps: whether a word may list several values, as those of a multirun do.
    """
    parser = OverridesParser.create()
    words: list[Word] = []
    problems: list[str] = []
    for text in overrides:
        try:
            word = Word(text, parser.parse_override(text))
        except HydraException:
            problems.append(_unread(text))
            continue
        if not word.key:
            problems.append(_unread(text))
        elif word.parsed.is_sweep_override() and not sweeps:
            problems.append(
                f"{text} lists several values, which is for 'pte run -m'; one value with a comma "
                f"takes quotes inside quotes: \"{word.name}='...'\""
            )
        else:
            words.append(word)
    return words, problems


def _unread(text: str) -> str:
    if "=" not in text:
        return f"{shown_value(text)} is no override: give NAME=VALUE"
    name, _, value = text.partition("=")
    return (
        f"{name} is {shown_value(value)}, which cannot be read: close brackets and quotes, and put "
        f"text "
        f"with other signs than letters in quotes inside quotes: \"{name}='...'\""
    )


def lost_places(word: Word) -> list[str]:
    """A line for each folder of `hydra.searchpath` that is not there."""
    given = word.parsed.value()
    places = [given] if isinstance(given, str) else given
    if not isinstance(places, list):
        return [f"{SEARCHPATH} is {shown_value(given)}: give a list of folders, [file://FOLDER]"]
    return [line for each in places if (line := _lost(each))]


def _lost(place: object) -> str | None:
    text = str(place)
    parts = urlsplit(text)
    if parts.scheme == "pkg":
        module = f"{parts.netloc}{parts.path}".strip("/").replace("/", ".")
        try:
            result = find_spec(module) is not None
        except (ImportError, ValueError):
            result = False
        return None if result else f"{SEARCHPATH} names {text}: no package {module} is installed"
    if parts.scheme not in ("", "file"):
        return f"{SEARCHPATH} names {text}: give file://FOLDER or pkg://PACKAGE"
    path = Path(text.removeprefix("file://"))
    return None if path.is_dir() else f"{SEARCHPATH} names {text}: there is no folder {path}"
