"""What can be set, told from configuration files and the classes that they name: each setting with
its value, what it may be, and the comment above it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from inspect import Parameter as Signature
from pathlib import Path
from typing import Any

import yaml

from harness.anchor import CONFIGS
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.settings.allowed import allowed
from harness.settings.parameters import KEYS, Parameter, parameters
from harness.settings.root import BLOCKS, MANY, SAMPLING, Root, SandboxBlock
from harness.settings.targets import TargetError, located
from harness.settings.wording import shown_value, suggestion


@dataclass(frozen=True)
class ListedSetting:
    """One setting as it is listed."""

    name: str
    """As it is typed."""
    value: str
    """What it is where nobody sets it."""
    may_be: str
    comment: str


def choices(places: Sequence[Path]) -> dict[str, dict[str, Traversable | Path]]:
    """The configuration file of everything that can be chosen, by group and name; the user's own
    folders come after ours, which they do not replace."""
    result: dict[str, dict[str, Traversable | Path]] = {}
    for root in (*places, CONFIGS):
        for group in root.iterdir():
            if group.is_dir() and not group.name.startswith((".", "_")):
                named = (each for each in group.iterdir() if each.name.endswith(".yaml"))
                result.setdefault(group.name, {}).update({each.name[:-5]: each for each in named})
    return result


def listed(chosen: str, places: Sequence[Path] = ()) -> list[ListedSetting]:
    """The settings of `GROUP.NAME`, or of the top level where `chosen` is empty.

    Raises:
        UserError: there is no such component, or its class cannot be imported.
    """
    if not chosen:
        text = (CONFIGS / "config.yaml").read_text(encoding="utf-8")
        known = parameters(Root).known
        top = [each for each in _settings("", text, known) if each.name in known]
        return [*top, *_blocks(yaml.safe_load(text))]
    known_files = choices(places)
    group, _, name = chosen.partition(".")
    if name not in known_files.get(group, {}):
        every = [f"{group}.{name}" for group, names in known_files.items() for name in names]
        wrong = f"there is no such {group}" if group in known_files else "there is no such group"
        raise UserError(
            f"{chosen}: {wrong}{suggestion(chosen, every)}; give GROUP.NAME, such as pte.few_shot, "
            "and --conf FOLDER for those of your own"
        )
    text = known_files[group][name].read_text(encoding="utf-8")
    return [*_settings(chosen if group in MANY else group, text, _known(group, text))]


def _blocks(root: Mapping[str, Any]) -> Iterator[ListedSetting]:
    """Settings of the blocks that the top level writes out."""
    named: dict[str, tuple[type, Any]] = {"sandbox": (SandboxBlock, root["sandbox"])}
    named |= {f"{SAMPLING}.{role}": (Sampling, each) for role, each in root[SAMPLING].items()}
    for block, (kind, values) in named.items():
        for name, each in parameters(kind).known.items():
            yield ListedSetting(f"{block}.{name}", _value(values.get(name)), allowed(each.hint), "")


def _known(group: str, text: str) -> Mapping[str, Parameter]:
    node = yaml.safe_load(text) or {}
    if group in BLOCKS:
        return parameters(BLOCKS[group]).known
    if "_target_" not in node:
        return {}
    try:
        return parameters(located(node["_target_"])).known
    except TargetError as error:
        raise UserError(f"{node['_target_']}: {error}") from error


def _settings(prefix: str, text: str, known: Mapping[str, Parameter]) -> Iterator[ListedSetting]:
    """Those of the file in its order, then those that only the class knows."""
    node: dict[str, Any] = yaml.safe_load(text) or {}
    comments = _comments(text)
    defaults = {name: each.default for name, each in known.items() if name not in node}
    for name, value in (node | defaults).items():
        if name in KEYS or name == "defaults":
            continue
        hint = known[name].hint if name in known else Any
        full = f"{prefix}.{name}" if prefix else name
        yield ListedSetting(full, _value(value), allowed(hint), comments.get(name, ""))


def _value(value: Any) -> str:
    if value is Signature.empty or value == "???":
        return "has to be set"
    if isinstance(value, Mapping) and "_target_" in value:
        return f"a {str(value['_target_']).rpartition('.')[2]}"
    return str(value) if isinstance(value, str) and value else shown_value(value)


def _comments(text: str) -> dict[str, str]:
    """The comment above each setting that is not indented, or behind it."""
    result: dict[str, str] = {}
    above: list[str] = []
    for line in text.splitlines():
        if line.startswith("#"):
            above.append(line.lstrip("# "))
        elif line and not line.startswith((" ", "-")):
            name, _, rest = line.partition(":")
            behind = rest.partition("  # ")[2]
            result[name] = " ".join([*above, *([behind] if behind else [])])
            above = []
    return result
