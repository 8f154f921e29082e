"""The arms of one model on one benchmark: legal stacks, cut to the budget, and their cells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.artefacts.overlap import Texts
from harness.contracts.benchmark import Dataset, Task
from harness.contracts.prompt import SOLVE
from harness.identity import description, identify, sources
from harness.models.spec import ModelSpec
from harness.plan.budget import Allotment, Times
from harness.plan.cell import Cell, Refusal
from harness.plan.decodings import decodings, must_sample
from harness.plan.prices import PriceList, answering_model_of, notes
from harness.plan.request import LoadedBenchmark, Request
from harness.rehearsal.lengths import Lengths
from harness.stack import Stack, refusal


def speaking(request: Request) -> Iterator[ModelSpec]:
    """Every model that may answer: the rungs, and what weights PTEs put in their place."""
    for model in request.models:
        yield model
        for stack in request.stacks:
            try:
                yield answering_model_of(stack, model)
            except ValueError:  # it has none for this rung: the stack is refused there
                continue


def lengths_of(request: Request, answering_model: ModelSpec, benchmark: str) -> Lengths:
    """What generations are expected to take: as measured in earlier records, else as stated."""
    return request.measured.get((answering_model.name, benchmark), request.lengths)


def legal_stacks(
    request: Request, model: ModelSpec, name: str, loaded: LoadedBenchmark, refusals: list[Refusal]
) -> list[Stack]:
    """The stacks that can be used there; the others are added to the refusals."""
    greedy = request.setting.sampling["solve"].greedy
    kept = []
    if (
        not greedy
        and request.greedy != "none"
        and (why := must_sample(loaded.task, speaking(request)))
    ):
        refusals.append(Refusal(model.name, name, "greedy arms", f"{why}: the base is sampled"))
    for stack in request.stacks:
        reason = refusal(stack, stack.site(model, request.engine.capabilities, loaded.task), greedy)
        if reason := reason or test_items_seen(stack, model, loaded):
            refusals.append(Refusal(model.name, name, stack.label, reason))
        else:
            kept.append(stack)
    return kept


def test_items_seen(stack: Stack, model: ModelSpec, loaded: LoadedBenchmark) -> str | None:
    """Why a stack's trained artefacts may not be graded on a benchmark: one was trained on a test
    item, or on a near-duplicate of one. None where all are apart."""
    for pte in stack.ptes:
        seen = pte.questions_seen(model)
        if seen and (shared := _shared(seen, loaded.dataset)):
            return (
                f"{pte.name}: what it was trained on holds the test item {shared} of "
                f"{loaded.task.name}, or one nearly like it: train it again with that benchmark "
                "among the benchmarks of pte train, which leaves such problems out"
            )
    return None


_SHARED: dict[tuple[tuple[str, ...], str, int], str | None] = {}
"""What was found, as a plan of many stacks asks the same of each."""


def _shared(seen: tuple[str, ...], dataset: Dataset) -> str | None:
    key = (seen, dataset.source.sha256, len(dataset.items))
    if key not in _SHARED:
        texts = Texts(seen)
        same = (i.problem.id for i in dataset.items if texts.like(i.problem.question) is not None)
        _SHARED[key] = next(same, None)
    return _SHARED[key]


def allotment_of(
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


def arms(
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
    sampled = not (solve.greedy or must_sample(loaded.task, speaking(request)))
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
        lengths = lengths_of(request, answering_model, name)
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
    own = (task.extract, task.canonical, task.lenient, task.extract_program, task.sound)
    return [held for held in own if held is not None]
