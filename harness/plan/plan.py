"""Makes the plan: legal cells, refusals with reasons, and what it will all cost."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from harness.contracts.benchmark import Task
from harness.contracts.prompt import SOLVE
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.identity import canonical, description, identify, own_place, sources
from harness.models.spec import ModelSpec
from harness.plan.budget import Allotment, Times
from harness.plan.cell import Cell, Refusal, Setting
from harness.plan.decodings import decodings, must_sample
from harness.plan.prices import PriceList, answering_model_of, notes
from harness.plan.request import LoadedBenchmark, Request, check_request
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import PriceTotal
from harness.stack import Stack, refusal


@dataclass(frozen=True)
class Plan:
    """What a sweep will run: its cells in running order with their prices, and the stacks that were
    refused with the reasons."""

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
            jobs.setdefault(
                (cell.answering_model.weights, cell.answering_model.revision), []
            ).append(cell)
        return jobs

    @property
    def alone(self) -> PriceTotal:
        """Calls and tokens of all cells, each by itself."""
        total = PriceTotal()
        for cell in self.cells:
            total = total.plus(cell.price, cell.problems)
        return total

    @property
    def distinct(self) -> PriceTotal:
        """Calls and tokens of the whole plan with shared draws counted once: what the engines will
        be asked for."""
        total = PriceTotal()
        for cell in self.drawing(self.cells):
            total = total.plus(cell.price, cell.problems)
        return total

    @staticmethod
    def drawing(cells: Iterable[Cell]) -> list[Cell]:
        """The cells that draw for the others.

        Cells that differ in selection alone share their draws; the largest pool holds the others.
        """
        largest: dict[tuple[object, ...], Cell] = {}
        for cell in cells:
            key = (
                cell.answering_model,
                cell.benchmark,
                cell.replicate,
                cell.greedy,
                cell.stack.drawing,
            )
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
        UserError: nothing can run, a setting fits nothing at all, or a component of the user's own
            fails.
    """
    try:
        return _made(request)
    except UserError:
        raise
    except Exception as error:
        if place := own_place(error):
            raise UserError(f"{type(error).__name__}: {error}, at {place}".lstrip()) from error
        raise


def _made(request: Request) -> Plan:
    check_request(request)
    _check_decoding(request)
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
                cells += _arms(
                    request=request,
                    model=model,
                    name=name,
                    loaded=loaded,
                    stacks=stacks,
                    allotted=allotted[name],
                    prices=prices,
                )
    if not cells:
        reasons = "\n".join(f"  {r.stack} on {r.benchmark}: {r.reason}" for r in refusals)
        raise UserError(f"no stack of this sweep can be used:\n{reasons}")
    drawing = tuple({cell.stack.drawing for cell in cells})
    reason = request.engine.check_stacks(drawing)
    if reason:
        raise UserError(reason)
    lengths = {
        (cell.answering_model.name, cell.benchmark): _lengths(
            request, cell.answering_model, cell.benchmark
        )
        for cell in cells
    }
    return Plan(tuple(cells), tuple(refusals), request.setting, lengths)


def _speaking(request: Request) -> Iterator[ModelSpec]:
    """Every model that may answer: the rungs, and what weights PTEs put in their place."""
    for model in request.models:
        yield model
        for stack in request.stacks:
            try:
                yield answering_model_of(stack, model)
            except ValueError:  # it has none for this rung: the stack is refused there
                continue


def _check_decoding(request: Request) -> None:
    """Refuse a sweep that decodes greedily where a model must sample.

    Raises:
        UserError: says who must, and what to set.
    """
    if not request.setting.sampling[SOLVE].greedy:
        return
    for name, loaded in request.benchmarks.items():
        if why := must_sample(loaded.task, _speaking(request)):
            raise UserError(
                f"sampling.solve.temperature is 0, and on {name} {why}: set what their makers "
                "advise (sampling.solve.temperature=0.6 sampling.solve.top_p=0.95 for most)"
            )


def _lengths(request: Request, answering_model: ModelSpec, benchmark: str) -> Lengths:
    return request.measured.get((answering_model.name, benchmark), request.lengths)


