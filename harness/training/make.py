"""A recipe carried out on a ladder: round by round, rung by rung, to artefacts on disk."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from harness.artefacts.door import admit, in_place, note_nothing, of_rung
from harness.artefacts.store import read
from harness.console import Console
from harness.errors import UserError
from harness.files import take_place
from harness.models.spec import ModelSpec
from harness.training.agreement import check_same, check_teachable
from harness.training.asked import Asked
from harness.training.fit import check_installed
from harness.training.rounds import RungState, TooFewError, fitted_round, making
from harness.training.samples import collect


@dataclass(frozen=True)
class Made:
    """What has come of a rung."""

    model: ModelSpec
    folder: Path
    fresh: bool
    """Whether the artefact was made now; else it was there."""
    nothing: str | None = None
    """Why there is no artefact; None where there is one."""


def make_artefacts(asked: Asked, console: Console) -> list[Made]:
    """Make the artefact of every rung that has none.

    Args:
        asked: the recipe and its rungs.
        console: is told how far it has come.

    Raises:
        UserError: something cannot be done as asked.
        InterruptedTrainingError: a signal came; the same call goes on.
    """
    check_installed()
    check_teachable(asked)
    missing = [model for model in asked.models if _kept(asked, model) is None]
    states = {model.name: RungState(model) for model in missing}
    last: dict[str, Path] = {}
    nothing: dict[str, str] = {}
    for round_number in range(1, asked.recipe.rounds + 1):
        rest = [model for model in missing if model.name not in nothing]
        samplers = {m.name: _sampler(asked, m, round_number, last) for m in rest}
        distinct = list({each.name: each for each in samplers.values()}.values())
        told = collect(asked, distinct, round_number, console) if distinct else {}
        for model in rest:
            state, collected = states[model.name], told[samplers[model.name].name]
            state.sampled += len(collected.samples)
            state.add("collect_prompts", collected.prompts_flop)
            state.add("collect_sampled", collected.sampled_flop)
            try:
                last[model.name] = fitted_round(asked, state, collected, round_number, console)
            except TooFewError as error:  # a rung that solves nothing must not cost the others
                nothing[model.name] = str(error)
                note_nothing(asked.root, model, str(error))
                continue
            if round_number == asked.recipe.rounds:
                take_place(last[model.name], asked.root / model.name)
                shutil.rmtree(making(asked, model))
    return [Made(m, asked.root / m.name, m in missing, nothing.get(m.name)) for m in asked.models]


def _kept(asked: Asked, model: ModelSpec) -> Path | None:
    """The artefact that a rung has already.

    Raises:
        UserError: it does not fit the rung as it is now, or was made otherwise than asked.
    """
    folder = of_rung(asked.root, model)
    if folder is not None:
        try:
            check_same(asked, admit(folder, model, (asked.recipe.kind(model),)), folder)
        except UserError as error:
            raise UserError(f"{error}. To make it anew, remove {folder} first") from error
    return folder


def _sampler(
    asked: Asked, model: ModelSpec, round_number: int, last: Mapping[str, Path]
) -> ModelSpec:
    """Who samples for a rung in a round."""
    if asked.recipe.teacher is not None:
        return asked.recipe.teacher
    if round_number == 1:
        return model
    folder = last[model.name]
    placed = in_place(model, read(folder), folder.resolve(), asked.recipe.name)
    return replace(placed, name=f"{model.name}-round-{round_number - 1}")
