"""Makes the plan: legal cells, refusals with reasons, and what it will all cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property

from harness.contracts.benchmark import Benchmark, Dataset, Task
from harness.contracts.prompt import SOLVE
from harness.contracts.pte import Site, Slot
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.budget import Allotment, Times
from harness.plan.cell import Cell, Refusal, Setting, cell_id
from harness.plan.prices import PriceList, notes, speaker_of
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import Total
from harness.rehearsal.pricing import Settings
from harness.stack import Stack, digest, refusal


@dataclass(frozen=True)
class Loaded:
    """A benchmark with what has been read of it."""

    benchmark: Benchmark
    task: Task
    dataset: Dataset


@dataclass(frozen=True)
class Request:
    """All that a plan is made of."""

    models: Sequence[ModelSpec]
    benchmarks: Mapping[str, Loaded]
    stacks: Sequence[Stack]
    engine: EngineConfig
    setting: Setting
    replicates: int = 1
    greedy_base: bool = True
    budget: float | None = 100.0
    """Most that a stack may cost, in multiples of the base; None for no cap."""
    rehearsal: Settings = field(default_factory=Settings)
    """How stacks are priced."""
    lengths: Lengths = field(default_factory=Lengths)
    """Expected lengths of generations, where nothing was measured."""
    measured: Mapping[tuple[str, str], Lengths] = field(default_factory=dict)
    """Lengths that were measured, by name of the model that speaks and of the benchmark."""


@dataclass(frozen=True)
class Plan:
    """Cells in running order, and what was refused."""

    cells: tuple[Cell, ...]
    refusals: tuple[Refusal, ...]
    setting: Setting
    lengths: Mapping[tuple[str, str], Lengths] = field(default_factory=dict)
    """What generations are expected to take, by name of the model that speaks and of the
    benchmark."""

    @cached_property
    def jobs(self) -> dict[tuple[str, str | None], list[Cell]]:
        """Cells by the checkpoint that answers: one engine is loaded for each."""
        jobs: dict[tuple[str, str | None], list[Cell]] = {}
        for cell in self.cells:
            jobs.setdefault((cell.speaker.weights, cell.speaker.revision), []).append(cell)
        return jobs

    @property
    def alone(self) -> Total:
        """Calls and tokens of all cells, each by itself."""
        total = Total()
        for cell in self.cells:
            total = total.plus(cell.price, cell.problems)
        return total

    @property
    def distinct(self) -> Total:
        """The same with shared draws counted once: what the engines will be asked for."""
        total = Total()
        for cell in self.drawing(self.cells):
            total = total.plus(cell.price, cell.problems)
        return total

    @staticmethod
    def drawing(cells: Iterable[Cell]) -> list[Cell]:
        """Those of the cells that draw for the others.

        Cells that differ in selection alone share their draws; the largest pool holds the others.
        """
        largest: dict[tuple[object, ...], Cell] = {}
        for cell in cells:
            key = (cell.speaker, cell.benchmark, cell.replicate, cell.greedy, cell.stack.drawing)
            if key not in largest or largest[key].price.tokens < cell.price.tokens:
                largest[key] = cell
        return list(largest.values())

    @property
    def flop(self) -> float:
        """Inference FLOP of all cells by themselves."""
        return sum(cell.flop for cell in self.cells)


def make(request: Request) -> Plan:
    """Check every combination and list what will run.

    Raises:
        UserError: nothing can run, or a setting fits nothing at all.
    """
    _check(request)
    cells: list[Cell] = []
    refusals: list[Refusal] = []
    legal = {
        (model.name, name): _legal(request, model, name, loaded, refusals)
        for model in request.models
        for name, loaded in request.benchmarks.items()
    }
    with PriceList(request.benchmarks, request.setting.context_window, request.rehearsal) as prices:
        allotted = {name: _allotted(request, name, legal, prices) for name in request.benchmarks}
        for model in request.models:
            for name, loaded in request.benchmarks.items():
                stacks = legal[model.name, name]
                cells += _arms(request, model, name, loaded, stacks, allotted[name], prices)
    if not cells:
        reasons = "\n".join(f"  {r.stack} on {r.benchmark}: {r.reason}" for r in refusals)
        raise UserError(f"no stack of this sweep can be used:\n{reasons}")
    drawing = tuple({cell.stack.drawing for cell in cells})
    reason = request.engine.check_stacks(drawing)
    if reason:
        raise UserError(reason)
    lengths = {
        (cell.speaker.name, cell.benchmark): _lengths(request, cell.speaker, cell.benchmark)
        for cell in cells
    }
    return Plan(tuple(cells), tuple(refusals), request.setting, lengths)


def _lengths(request: Request, speaker: ModelSpec, benchmark: str) -> Lengths:
    return request.measured.get((speaker.name, benchmark), request.lengths)


def _legal(
    request: Request, model: ModelSpec, name: str, loaded: Loaded, refusals: list[Refusal]
) -> list[Stack]:
    """The stacks that can be used there; the others are added to the refusals."""
    greedy = request.setting.sampling["solve"].greedy
    kept = []
    for stack in request.stacks:
        reason = refusal(stack, _site(request, model, loaded, stack), greedy)
        if reason:
            refusals.append(Refusal(model.name, name, stack.label, reason))
        else:
            kept.append(stack)
    return kept


def _site(request: Request, model: ModelSpec, loaded: Loaded, stack: Stack) -> Site:
    return Site(
        model,
        request.engine.capabilities,
        loaded.task,
        stack.names,
        frozenset(pte.name for pte in stack.filling(Slot.SELECTION)),
        frozenset(pte.name for pte in stack.filling(Slot.TOOLS)),
    )


def _allotted(
    request: Request,
    name: str,
    legal: Mapping[tuple[str, str], Sequence[Stack]],
    prices: PriceList,
) -> Allotment:
    """What the budget leaves of all arms and rungs of a benchmark.

    Decided by the lengths that are stated, not by those that were measured: a sweep that is resumed
    has records, and must come to the same cells.
    """
    found: dict[tuple[object, ...], tuple[Stack, Times]] = {}
    for model in request.models:
        times = prices.times(name, model, request.lengths)
        for stack in legal[model.name, name]:
            speaker = speaker_of(stack, model)
            own, base = speaker.flop_per_token, model.flop_per_token
            found.setdefault((stack.config, speaker.chat, own, model.chat, base), (stack, times))
    allotment = Allotment(request.budget)
    allotment.fit(found.values())
    return allotment


def _arms(
    request: Request,
    model: ModelSpec,
    name: str,
    loaded: Loaded,
    stacks: Sequence[Stack],
    allotted: Allotment,
    prices: PriceList,
) -> list[Cell]:
    """All cells of one model on one benchmark."""
    cells: list[Cell] = []
    solve = request.setting.sampling["solve"]
    content = f"{task_text(loaded.task)}|{loaded.dataset.source.sha256}"
    asked = f"{loaded.benchmark!r}|{content}"
    described = f"{model!r}|{asked}"
    common = request.setting.text({SOLVE})
    shared, experiment = cell_id((described, common)), cell_id((asked, common))
    times = prices.times(name, model, request.lengths)
    for wanted in stacks:
        stack, note = allotted.of(wanted, times)
        reason = stack is not wanted and refusal(
            stack, _site(request, model, loaded, stack), solve.greedy
        )
        if reason:
            stack, note = wanted, f"{note}; not cut, as then {reason}"
        speaker = speaker_of(stack, model)
        lengths = _lengths(request, speaker, name)
        priced = prices.of(name, stack, model, lengths)
        said = (note, *notes(priced, request.setting.context_window, model))
        setting = request.setting.text({SOLVE, *stack.roles})
        greedy = [False, True] if not stack.ptes and request.greedy_base else [False]
        for replicate in range(request.replicates):
            for arm in greedy if not solve.greedy else [False]:
                parts = (described, stack.config, replicate, arm, setting)
                cells.append(
                    Cell(
                        model=model,
                        speaker=speaker,
                        benchmark=name,
                        stack=stack,
                        replicate=replicate,
                        greedy=arm,
                        problems=len(loaded.dataset.items),
                        price=priced.expected,
                        worst=priced.worst,
                        multiplier=priced.multiplier,
                        setting=shared,
                        experiment=experiment,
                        id=cell_id(parts),
                        notes=tuple(each for each in said if each),
                    )
                )
    return cells


def _check(request: Request) -> None:
    """Settings that would spoil every cell."""
    if request.replicates < 1:
        raise UserError(f"replicates is {request.replicates}: measure at least one")
    window = request.setting.context_window
    for model in request.models:
        if model.context_window < window:
            raise UserError(
                f"{model.name} was trained for {model.context_window} tokens of context, and the "
                f"sweep's common window is {window}: set context_window={model.context_window}"
            )
        for name in request.benchmarks:
            if model.benchmarks and name not in model.benchmarks:
                raise UserError(
                    f"{model.name} reads {', '.join(model.benchmarks)} alone, not {name}: "
                    f"set benchmark=[{','.join(model.benchmarks)}]"
                )
    roles = {role for stack in request.stacks for role in stack.roles}
    unset = sorted(roles - set(request.setting.sampling))
    if unset:
        raise UserError(f"no sampling is set for the role {unset[0]}: add sampling.{unset[0]}")
    if not request.engine.capabilities.weights and len(request.models) > 1:
        raise UserError(
            f"engine={request.engine.name} holds what one model said, and this sweep has "
            f"{len(request.models)} models: name one"
        )
    for name, loaded in request.benchmarks.items():
        if not loaded.dataset.items:
            raise UserError(f"benchmark {name} has no problems: raise its limit")


def task_text(task: Task) -> str:
    """All of a task that decides what a model is shown and how much it may say, as text."""
    kept = {
        name: value
        for name in (each.name for each in fields(task))
        if not callable(value := getattr(task, name))
    }
    return digest(repr(kept))
