"""The name of a run's folder: made from what was asked, so that the same command resumes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.contracts.benchmark import Benchmark, FreeReply
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig
from harness.identity import canonical, description, identify
from harness.identity.tables import table
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.sweep import Sweep
from harness.stack import Stack

LETTERS = 8
"""Characters of the hash in a folder's name."""


@dataclass(frozen=True)
class Components:
    """What a command asks for, built but not loaded."""

    models: Sequence[ModelSpec]
    benchmarks: Mapping[str, Benchmark]
    ptes: Mapping[str, PTE]
    sweep: Sweep
    engine: EngineConfig
    setting: Setting
    free: Mapping[str, FreeReply] = field(default_factory=dict)
    """By benchmark the limits of replies, where the readout is `free`."""


def folder_name(asked: Components, root: Mapping[str, Any], defaults: Mapping[str, Any]) -> str:
    """The benchmarks, the kind of sweep, and a hash of all that was asked.

    Args:
        asked: all but the top-level settings.
        root: top-level settings by name.
        defaults: the same as they are shipped: a setting that no table knows is left out while it
            has its default.
    """
    roles = {SOLVE, *Stack.of(asked.ptes.values()).roles} & set(asked.setting.sampling)
    sweep = asked.sweep
    made = identify(
        models=[description(model) for model in asked.models],
        benchmarks=[
            [name, description(each, f"benchmark.{each.name}")]
            for name, each in asked.benchmarks.items()
        ],
        ptes={name: description(pte, f"pte.{pte.name}") for name, pte in asked.ptes.items()},
        sweep=[sweep.kind, sorted(set(sweep.ptes)), sorted(sorted(set(s)) for s in sweep.stacks)],
        engine=description(asked.engine, f"engine.{asked.engine.name}", margin=True),
        setting=asked.setting.described(roles),
        free={name: description(each) for name, each in asked.free.items()} or None,
        root=_root(root, defaults),
    )
    return f"{'+'.join(asked.benchmarks)}-{sweep.kind}-{made[:LETTERS]}"


def _root(root: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The top-level settings that nothing else of the name holds, by dotted name."""
    known, said = table("harness")["root"], {}
    implied = {**dict(_flat(defaults)), **known.added}
    for name, value in _flat({key: root[key] for key in root if key not in known.aside}):
        message = description(value)
        if name in known.fields or canonical(message) != canonical(description(implied.get(name))):
            said[name] = message
    return said


def _flat(settings: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{key}.")
        else:
            yield f"{above}{key}", value
