"""Models on the command line: given by their place, or with other weights than their config's."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.global_hydra import GlobalHydra
from hydra.core.object_type import ObjectType
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import QuotedString
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf, open_dict

from harness.errors import UserError
from harness.models.described import STATED, described, placed
from harness.models.naming import is_place, name_of
from harness.models.replaced import Replaced
from harness.settings.building import build

CHOICE = re.compile(r"(?P<key>\+{0,2}model(?:@[\w.]+)?)=(?P<value>.+)", re.DOTALL)
"""An override that chooses models: the sweep's, or (with `@`) one that a PTE binds."""
SAME = re.compile(r"\+{0,2}(?P<node>model\.\w+)\.same_weights=(?P<value>.*)")
SETTING = re.compile(r"\+{0,2}model\.(?P<name>\w+)\.(?P<key>[\w.]+)=")
_made: set[str] = set()
"""Names that this process has given to models at places: not configs of anybody's."""

Compose = Callable[[Sequence[str]], DictConfig]


def located(overrides: Sequence[str]) -> list[str]:
    """The overrides, with each place in `model=...` replaced by the name of a config made for it.

    Call it where Hydra is initialised.

    Raises:
        UserError: there is nothing at such a place, or no checkpoint.
    """
    if not any(_places(word) for word in overrides):
        return list(overrides)
    kept = [word for word in overrides if word.startswith("hydra.searchpath=")]
    loader = GlobalHydra.instance().config_loader()
    options = loader.get_group_options("model", ObjectType.CONFIG, "config", kept)
    taken = {*options} - _made
    names: dict[str, str] = {}
    return [_renamed(word, names, taken) for word in overrides]


def _places(word: str) -> list[str]:
    """The words of an override that are places of models."""
    return [each for each in _chosen(word) or () if is_place(each)]


def _chosen(word: str) -> list[str] | None:
    """What an override of `model` chooses; None where it is another, or not to be read."""
    if not CHOICE.fullmatch(word):
        return None
    try:
        value = OverridesParser.create().parse_override(word).value()
    except HydraException:
        return None  # composing says what is wrong with it
    each = value if isinstance(value, list) else [value]
    return [word.text if isinstance(word, QuotedString) else str(word) for word in each]


def _renamed(word: str, names: dict[str, str], taken: set[str]) -> str:
    found = CHOICE.fullmatch(word)
    if found is None or not _places(word):
        return word
    chosen = _chosen(word) or []
    told = [_named(each, names, taken) if is_place(each) else each for each in chosen]
    for each, name in zip(chosen, told, strict=True):
        if told.count(name) > 1:
            raise UserError(f"{found['key']}: {each} is named twice")
    value = f"[{','.join(told)}]" if found["value"].lstrip().startswith("[") else told[0]
    return f"{found['key']}={value}"


def _named(word: str, names: dict[str, str], taken: set[str]) -> str:
    """The name of a config that is made for the model at a place."""
    place = placed(word)
    if place not in names:
        name = names[place] = name_of(place, taken)
        taken.add(name)
        _made.add(name)
        node = described(place, name)
        ConfigStore.instance().store(name, node, group="model", package=f"model.{name}")
    return names[place]


def added(overrides: Iterable[str]) -> list[str]:
    """The overrides as Hydra takes them: no config has `same_weights`, so it is added."""
    return [SAME.sub(r"++\g<node>.same_weights=\g<value>", word) for word in overrides]


def settle(config: DictConfig, overrides: Sequence[str], compose: Compose) -> None:
    """Put down, in each model's config, whose training compute it now is.

    A model whose weights or revision the command replaces keeps the compute of its config only if
    they can be shown to be the same, or the user says so (`model.NAME.same_weights=true`).

    Args:
        config: composed; changed in place.
        overrides: what it was composed with.
        compose: composes a configuration from overrides.

    Raises:
        UserError: a setting cannot be what it is.
    """
    stated: dict[str, set[str]] = {}
    for found in filter(None, map(SETTING.match, overrides)):
        stated.setdefault(found["name"], set()).add(found["key"])
    replaced = {name for name, keys in stated.items() if keys & {"weights", "revision"}}
    before = _before(overrides, replaced, compose) if replaced else None
    for name, node in config.model.items():
        keys = stated.get(str(name), set())
        with open_dict(node):
            same = node.pop("same_weights", None)
        if same not in (None, True, False):
            raise UserError(f"model.{name}.same_weights is {same!r}: give true or false")
        if before is not None and name in replaced and name in before.model:
            declared = build(before.model[name])
            now = Replaced(declared, str(node.weights), node.get("revision"))
            _replace(node, now, same, keys)
        _source(node, keys)


def _before(overrides: Sequence[str], names: set[str], compose: Compose) -> DictConfig:
    """The configuration without what the command says of these models."""
    own = tuple(f"model.{name}." for name in names)
    return compose([word for word in overrides if not word.lstrip("+").startswith(own)])


def _replace(node: DictConfig, replaced: Replaced, same: bool | None, keys: set[str]) -> None:
    if not replaced.changed or replaced.declared.compute.flop is None or not node.get("training"):
        return
    if same:
        node.training.source += ", the weights replaced by the same ones, on the user's word"
        return
    if same is None and replaced.proven():
        return
    unknown: dict[str, Any] = {
        "flop": None,
        "source": "unknown: other weights",
        "note": replaced.note,
    }
    for key, value in unknown.items():
        if f"training.{key}" not in keys:
            OmegaConf.update(node, f"training.{key}", value)
    if "training_tokens" not in keys:
        node.training_tokens = None


def _source(node: DictConfig, keys: set[str]) -> None:
    """A compute that the command states is not from where the config's was."""
    if "training.flop" in keys and "training.source" not in keys and node.get("training"):
        node.training.source, node.training.note = STATED, ""
