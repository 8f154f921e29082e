"""All that a plan is made of, and what would spoil the whole of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.contracts.benchmark import Benchmark, Dataset, Task
from harness.engines.protocol import EngineConfig
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.budget import BudgetCost
from harness.plan.cell import Setting
from harness.plan.decodings import GreedyArms
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.pricing import RehearsalSettings
from harness.stack import Stack


@dataclass(frozen=True)
class LoadedBenchmark:
    """A benchmark with what has been read of it."""

    benchmark: Benchmark
    task: Task
    dataset: Dataset


@dataclass(frozen=True)
class Request:
    """All that a plan is made of."""

    models: Sequence[ModelSpec]
    benchmarks: Mapping[str, LoadedBenchmark]
    stacks: Sequence[Stack]
    engine: EngineConfig
    setting: Setting
    replicates: int = 1
    greedy: GreedyArms = "all"
    """Which stacks are run with greedy decoding too, beside a sweep that samples."""
    budget: float | None = 100.0
    """Most that a stack may cost, in multiples of the base; None for no cap."""
    budget_cost: BudgetCost = "net"
    """What the budget counts."""
    keep_full: bool = True
    """Whether a stack that fits the budget is also run as asked where others are not."""
    rehearsal: RehearsalSettings = field(default_factory=RehearsalSettings)
    """How stacks are priced."""
    lengths: Lengths = field(default_factory=Lengths)
    """Expected lengths of generations, where nothing was measured."""
    measured: Mapping[tuple[str, str], Lengths] = field(default_factory=dict)
    """Lengths that were measured, by name of the model that speaks and of the benchmark."""


def check_models(models: Sequence[ModelSpec], benchmarks: Sequence[str], window: int) -> None:
    """Whether the models can be asked these benchmarks in a common window, in tokens.

    Raises:
        UserError: one cannot; says what to set.
    """
    for model in models:
        if model.context_window is not None and model.context_window < window:
            raise UserError(
                f"{model.name} was trained for {model.context_window} tokens of context, and the "
                f"sweep's common window is {window}: set context_window={model.context_window}"
            )
        for name in benchmarks:
            if model.benchmarks and name not in model.benchmarks:
                raise UserError(
                    f"{model.name} reads {', '.join(model.benchmarks)} alone, not {name}: "
                    f"set benchmark=[{','.join(model.benchmarks)}]"
                )


def check_roles(stacks: Iterable[Stack], setting: Setting) -> None:
    """Whether sampling is set for every role in which some model is asked.

    Raises:
        UserError: it is not for one.
    """
    for pte in (pte for stack in stacks for pte in stack.ptes):
        for role in sorted({*pte.role_sampling, *pte.roles} - set(setting.sampling)):
            raise UserError(
                f"{pte.name} has a model speak in the role {role}, and there is no sampling for "
                f"it: declare it in role_sampling of {type(pte).__name__}"
            )


def check_request(request: Request) -> None:
    """Refuse what would spoil every cell.

    Raises:
        UserError: says what to set.
    """
    if request.replicates < 1:
        raise UserError(f"replicates is {request.replicates}: measure at least one")
    window = request.setting.context_window
    check_models(request.models, [*request.benchmarks], window)
    check_roles(request.stacks, request.setting)
    if request.engine.capabilities.one_model and len(request.models) > 1:
        raise UserError(
            f"engine={request.engine.name} holds what one model said, and this sweep has "
            f"{len(request.models)} models: name one"
        )
    for name, loaded in request.benchmarks.items():
        if not loaded.dataset.items:
            raise UserError(f"benchmark {name} has no problems: raise its limit")
        written, names = _written(loaded.task)
        if written >= window:
            raise UserError(
                f"{name} lets a model write {written} tokens ({names}), and context_window is "
                f"{window}: lower them, or raise the window"
            )


def _written(task: Task) -> tuple[int, str]:
    """Tokens that a model may write before a base's attempt ends, and the settings that say so."""
    if task.free is None:
        return task.reasoning_tokens + task.answer_tokens, "reasoning_tokens and answer_tokens"
    thoughts = task.free.thinking_tokens or 0
    names = "reply_tokens and thinking_tokens" if thoughts else "reply_tokens"
    return task.free.reply_tokens + thoughts, names
