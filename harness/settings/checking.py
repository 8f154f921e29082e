"""Whether every setting of a configuration may be what it is, before anything is made of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import isfinite
from typing import Any

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.contracts.prompt import SOLVE
from harness.engines.protocol import Sampling
from harness.ranges import TOKENS
from harness.settings import relations
from harness.settings.allowed import allowed, components, fits, is_plain, unit, words
from harness.settings.parameters import KEYS, ComponentSettings, parameters
from harness.settings.root import BLOCKS, MANY, ONE, SAMPLING, Root
from harness.settings.targets import TargetError, lacking, located
from harness.settings.wording import joined, shown_value, suggestion

UNSET = "???"
"""What a configuration file says of a setting that has to be given."""
LOST = object()
"""Stands for what refers to nothing; that has been told."""
REFERENCE = re.compile(r"\$\{([\w.]+)\}")
"""Another setting in the text of one."""


def problems_of(config: DictConfig) -> list[str]:
    """A line for each setting that may not be what it is; nothing is made and no data are read."""
    plain, problems = resolved(config)
    checker = SettingsChecker()
    checker.root(plain)
    result = _told_once([*problems, *checker.problems], config)
    return result or [*relations.problems(plain, checker.tokens)]


def component_problems(name: str, node: DictConfig, wanted: type | None = None) -> list[str]:
    """A line for each wrong setting of one component by itself, such as `tracking`."""
    checker = SettingsChecker()
    checker.component(name, OmegaConf.to_container(node, resolve=True), _wanted(wanted))
    return [line for _, line in checker.problems]


def resolved(config: DictConfig) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The configuration as plain data, and by name a line for each value that refers to nothing."""
    plain: dict[str, Any] = {}
    problems: list[tuple[str, str]] = []
    for key in map(str, config):
        several = key in MANY and OmegaConf.is_dict(config._get_node(key)) and config[key]
        into = plain.setdefault(key, {}) if several else plain
        parent = config[key] if several else config
        for name in map(str, parent) if several else [key]:
            try:
                into[name] = _plain(parent, name)
            except OmegaConfBaseException as error:
                full = error.full_key or (f"{key}.{name}" if several else key)
                problems.append((full, f"{full}: {str(error.msg or error).splitlines()[0]}"))
                into[name] = LOST
    return plain, problems


def _plain(parent: DictConfig, name: str) -> Any:
    if OmegaConf.is_missing(parent, name):
        return UNSET
    value = parent[name]
    return OmegaConf.to_container(value, resolve=True) if OmegaConf.is_config(value) else value


def _told_once(problems: Sequence[tuple[str, str]], config: DictConfig) -> list[str]:
    """The lines; of a setting that is made of another wrong one, the other's alone."""
    wrong = {name.removesuffix("._target_") for name, _ in problems}
    raw = OmegaConf.to_container(config, resolve=False)
    first = [line for name, line in problems if not (wrong - {name}) & _references(raw, name)]
    return first or [line for _, line in problems]  # where they refer to one another


def _references(raw: Any, name: str) -> set[str]:
    """The settings that this one, or what it is part of, is made of."""
    for part in name.split("."):
        if not isinstance(raw, Mapping):
            break
        raw = raw.get(part)
    return set(REFERENCE.findall(raw)) if isinstance(raw, str) else set()


