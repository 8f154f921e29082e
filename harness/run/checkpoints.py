"""Every checkpoint of a plan held against its config, the engine and the memory, loading none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from harness.engines.chat_template import refusal
from harness.engines.memory import HoldsWeights, Memory, Placement, here, need, shortage
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.models.adapters import adapter_faults
from harness.models.differences import Difference, Serving, compute_differs, differences
from harness.models.facts import Facts, template_text
from harness.models.inspection import read_facts
from harness.models.resolve import local
from harness.models.spec import ModelSpec
from harness.plan.plan import Plan
from harness.run.loading import bound, checkpoint


@dataclass(frozen=True)
class Examined:
    """What came of looking at a plan's checkpoints."""

    notices: tuple[str, ...]
    """What a user should know and may well want."""
    models: tuple[Mapping[str, Any], ...]
    """Each checkpoint as declared and as read, for the run's folder."""


def examine(
    plan: Plan, engine: EngineConfig, memory: Memory | None = None, ask: bool = False
) -> Examined:
    """Look at the files of every checkpoint that a plan loads.

    Args:
        plan: with the models of all roles.
        engine: that is to serve them.
        memory: that they must fit; None for this machine's own.
        ask: whether the hub may be asked about models that are not on this machine.

    Raises:
        UserError: a checkpoint is damaged, is not what its config or the engine's settings say it
            is, or does not fit the memory; with all that is wrong, a line each.
    """
    together = _together(plan)
    models = {key: model for group in together for key, model in group.items()}
    placement = engine.placement() if isinstance(engine, HoldsWeights) else None
    reads = engine.capabilities.weights
    facts = {key: read_facts(model, ask) if reads else None for key, model in models.items()}
    result = list(_differences(plan, models, facts, placement))
    wrong = [f"model {each.model}: {each.told}" for each in result if each.wrong]
    if placement is not None and not wrong:
        wrong += _shortages(together, facts, placement, memory, plan.setting.context_window)
    if wrong:
        raise UserError("\n".join(dict.fromkeys(wrong)))
    rungs = list({cell.model.name: cell.model for cell in plan.cells}.values())
    notices = [
        *_told(each for each in result if not each.wrong),
        *_unseen(model for model in models.values() if model.parameters is None),
        *unknown_compute(rungs),
    ]
    described = tuple(_described(models[key], facts[key]) for key in models)
    return Examined(tuple(notices), described)


def unknown_compute(models: Iterable[ModelSpec]) -> Iterator[str]:
    """A line for each rung that no CEG can be given for."""
    for model in models:
        compute = model.compute
        if compute.flop is None:
            why = compute.source.removeprefix("unknown").removeprefix(": ")
            because = f" ({why})" if why else ""
            yield (
                f"model {model.name}: training compute unknown{because}: no CEG. {compute.note}"
            ).rstrip()


def _together(plan: Plan) -> list[dict[str, ModelSpec]]:
    """The models that each job loads at the same time, by checkpoint."""
    groups = []
    for cells in plan.jobs.values():
        seen = {(cell.answering_model.name, cell.stack.id): cell for cell in cells}
        speakers = (model for cell in seen.values() for _, model in bound(cell))
        groups.append({checkpoint(model): model for model in speakers})
    return groups


def _differences(
    plan: Plan,
    models: Mapping[str, ModelSpec],
    facts: Mapping[str, Facts | None],
    placement: Placement | None,
) -> Iterator[Difference]:
    serving = Serving(plan.setting.context_window, weights=False)
    if placement is not None:
        serving = Serving(serving.window, placement.dtype, placement.quantisation)
    for key, model in models.items():
        if message := compute_differs(model):
            yield Difference(model.name, message, wrong=True)
        known = facts[key]
        if known is not None:
            yield from differences(model, known, serving)
            if message := _by_chance(model):
                yield Difference(model.name, message, wrong=True)
    adapted = {
        cell.answering_model.adapter: cell.answering_model
        for cell in plan.cells
        if cell.answering_model.adapter
    }
    for adapter, model in adapted.items():
        if adapter is not None and placement is not None:
            for message in adapter_faults(adapter, placement.lora_rank):
                yield Difference(model.name, f"adapter {message}", wrong=True)


def _by_chance(model: ModelSpec) -> str | None:
    """Why a chat template that lies on this machine would give another prompt each time, or None;
    one that is still to be fetched is looked at when it is loaded."""
    folder = local(model) if model.chat else None
    template = template_text(folder) if folder else None
    reason = refusal(template) if template else None
    return reason and (
        f"its chat template gives another prompt each time: {reason}. Give it a template without "
        f"that, or set model.{model.name}.chat=false"
    )


def _shortages(
    together: Sequence[Mapping[str, ModelSpec]],
    facts: Mapping[str, Facts | None],
    placement: Placement,
    memory: Memory | None,
    window: int,
) -> Iterator[str]:
    place = here(placement) if memory is None else memory
    for group in together:
        each = [need(model, facts[key], placement, window) for key, model in group.items()]
        known = [found for found in each if found is not None]
        if reason := shortage(known, placement, place):
            yield reason


def _told(result: Iterable[Difference]) -> Iterator[str]:
    """Notices, those of one kind in one line."""
    kinds: dict[str, list[str]] = {}
    for each in result:
        kinds.setdefault(each.kind or each.told, []).append(each.model)
    for message, names in kinds.items():
        yield f"model {_names(names)}: {message}"


def _unseen(models: Iterable[ModelSpec]) -> Iterator[str]:
    """A line for each model that was given by its place and could not be looked at there."""
    for model in models:
        yield (
            f"model {model.name}: {model.weights} is not on this machine and the hub cannot be "
            "asked, so its size, window and chat template are not known yet (FLOP and hours are "
            "left out; once they are known, cells get other ids). Download it where there is a "
            f"network: hf download {model.weights}"
        )


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:2]) + (f" and {len(names) - 2} more" if len(names) > 2 else "")


def _described(model: ModelSpec, facts: Facts | None) -> dict[str, Any]:
    """A checkpoint as declared and as read; nulls where it could not be read."""
    return {
        "model": model.name,
        "weights": model.weights,
        "revision": model.revision,
        "parameters": model.parameters,
        "training_flop": model.compute.flop,
        "training_flop_source": model.compute.source,
        "read": None if facts is None else facts.described(),
    }
