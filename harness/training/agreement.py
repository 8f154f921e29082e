"""What must hold before a recipe is carried out, and of what an earlier one has left."""

from __future__ import annotations

import json
from pathlib import Path

from harness.artefacts.contract import Artefact, Kind
from harness.artefacts.overlap import Texts
from harness.artefacts.store import questions
from harness.contracts.benchmark import AnswerKind, Task
from harness.contracts.pte import StackContext
from harness.errors import UserError
from harness.stack import refusal
from harness.training.asked import Asked


def check_same(asked: Asked, artefact: Artefact, folder: Path) -> None:
    """Refuse an artefact that was made otherwise than this command would make it."""
    training = artefact.training
    if training is None or training.recipe != asked.recipe.id:
        raise UserError(f"the artefact {folder} was made by another recipe")
    here = {"stacks": asked.stacks, "benchmarks": asked.sources}
    there = {"stacks": training.stacks, "benchmarks": training.benchmarks}
    for part, wanted in here.items():
        made, asked_for = (json.dumps(each, sort_keys=True) for each in (there[part], wanted))
        if made != asked_for:
            raise UserError(
                f"the artefact {folder} was made with other {part} ({made}) than this command "
                f"names ({asked_for})"
            )
    overlap(asked, folder)


def check_teachable(asked: Asked) -> None:
    """Refuse rounds whose models the engine could not serve."""
    engine = asked.request.engine.capabilities
    for model in asked.models:
        kind = asked.recipe.kind(model)
        if kind is Kind.ADAPTER and asked.recipe.rounds > 1 and not engine.adapters:
            raise UserError(
                f"{asked.recipe.rounds} rounds sample from the adapter of the round before, and "
                "this engine serves none: use engine=vllm, fit.method=full or rounds=1"
            )
    for name, split in asked.splits.items():
        for model in asked.models:
            site: StackContext = asked.taught.site(model, engine, split.loaded.task)
            if reason := refusal(asked.taught, site, greedy=False):
                raise UserError(
                    f"nothing can be taught as {asked.taught.label} on {name}: {reason}"
                )
        if reason := mismatched(asked, split.loaded.task):
            raise UserError(f"nothing can be taught on {name}: {reason}")


def mismatched(asked: Asked, task: Task) -> str | None:
    """Why programs of one stack are not taught under another's prompts, or None."""
    if task.kind is not AnswerKind.PROGRAM or task.free is not None:
        return None
    reasons = [any(p.writes_reasoning for p in s.ptes) for s in (asked.sampled, asked.taught)]
    if reasons[0] == reasons[1]:
        return None
    how = {True: "with reasoning", False: "without reasoning"}
    return (
        f"its programs are sampled {how[reasons[0]]} ({asked.sampled.label}) and would be taught "
        f"{how[reasons[1]]} ({asked.taught.label}), where a reply begins otherwise: set "
        f"pte.{asked.recipe.name}.fit.taught_as and .collect.sampled_with alike"
    )


def overlap(asked: Asked, folder: Path) -> int:
    """Test items that are like what was trained on: none, as the train splits were cleaned; this
    looks at what has really been written.

    Raises:
        UserError: there are some.
    """
    texts = Texts(questions(folder))
    tests = (i for each in asked.request.benchmarks.values() for i in each.dataset.items)
    shared = [item.problem.id for item in tests if texts.like(item.problem.question)]
    if shared:
        raise UserError(f"the examples in {folder} hold the test item {shared[0]}: of no use here")
    return 0
