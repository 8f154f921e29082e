"""Whether what a word of the command line sets is there to be set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hydra.core.override_parser.types import OverrideType
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf._utils import split_key

from harness.settings.choices import Choices
from harness.settings.overrides import Word
from harness.settings.parameters import parameters
from harness.settings.root import MANY
from harness.settings.targets import TargetError, located
from harness.settings.wording import joined, suggestion


def unknown(word: Word, config: DictConfig, choices: Choices) -> str | None:
    """Why a word sets nothing that is there, or None.

    `config` is composed of the choices alone.
    """
    if word.key.startswith("hydra."):
        return None
    if word.parsed.package is not None:
        return f"{word.name}: there is no group {word.key}{suggestion(word.key, choices.groups)}"
    if word.parsed.is_force_add():
        return None
    value = None if word.parsed.is_sweep_override() else word.parsed.value()
    names = [*_names(word.key, value, config)]
    there = next(filter(None, (absent(config, name, choices) for name in names)), None)
    if not word.parsed.is_add():
        return there
    free = there or isinstance(value, dict) or OmegaConf.select(config, word.key) is None
    return None if free else f"{word.text}: there is such a setting, leave out the +"


def unlisted(word: Word, config: DictConfig) -> bool:
    """Whether a word sets what a component's class knows and its file does not list."""
    above, _, name = word.key.rpartition(".")
    if word.parsed.type is not OverrideType.CHANGE or not above or absent(config, above):
        return False
    node = OmegaConf.select(config, above)
    if not isinstance(node, DictConfig) or name in node or not node.get("_target_"):
        return False
    try:
        return name in parameters(located(node.get("_target_"))).known
    except TargetError:
        return False


def _names(key: str, value: Any, config: DictConfig) -> Iterator[str]:
    """What a word sets: a name, or with a mapping the names below it."""
    if isinstance(value, dict) and value and "_target_" not in value:
        for name, each in value.items():
            yield from _names(f"{key}.{name}", each, config)
    else:
        yield key


def stray(name: str, package: str | None, ptes: list[str]) -> str | None:
    """Why a group's choice goes to a PTE that is not in the sweep, or None."""
    group, _, rest = (package or "").partition(".")
    pte = rest.partition(".")[0]
    return f"{name}: {_unnamed('pte', pte, ptes)}" if group == "pte" and pte not in ptes else None


def absent(config: DictConfig, key: str, choices: Choices | None = None) -> str | None:
    """What to say of a setting that is not there, or None; with what is there in its place."""
    node: Any = config
    parts = split_key(key)
    for depth, part in enumerate(parts):
        if isinstance(node, ListConfig) and part.isdigit() and int(part) < len(node):
            node = node._get_node(int(part))
        elif isinstance(node, DictConfig) and part in map(str, node):
            node = node._get_node(part)
        else:
            return _instead(key, ".".join(parts[:depth]), part, node, choices)
    return None


def _instead(key: str, above: str, part: str, node: Any, choices: Choices | None) -> str:
    """The same where `part` is what is not in `node`, which is named `above`."""
    if not isinstance(node, DictConfig):
        return f"{key}: there is no such setting; {above} is a single value"
    known = [str(each) for each in node if str(each) != "_target_"]
    if choices and above in MANY and part in choices.of(above):
        return f"{key}: {_unnamed(above, part, known)}"
    if not above:
        names = [*known, *(choices.groups if choices else ())]
        return f"{key}: there is no such setting{suggestion(part, names)}"
    if not known and not OmegaConf.select(node, "_target_"):
        return f"{key}: there is nothing below {above} yet; a new name takes a +: +{key}=VALUE"
    has = f"{above} has {joined(known, 'and')}" if known else f"{above} has no settings"
    return f"{key}: there is no such setting; {has}{suggestion(part, known)}"


def _unnamed(group: str, name: str, named: list[str]) -> str:
    there = joined(named, "and") if named else "none"
    also = " or sweep.ptes=[...]" if group == "pte" else ""
    return (
        f"{group}.{name} is not part of this sweep, which has {there}: name it in "
        f"{group}=[...]{also}"
    )
