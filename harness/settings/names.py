"""Whether what a word of the command line sets is there to be set."""

from __future__ import annotations

from typing import Any

from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf._utils import split_key

from harness.settings.choices import Choices
from harness.settings.overrides import Word
from harness.settings.root import MANY
from harness.settings.wording import listed, meant


def unknown(word: Word, config: DictConfig, choices: Choices) -> str | None:
    """Why a word sets nothing that is there, or None.

    `config` is composed of the choices alone.
    """
    if word.key.startswith("hydra."):
        return None
    if word.parsed.package is not None:
        return f"{word.name}: there is no group {word.key}{meant(word.key, choices.groups)}"
    there = _missing_part(config, word, choices)
    if word.parsed.is_add() and there is None:
        return f"{word.text}: there is such a setting, leave out the +"
    return None if word.parsed.is_add() or word.parsed.is_force_add() else there


def stray(name: str, package: str | None, ptes: list[str]) -> str | None:
    """Why a group's choice goes to a PTE that is not in the sweep, or None."""
    group, _, rest = (package or "").partition(".")
    pte = rest.partition(".")[0]
    return f"{name}: {_unnamed('pte', pte, ptes)}" if group == "pte" and pte not in ptes else None


def _missing_part(config: DictConfig, word: Word, choices: Choices) -> str | None:
    """What of a setting's name is not there, with what is."""
    node: Any = config
    parts = split_key(word.key)
    for depth, part in enumerate(parts):
        name = ".".join(parts[: depth + 1])
        if isinstance(node, ListConfig) and part.isdigit() and int(part) < len(node):
            node = node._get_node(int(part))
        elif isinstance(node, DictConfig) and part in node.keys():
            node = node._get_node(part)
        else:
            return _absent(name, node, choices)
    return None


def _absent(name: str, node: Any, choices: Choices) -> str:
    above, _, part = name.rpartition(".")
    if not isinstance(node, DictConfig):
        return f"{name}: there is no such setting; {above} is a single value"
    known = [str(key) for key in node if str(key) != "_target_"]
    if above in MANY and part in choices.of(above):
        return f"{name}: {_unnamed(above, part, known)}"
    if not above:
        known += choices.groups
        return f"{name}: there is no such setting{meant(part, known)}"
    if not known and not OmegaConf.select(node, "_target_"):
        return f"{name}: there is nothing below {above} yet; a new name takes a +: +{name}=VALUE"
    has = f"{above} has {listed(known, 'and')}" if known else f"{above} has no settings"
    return f"{name}: there is no such setting; {has}{meant(part, known)}"


def _unnamed(group: str, name: str, named: list[str]) -> str:
    also = " or sweep.ptes=[...]" if group == "pte" else ""
    return (
        f"{group}.{name} is not part of this sweep, which has {listed(named, 'and')}: name it in "
        f"{group}=[...]{also}"
    )
