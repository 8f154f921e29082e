"""What a recipe is expected to cost on each rung, before anything is loaded."""

from __future__ import annotations

from dataclasses import dataclass

from harness.artefacts.contract import Kind
from harness.artefacts.cost import OneTimeCost, Share, full_fit_flop, lora_fit_flop
from harness.artefacts.door import of_rung
from harness.artefacts.store import cost_of
from harness.models.spec import ModelSpec
from harness.plan.cell import Cell
from harness.plan.plan import make
from harness.training.asked import Asked
from harness.training.samples import request_of

ADAPTER_SHARE = 0.01
"""Parameters of an adapter as a share of its model's, roughly: it moves 6n of 4N + 6n."""


@dataclass(frozen=True)
class ExpectedTraining:
    """A recipe on one rung: what its artefact costs or will cost."""

    recipe: str
    model: str
    made: bool
    """Whether the artefact is there, and the cost measured."""
    share: Share
    refused: str | None = None

    @property
    def told(self) -> str:
        """One line for people."""
        head = f"training: {self.recipe} on {self.model}"
        if self.refused:
            return f"{head}: not made ({self.refused})"
        flop = self.share.cost.flop
        about = "unknown" if flop is None else f"{flop:.3g}"
        parts = ", ".join(f"{n} {v:.3g}" for n, v in (self.share.cost.parts or {}).items())
        state = "made, it took" if self.made else "not made yet, about"
        return f"{head}: {state} {about} FLOP ({parts}), {self.share.told}"


def expected(asked: Asked) -> list[ExpectedTraining]:
    """The recipe's cost on each rung of the command, made or expected.

    Expected are: the sweep of the samples, by rehearsal; of them the share that a benchmark's
    problems are taken to be solved (`rehearsal.success`); fits on these.
    """
    name, result = asked.recipe.name, []
    plans: dict[str, list[Cell]] = {}
    for model in asked.models:
        folder = of_rung(asked.root, model)
        if folder is not None:
            share = Share(cost_of(folder), model.compute.flop)
            result.append(ExpectedTraining(name, model.name, True, share))
            continue
        sampler = asked.recipe.teacher or model
        if sampler.name not in plans:
            plans[sampler.name] = list(make(request_of(asked, [sampler])).cells)
        cost = _cost(asked, model, plans[sampler.name])
        result.append(ExpectedTraining(name, model.name, False, Share(cost, model.compute.flop)))
    for rung, why in asked.refused.items():
        nothing = Share(OneTimeCost(None), None)
        result.append(ExpectedTraining(name, rung, False, nothing, why))
    return result


def _cost(asked: Asked, model: ModelSpec, cells: list[Cell]) -> OneTimeCost:
    recipe, fit = asked.recipe, asked.recipe.fit
    solved = asked.request.lengths.success if recipe.keep.by == "grader" else 1.0
    tokens = collect = 0.0
    for cell in cells:
        collect += cell.flop
        tokens += cell.price.tokens * cell.problems * solved
    tokens *= min(1.0, recipe.keep.most / recipe.collect.draws) * fit.epochs * recipe.rounds
    size = model.used_parameters
    if size is None:
        return OneTimeCost(None)
    if recipe.kind(model) is Kind.ADAPTER:
        trained = lora_fit_flop(size, ADAPTER_SHARE * size, tokens)
    else:
        trained = full_fit_flop(size, tokens)
    return OneTimeCost({"collect": collect * recipe.rounds, "fit": trained})
