"""Which readout a sweep has: one for all of its models and arms, chosen by what the models are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from omegaconf import DictConfig

from harness.contracts.benchmark import Benchmark, FreeReply
from harness.contracts.pte import PTE, Slot
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.prices import with_weights_of
from harness.settings.wording import joined

IMPLIED = {"readout": "cued", "thinking": None, "system_prompt": None}
"""What of this a run means that was stored before there were these settings."""


def answering(models: Sequence[ModelSpec], ptes: Iterable[PTE]) -> Iterator[ModelSpec]:
    """Every model that may answer in a sweep: the rungs, and what weights PTEs put in their
    place."""
    yield from models
    for pte in ptes:
        if Slot.WEIGHTS in pte.slots:
            for model in models:
                try:
                    yield with_weights_of(pte, model)
                except ValueError:  # it has none for this rung: that stack is refused there
                    continue


def is_free(config: DictConfig, models: Sequence[ModelSpec]) -> bool:
    """Whether the models answer in turns of their own.

    Args:
        config: with the top-level setting `readout`.
        models: all that may answer.

    Raises:
        UserError: some have no turns to answer in.
    """
    wanted = config.get("readout", IMPLIED["readout"])
    plain = [model.name for model in models if not model.chat]
    if wanted == "free" and plain:
        raise UserError(
            f"readout=free has models answer in a turn of their own, and {joined(plain, 'and')} "
            f"{'have' if len(plain) > 1 else 'has'} no chat template in use (chat: false): set "
            "readout=cued for the whole sweep, or leave them out"
        )
    return wanted == "free" or (wanted == "auto" and not plain)


def thinking(config: DictConfig, models: Sequence[ModelSpec], free: bool) -> bool | None:
    """Whether the models think before they reply: one mode for a whole sweep.

    None where none of them can, so that there is nothing to set.

    Raises:
        UserError: they cannot all be brought into one mode.
    """
    wanted = config.get("thinking", IMPLIED["thinking"])
    never = [model.name for model in models if model.thinking == "never"]
    always = [model.name for model in models if model.thinking == "always"]
    if always and not free:
        raise UserError(
            f"{_think(always)} before every answer, and a cue cannot be put before their thoughts: "
            "set readout=free thinking=true"
        )
    if always and not wanted:
        raise UserError(
            f"{_think(always)} before every answer, so a base that answers at once cannot be had "
            "of them: set thinking=true, and the base of every rung thinks"
        )
    if wanted and not free:
        raise UserError("thinking=true needs turns for the thoughts to stand in: set readout=free")
    if wanted and never:
        raise UserError(
            f"thinking=true, and {joined(never, 'and')} cannot think: a ladder never mixes modes; "
            "set thinking=false, or leave them out"
        )
    return None if len(never) == len(models) else bool(wanted)


def _think(models: Sequence[str]) -> str:
    return f"{joined(models, 'and')} {'think' if len(models) > 1 else 'thinks'}"


def free_replies(
    config: DictConfig, benchmarks: Mapping[str, Benchmark], thinks: bool | None
) -> dict[str, FreeReply]:
    """The limits of replies by benchmark, where the readout is `free`."""
    return {
        name: FreeReply(
            reply_tokens=benchmark.reply_tokens,
            thinking_tokens=config.thinking_tokens if thinks else None,
            forced_completion=config.forced_completion,
        )
        for name, benchmark in benchmarks.items()
    }


def system_prompt(config: DictConfig, models: Sequence[ModelSpec]) -> str | None:
    """What the system turn says; None leaves it to each model's chat template.

    Raises:
        UserError: models without turns are in the sweep.
    """
    said: str | None = config.get("system_prompt", IMPLIED["system_prompt"])
    plain = [model.name for model in models if not model.chat]
    if said is not None and plain:
        raise UserError(
            f"system_prompt is for models that are shown conversations, and {joined(plain, 'and')} "
            f"{'are' if len(plain) > 1 else 'is'} shown plain text (chat: false): leave it out"
        )
    return said