class SettingsChecker:
    """Walks plain data and keeps each problem."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []
        """Full names of settings, each with its line."""
        self.tokens: dict[str, int] = {}
        """Settings in tokens by full name, of those that are right."""

    def wrong(self, name: str, said: str) -> None:
        """Keep a problem; the line begins with the name."""
        self.problems.append((name, f"{name}{said}"))

    def root(self, config: Mapping[str, Any]) -> None:
        """The whole configuration."""
        known = parameters(Root).known
        names = [*known, *BLOCKS, SAMPLING, *MANY, *ONE]
        for key, value in config.items():
            if value is LOST:
                continue
            if key in known:
                self.value(key, known[key].hint, value)
            elif key in BLOCKS:
                self.block(key, BLOCKS[key], value)
            elif key == SAMPLING:
                self.sampling(value)
            elif key in MANY:
                self.group(key, MANY[key], value)
            elif key in ONE:
                if value or key != "tracking":
                    self.component(key, value, _wanted(ONE[key]))
            else:
                self.wrong(key, f": there is no such setting{suggestion(key, names)}")
        optional = [key for key, each in known.items() if not each.required]
        for key in names:
            if key not in config and key not in optional:
                self.wrong(key, " is not set")

    def group(self, group: str, wanted: type, members: Any) -> None:
        """Everything of a group of which there are several."""
        choose = f"choose by name, {group}=[NAME,NAME]"
        if not isinstance(members, Mapping):
            self.wrong(group, f" is {shown_value(members)}: {choose}")
        elif "_target_" in members:
            self.wrong(
                group,
                ": a file of this group does not say its name: its first line must be "
                f"'# @package {group}.NAME'",
            )
        elif not members and group != "pte":
            self.wrong(group, f" is empty: {choose}")
        else:
            for name, node in members.items():
                if node is not LOST:
                    self.component(f"{group}.{name}", node, (wanted,))

    def sampling(self, roles: Any) -> None:
        """Sampling by role."""
        if not isinstance(roles, Mapping):
            how = f"it is set role by role, {SAMPLING}.solve.temperature=0.7"
            self.wrong(SAMPLING, f" is {shown_value(roles)}: {how}")
            return
        if SOLVE not in roles:
            self.wrong(f"{SAMPLING}.{SOLVE}", " is not set")
        for role, values in roles.items():
            self.block(f"{SAMPLING}.{role}", Sampling, values)

    def block(self, name: str, kind: type, values: Any) -> None:
        """A mapping of settings whose class is known."""
        if isinstance(values, Mapping):
            for key in KEYS:
                if key in values:
                    self.wrong(f"{name}.{key}", ": there is no such setting")
            self._settings(name, parameters(kind), values)
        else:
            has = joined(f"{name}.{each}" for each in parameters(kind).known)
            self.wrong(name, f" is {shown_value(values)}: give its settings, {has}")

    def component(self, name: str, node: Any, wanted: tuple[type, ...] = ()) -> None:
        """Settings of something that `_target_` makes."""
        if not isinstance(node, Mapping):
            self.wrong(name, f" is {shown_value(node)}: give settings with a _target_")
            return
        if "_target_" not in node:
            self.wrong(name, " has no _target_, which names the class that it is made of")
            return
        path = node["_target_"]
        try:
            target = located(path)
        except TargetError as error:
            self.wrong(f"{name}._target_", f" is {shown_value(path)}: {error}")
            return
        lacks = [*lacking(target, wanted)]
        for each in lacks:
            self.wrong(f"{name}._target_", f" is {path}: {each}")
        if not lacks:
            self._settings(name, parameters(target), node)

    def value(self, name: str, hint: Any, value: Any) -> None:
        """One setting."""
        if _is_made(value) and not is_plain(hint):
            self.component(name, value, components(hint))
        elif isinstance(value, list) and any(_is_made(each) for each in value):
            for place, each in enumerate(value):
                self.value(f"{name}[{place}]", Any, each)
        elif value == UNSET:
            self.wrong(name, f" is not set: give {allowed(hint)}")
        elif reason := impossible(value):
            self.wrong(name, f" is {shown_value(value)}: {reason}")
        elif not fits(hint, value):
            guess = suggestion(value, words(hint)) if isinstance(value, str) else ""
            self.wrong(name, f" is {shown_value(value)}: give {allowed(hint)}{guess}")
        elif unit(hint) == TOKENS and value is not None:
            self.tokens[name] = value

    def _settings(self, name: str, known: ComponentSettings, values: Mapping[Any, Any]) -> None:
        for key, value in values.items():
            if key in KEYS:
                continue
            if key in known.known:
                self.value(f"{name}.{key}", known.known[key].hint, value)
            elif known.open:
                self.value(f"{name}.{key}", Any, value)
            else:
                has = joined(known.known, "and") if known.known else "no settings"
                guess = suggestion(str(key), [*known.known])
                self.wrong(f"{name}.{key}", f": there is no such setting; {name} has {has}{guess}")
        for key, each in known.known.items():
            if each.required and key not in values and "_args_" not in values:
                self.wrong(f"{name}.{key}", f" is not set: give {allowed(each.hint)}")


def impossible(value: Any) -> str | None:
    """Why a value can be no setting at all, or None."""
    if isinstance(value, Mapping):
        return next(filter(None, map(impossible, (*value, *value.values()))), None)
    if isinstance(value, list):
        return next(filter(None, map(impossible, value)), None)
    if isinstance(value, float) and not isfinite(value):
        return "give a finite number"
    if isinstance(value, int) and abs(value) >= 2**63:
        return "give a number of at most 63 bits"
    if isinstance(value, str):
        if "\0" in value:
            return "give text without the character NUL"
        if any("\ud800" <= each <= "\udfff" for each in value):
            return "give text in UTF-8"
    return None


def _is_made(value: Any) -> bool:
    return isinstance(value, Mapping) and "_target_" in value


def _wanted(kind: type | None) -> tuple[type, ...]:
    return () if kind is None else (kind,)
