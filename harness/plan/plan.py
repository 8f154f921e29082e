"""Makes the plan: legal cells, refusals with reasons, and what it will all cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from harness.contracts.prompt import SOLVE
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.identity import canonical, description, own_place
from harness.plan.arms import allotment_of, arms, legal_stacks, lengths_of, speaking
from harness.plan.cell import Cell, Refusal, Setting
from harness.plan.decodings import must_sample
from harness.plan.prices import PriceList
from harness.plan.request import Request, check_request
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.price import PriceTotal


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
        (model.name, name): legal_stacks(request, model, name, loaded, refusals)
        for model in request.models
        for name, loaded in request.benchmarks.items()
    }
    with PriceList(request.benchmarks, request.setting.context_window, request.rehearsal) as prices:
        allotted = {name: allotment_of(request, name, legal, prices) for name in request.benchmarks}
        for model in request.models:
            for name, loaded in request.benchmarks.items():
                stacks = legal[model.name, name]
                cells += arms(
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
        (cell.answering_model.name, cell.benchmark): lengths_of(
            request, cell.answering_model, cell.benchmark
        )
        for cell in cells
    }
    return Plan(tuple(cells), tuple(refusals), request.setting, lengths)


def _check_decoding(request: Request) -> None:
    """Refuse a sweep that decodes greedily where a model must sample.

    Raises:
        UserError: says who must, and what to set.
    """
    if not request.setting.sampling[SOLVE].greedy:
        return
    for name, loaded in request.benchmarks.items():
        if why := must_sample(loaded.task, speaking(request)):
            raise UserError(
                f"sampling.solve.temperature is 0, and on {name} {why}: set what their makers "
                "advise (sampling.solve.temperature=0.6 sampling.solve.top_p=0.95 for most)"
            )


def engine_text(engine: EngineConfig) -> str:
    """What of an engine's settings determines what is drawn."""
    return canonical(description(engine, f"engine.{engine.name}"))
