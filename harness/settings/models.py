"""Models on the command line: given by their place, or with other weights than their config's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.types import QuotedString
from omegaconf import DictConfig, OmegaConf

from harness.errors import UserError
from harness.models.by_place import STATED, checked_place, config_of_place
from harness.models.naming import is_place, name_of
from harness.models.replacement import Replacement
from harness.settings.building import build
from harness.settings.choices import Choices
from harness.settings.overrides import Word, read

GROUP = "model"
OTHER = "unknown: other weights"
"""Source of the training compute of weights that are not those of the config."""
WORD = ", the weights replaced by the same ones, on the user's word"
_made: set[str] = set()
"""Names of the configs that the last call made for models at places."""


def resolve_places(words: Sequence[Word], choices: Choices) -> list[Word]:
    """The words, with each place in `model=...` replaced by the name of a config made for it.

    Args:
        words: of a command line.
        choices: that there are without such configs; ask for them anew afterwards.

    Raises:
        UserError: there is nothing at such a place, or no checkpoint.
    """
    _forget()
    if not any(is_place(each) for word in words for each in _chosen(word)):
        return list(words)
    taken = {*choices.of(GROUP)}
    names: dict[str, str] = {}
    return [_renamed(word, names, taken) for word in words]


def _forget() -> None:
    """Take out the configs that an earlier call made: Hydra keeps them as long as the process."""
    kept = ConfigStore.instance().repo.get(GROUP, {})
    for name in _made:
        kept.pop(f"{name}.yaml", None)
    _made.clear()


def _chosen(word: Word) -> list[str]:
    """What a word chooses of the models; nothing where it is about something else."""
    if word.key != GROUP or word.parsed.is_sweep_override():
        return []
    value = word.parsed.value()
    each = value if isinstance(value, list) else [value]
    return [str(one) for one in each if isinstance(one, str | QuotedString)]


def _renamed(word: Word, names: dict[str, str], taken: set[str]) -> Word:
    chosen = _chosen(word)
    if not any(map(is_place, chosen)):
        return word
    message = [_named(each, names, taken) if is_place(each) else each for each in chosen]
    for each, name in zip(chosen, message, strict=True):
        if message.count(name) > 1:
            raise UserError(f"{word.name}: {each} is named twice")
    value = f"[{','.join(message)}]" if isinstance(word.parsed.value(), list) else message[0]
    added = "+" if word.parsed.is_add() else ""
    [again], _ = read([f"{added}{word.name}={value}"])
    return again


def _named(word: str, names: dict[str, str], taken: set[str]) -> str:
    """The name of a config that is made for the model at a place."""
    place = checked_place(word)
    if place not in names:
        name = names[place] = name_of(place, taken)
        taken.add(name)
        _made.add(name)
        node = config_of_place(place, name)
        ConfigStore.instance().store(name, node, group=GROUP, package=f"{GROUP}.{name}")
    return names[place]


def settle_compute(
    config: DictConfig, words: Sequence[Word], declared: Callable[[], DictConfig]
) -> None:
    """Put down, in each model's config, whose training compute it now is.

    A model whose weights or revision the command replaces keeps the compute of its config only if
    they can be shown to be the same, or the user says so (`model.NAME.same_weights=true`).

    Args:
        config: composed and checked; changed in place.
        words: the settings that it was composed with.
        declared: composes the configuration without these settings.

    Raises:
        UserError: the weights lie in a package that is not installed or a folder that is not there.
    """
    stated: dict[str, set[str]] = {}
    for name, key in _stated(words):
        stated.setdefault(name, set()).add(key)
    replaced = {name for name, keys in stated.items() if keys & {"weights", "revision"}}
    before = declared().model if replaced else {}
    for name, node in config.model.items():
        keys = stated.get(str(name), set())
        if name in replaced and name in before and node.get("training"):
            own = build(f"{GROUP}.{name}", before[name])
            _replace(node, Replacement(own, str(node.weights), node.get("revision")), keys)
        # A compute that the command states is not from where the config's was.
        if "training.flop" in keys and "training.source" not in keys and node.get("training"):
            node.training.source, node.training.note = STATED, ""


def _stated(words: Sequence[Word]) -> Iterator[tuple[str, str]]:
    """Each setting of a model that the words set: the model's name, and the setting's below it."""
    for word in words:
        value = None if word.parsed.is_sweep_override() else word.parsed.value()
        for key in _keys(word.key, value):
            group, _, rest = key.partition(".")
            name, _, setting = rest.partition(".")
            if group == GROUP and setting:
                yield name, setting


def _keys(key: str, value: Any) -> Iterator[str]:
    """The setting, or with a mapping those below it."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _keys(f"{key}.{name}", each)
    else:
        yield key


def _replace(node: DictConfig, replaced: Replacement, keys: set[str]) -> None:
    if not replaced.changed or replaced.declared.compute.flop is None:
        return
    if node.get("same_weights"):
        node.training.source = f"{node.training.source}{WORD}"
        return
    if replaced.proven():
        return
    unknown: dict[str, Any] = {"flop": None, "source": OTHER, "note": replaced.note}
    for key, value in unknown.items():
        if f"training.{key}" not in keys:
            OmegaConf.update(node, f"training.{key}", value)
    if "training_tokens" not in keys:
        node.training_tokens = None
