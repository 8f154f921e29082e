"""What a command wants trained: a recipe, its rungs, its train problems, its stacks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from pathlib import Path
from typing import Any

from harness.artefacts.overlap import Texts
from harness.contracts.benchmark import Benchmark
from harness.contracts.problem import Item
from harness.contracts.pte import PTE
from harness.contracts.recipe import Recipe
from harness.errors import UserError
from harness.identity import identify
from harness.models.spec import ModelSpec
from harness.plan.request import LoadedBenchmark, Request
from harness.settings.composing import composed
from harness.settings.experiment import RunConfig, load
from harness.stack import Stack, parameters

OTHERS = ("pte", "sweep", "name", "replicates", "greedy", "limit")
"""Words of a sweep that say nothing of its training; a recipe has its own number of problems."""


@dataclass(frozen=True)
class TrainSplit:
    """The train problems of a benchmark, ready to be asked."""

    loaded: LoadedBenchmark
    left_out: int
    """Problems before the last that is kept which a test item or an exemplar is like."""


@dataclass(frozen=True)
class Asked:
    """A recipe with everything that it is carried out on."""

    pte: PTE
    recipe: Recipe
    experiment: RunConfig
    splits: Mapping[str, TrainSplit]
    sampled: Stack
    taught: Stack
    models: tuple[ModelSpec, ...]
    """The rungs that can be trained."""
    refused: Mapping[str, str]
    """Why nothing is made of the other rungs, by name."""
    root: Path
    """Folder of the artefacts, with one below it a rung."""

    @property
    def request(self) -> Request:
        """What the command's sweep would be planned from."""
        return self.experiment.request

    @property
    def stacks(self) -> dict[str, list[list[Any]]]:
        """Names and parameters of the stacks, as an artefact holds them."""
        stacks = {"sampled_with": self.sampled, "taught_as": self.taught}
        return {use: [[p.name, parameters(p)] for p in s.ptes] for use, s in stacks.items()}

    @property
    def sources(self) -> dict[str, str]:
        """Hash of the train items by benchmark and of how they are asked, as an artefact has it."""
        setting = self.request.setting
        return {
            name: identify(
                data=split.loaded.dataset.source.sha256,
                task=split.loaded.task,
                system=setting.system_prompt,
                date=setting.date,
            )
            for name, split in self.splits.items()
        }

    @property
    def left_out(self) -> int:
        """Train problems that were left out, over all benchmarks."""
        return sum(split.left_out for split in self.splits.values())


def asked(name: str, overrides: Sequence[str]) -> Asked:
    """What `pte train NAME OVERRIDES` is to make.

    Raises:
        UserError: the PTE has no recipe, a benchmark gives no train split, or a setting is wrong.
    """
    first = composed([*_words(overrides, {name}), f"pte=[{name}]", "sweep=one"])
    stacks = _stacks_of(first.pte.get(name))
    names = [name, *dict.fromkeys(each for stack in stacks for each in stack if each != name)]
    words = [*_words(overrides, {*names}), f"pte=[{','.join(names)}]", "sweep=one"]
    experiment = load(words)
    ptes = {pte.name: pte for stack in experiment.request.stacks for pte in stack.ptes}
    pte, recipe = ptes[name], ptes[name].recipe
    if recipe is None:
        raise UserError(f"{name} has no recipe: there is nothing to train for it")
    rungs = experiment.request.models
    refused = {m.name: why for m in rungs if (why := pte.cannot_train(m)) is not None}
    return Asked(
        pte=pte,
        recipe=recipe,
        experiment=experiment,
        splits=dict(_splits(recipe, experiment.request)),
        sampled=Stack.of(ptes[each] for each in recipe.collect.sampled_with),
        taught=Stack.of(ptes[each] for each in recipe.taught_as),
        models=tuple(m for m in rungs if m.name not in refused),
        refused=refused,
        root=recipe.folder(getattr(pte, "artefacts", "runs/artefacts")),
    )


def _words(overrides: Sequence[str], names: set[str]) -> list[str]:
    """The words that training has to do with: not the sweep's, nor those of other PTEs."""
    return [word for word in overrides if _matters(word.partition("=")[0].lstrip("+~"), names)]


def _matters(key: str, names: set[str]) -> bool:
    if key.partition(".")[0] in OTHERS and not key.startswith("pte."):
        return False
    _, _, place = key.rpartition("@")  # model@pte.teacher.model
    parts = place.split(".")
    if parts[0] == "sampling":
        return len(parts) < 2 or parts[1] == "solve"
    return parts[0] != "pte" or len(parts) < 2 or parts[1] in names


def _stacks_of(node: Any) -> Iterator[list[str]]:
    """The stacks that a PTE's settings name: what is sampled with, and what is taught."""
    for part, field in (("collect", "sampled_with"), ("fit", "taught_as")):
        held = (node.get(part) or {}) if node is not None else {}
        yield [str(each) for each in held.get(field) or ()]


def _splits(recipe: Recipe, request: Request) -> Iterator[tuple[str, TrainSplit]]:
    """The train splits by benchmark, without what any test item of the command is like."""
    missing = [name for name in recipe.benchmarks if name not in request.benchmarks]
    if missing:
        raise UserError(
            f"pte.{recipe.name}.trained_on names {', '.join(missing)}, and the benchmarks of this "
            f"command are {', '.join(request.benchmarks)}: add it to benchmark=[...]"
        )
    tests = [
        item.problem.question
        for loaded in request.benchmarks.values()
        for item in _whole(loaded.benchmark).load().items
    ]
    for name in recipe.benchmarks:
        loaded = request.benchmarks[name]
        dataset = loaded.benchmark.train()
        others = Texts([*tests, *(each.question for each in loaded.task.exemplars)])
        kept, left_out = _apart(dataset.items, others, recipe.collect.problems)
        if not kept:
            raise UserError(f"no train problem of {name} is apart from its test items")
        split = replace(loaded, dataset=replace(dataset, items=kept))
        yield name, TrainSplit(split, left_out)


def _whole(benchmark: Benchmark) -> Benchmark:
    """A benchmark without its limit: all of its test items."""
    if is_dataclass(benchmark) and not isinstance(benchmark, type):
        return replace(benchmark, limit=None)
    return benchmark


def _apart(items: Iterable[Item], others: Texts, most: int | None) -> tuple[tuple[Item, ...], int]:
    """The first so many items that are like none of the others, and how many before them are."""
    kept: list[Item] = []
    left_out = 0
    for item in items:
        if len(kept) == most:
            break
        if others.like(item.problem.question) is None:
            kept.append(item)
        else:
            left_out += 1
    return tuple(kept), left_out
