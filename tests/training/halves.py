"""Pocket problems of which one half is graded and the other trained on, and who solves them all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.pocket.arithmetic import PocketArithmetic
from benchmarks.pocket.operators import NUMBERS
from harness.contracts.benchmark import Dataset
from harness.engines.fake import FakeConfig, Script
from harness.engines.protocol import CompletionRequest
from harness.training.asked import Asked, asked
from pocket.ladder import RECIPES

CONF = Path(__file__).parents[1] / "conf"
SMALLEST = min(RECIPES, key=lambda recipe: recipe.flop)
LARGEST = max(RECIPES, key=lambda recipe: recipe.flop)
RIGHT_IN = 3
"""Of so many samples one is wrong."""


@dataclass(frozen=True, kw_only=True)
class Halves(PocketArithmetic):
    """Every second problem is a train problem."""

    def load(self) -> Dataset:
        return self._half(0, self.limit)

    def train(self) -> Dataset:
        return self._half(1, None)

    def _half(self, first: int, limit: int | None) -> Dataset:
        whole = PocketArithmetic.load(replace(self, limit=None))
        return replace(whole, items=whole.items[first::2][:limit])


def solver(request: CompletionRequest, prompt: str) -> str:
    """The right answer to a train problem, in two samples of three; else none."""
    target = TARGETS[request.tag.problem]
    right = (len(target) + request.tag.address["replicate"]) % RIGHT_IN
    number = int(target) if right else (int(target) + 1) % NUMBERS
    return f" The answer is {number:02d}"


def _targets() -> dict[str, str]:
    items = PocketArithmetic(size=40).load().items
    return {item.problem.id: item.target for item in items}


TARGETS = _targets()


def words(folder: Path, *more: str, model: str = SMALLEST.name) -> list[str]:
    """A command's words: quick settings, one rung."""
    return [
        f"hydra.searchpath=[file://{CONF}]",
        f"model={model}",
        "benchmark=halves",
        "engine=fake",
        "context_window=384",
        f"runs={folder}/runs",
        *more,
    ]


def quick(name: str, **changes: Any) -> list[str]:
    """Settings of a recipe that are done in a second."""
    settings = {
        "collect.problems": 8,
        "collect.draws": 2,
        "fit.epochs": 2,
        "fit.batch": 4,
        "fit.checkpoint": 2,
        "fit.held_out": 0.2,
    }
    settings |= {key.replace("__", "."): value for key, value in changes.items()}
    return [f"pte.{name}.{key}={value}" for key, value in settings.items()]


def scripted(name: str, given: list[str], script: Script = solver) -> Asked:
    """What is asked for, with an engine that works the train problems by a script."""
    wanted = asked(name, given)
    engine = FakeConfig(script=script)
    experiment = replace(
        wanted.experiment, request=replace(wanted.experiment.request, engine=engine)
    )
    return replace(wanted, experiment=experiment)