def _legal(
    request: Request, model: ModelSpec, name: str, loaded: LoadedBenchmark, refusals: list[Refusal]
) -> list[Stack]:
    """The stacks that can be used there; the others are added to the refusals."""
    greedy = request.setting.sampling["solve"].greedy
    kept = []
    if (
        not greedy
        and request.greedy != "none"
        and (why := must_sample(loaded.task, _speaking(request)))
    ):
        refusals.append(Refusal(model.name, name, "greedy arms", f"{why}: the base is sampled"))
    for stack in request.stacks:
        reason = refusal(stack, stack.site(model, request.engine.capabilities, loaded.task), greedy)
        if reason:
            refusals.append(Refusal(model.name, name, stack.label, reason))
        else:
            kept.append(stack)
    return kept


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
    result: dict[tuple[object, ...], tuple[Stack, Times]] = {}
    for model in request.models:
        times = prices.times(name, model, request.lengths, request.budget_cost == "net")
        for stack in legal[model.name, name]:
            answering_model = answering_model_of(stack, model)
            own, base = answering_model.flop_per_token, model.flop_per_token
            result.setdefault(
                (stack.config, answering_model.chat, own, model.chat, base), (stack, times)
            )
    allotment = Allotment(request.budget, request.budget_cost, request.keep_full)
    allotment.fit(result.values())
    return allotment


def _arms(
    *,
    request: Request,
    model: ModelSpec,
    name: str,
    loaded: LoadedBenchmark,
    stacks: Sequence[Stack],
    allotted: Allotment,
    prices: PriceList,
) -> list[Cell]:
    """All cells of one model on one benchmark."""
    cells: list[Cell] = []
    solve = request.setting.sampling["solve"]
    own = sources(request.engine, loaded.benchmark, *functions(loaded.task))
    asked = asked_id(name, loaded, own)
    measured = identify(model=model)
    settings: dict[frozenset[str], str] = {}
    common = request.setting.described({SOLVE})
    experiment = identify(asked=asked, setting=common)
    shared = identify(model=measured, asked=asked, setting=common)
    sampled = not (solve.greedy or must_sample(loaded.task, _speaking(request)))
    settled = _settled(
        request=request,
        model=model,
        name=name,
        loaded=loaded,
        stacks=stacks,
        allotted=allotted,
        prices=prices,
    )
    for stack, note in settled:
        answering_model = answering_model_of(stack, model)
        lengths = _lengths(request, answering_model, name)
        priced = prices.of(name, stack, model, lengths)
        said = (note, *notes(priced, request.setting.context_window, model))
        roles = frozenset((SOLVE, *stack.roles))
        if roles not in settings:
            settings[roles] = identify(setting=request.setting.described(roles))
        for replicate in range(request.replicates):
            for greedy in decodings(stack, request.greedy, sampled):
                cells.append(
                    Cell(
                        model=model,
                        answering_model=answering_model,
                        benchmark=name,
                        stack=stack,
                        replicate=replicate,
                        greedy=greedy,
                        problems=len(loaded.dataset.items),
                        price=priced.expected,
                        worst=priced.worst,
                        net_multiplier=priced.net,
                        gross_multiplier=priced.gross,
                        setting=shared,
                        experiment=experiment,
                        id=identify(
                            model=measured,
                            asked=asked,
                            stack=stack.id,
                            setting=settings[roles],
                            replicate=replicate,
                            greedy=greedy,
                        ),
                        notes=tuple(each for each in said if each),
                        sources=own | stack.sources if stack.sources else own,
                    )
                )
    return cells


def _settled(
    *,
    request: Request,
    model: ModelSpec,
    name: str,
    loaded: LoadedBenchmark,
    stacks: Sequence[Stack],
    allotted: Allotment,
    prices: PriceList,
) -> Iterator[tuple[Stack, str | None]]:
    """The stacks as they are run, each with what the budget has to say of it: what was cut for a
    lattice, and then the same as it was asked where that fits by itself."""
    times = prices.times(name, model, request.lengths, request.budget_cost == "net")
    greedy = request.setting.sampling[SOLVE].greedy
    for wanted in stacks:
        stack, note = allotted.of(wanted, times)
        site = stack.site(model, request.engine.capabilities, loaded.task)
        reason = stack is not wanted and refusal(stack, site, greedy)
        if reason:
            yield wanted, f"{note}; not cut, as then {reason}"
            continue
        yield stack, note
        if stack is not wanted and (full := allotted.full(wanted)):
            yield wanted, full


def asked_id(name: str, loaded: LoadedBenchmark, own: Mapping[str, str]) -> str:
    """Id of what is asked under a benchmark's name, whoever answers: the benchmark, its task, the
    content of its data, and `own`, the sources that are the user's."""
    benchmark = loaded.benchmark
    return identify(
        name=name,
        benchmark=description(benchmark, f"benchmark.{benchmark.name}"),
        task=loaded.task,
        data=loaded.dataset.source.sha256,
        sources=own or None,
    )


def functions(task: Task) -> list[Any]:
    """The functions that a task brings: a user's own are part of what is asked."""
    return [held for held in (task.extract, task.canonical, task.sound) if held is not None]


def engine_text(engine: EngineConfig) -> str:
    """What of an engine's settings determines what is drawn."""
    return canonical(description(engine, f"engine.{engine.name}"))
