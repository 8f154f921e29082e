"""Which groups there are and what can be chosen of each, with the user's own folders."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from hydra.core.config_loader import ConfigLoader
from hydra.core.object_type import ObjectType

from harness.settings.overrides import Word
from harness.settings.root import MANY
from harness.settings.wording import joined, shown_value, suggestion


class Choices:
    """What the groups of a configuration offer."""

    def __init__(self, loader: ConfigLoader, places: Sequence[str]) -> None:
        self._loader = loader
        self._places = list(places)
        """The words of the command line that say where else configurations lie."""
        self._known: dict[str, list[str]] = {}

    @cached_property
    def groups(self) -> list[str]:
        """Names of all groups."""
        result = self._loader.get_group_options("", ObjectType.GROUP, None, self._places)
        return sorted(each for each in result if each != "hydra" and self.of(each))

    def of(self, group: str) -> list[str]:
        """Names that can be chosen of a group; empty where there is no such group."""
        if group not in self._known:
            self._known[group] = sorted(
                self._loader.get_group_options(group, ObjectType.CONFIG, None, self._places)
            )
        return self._known[group]

    def is_choice(self, word: Word) -> bool:
        """Whether a word chooses of a group; a mapping sets what is below it instead."""
        return bool(self.of(word.key)) and not isinstance(word.parsed.value(), dict)

    def problems(self, word: Word) -> Iterator[str]:
        """A line for each thing that a word chooses and that is not to be had."""
        chosen, name = word.parsed.value(), word.name
        if word.parsed.is_delete():
            return
        many = word.key in MANY and word.parsed.package is None
        if chosen is None and name in ("ladder", "tracking"):
            return
        if isinstance(chosen, list) and not many:
            yield f"{name} is {shown_value(chosen)}: choose one, {joined(self.of(word.key))}"
            return
        names = chosen if isinstance(chosen, list) else [chosen]
        if not names and name != "pte":
            yield f"{name} is []: name at least one of {', '.join(self.of(word.key))}"
        for each in names:
            yield from self._missing(name, word.key, each, many)
        for each, times in Counter(map(str, names)).items():
            if times > 1:
                yield f"{name} names {each} {times} times"

    def _missing(self, name: str, group: str, chosen: object, many: bool) -> Iterator[str]:
        known = self.of(group)
        if not isinstance(chosen, str):
            what = "a name, or a list of names" if many else "a name"
            yield f"{name} is {shown_value(chosen)}: give {what}: {', '.join(known)}"
        elif chosen not in known:
            folder = group == "model" and (Path(chosen) / "config.json").is_file()
            mend = f"; the folder of that name is model=./{chosen}" if folder else ""
            yield (
                f"{group}/{chosen}: there is no such {group}{mend}; "
                f"choose from {', '.join(known)}{suggestion(chosen, known)}"
            )
