"""A price is what a run's ledger holds where the model says what was rehearsed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE, Capabilities, Slot
from harness.engines.fake import FakeConfig
from harness.engines.protocol import LoadRequest, Sampling
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.rehearsal.answers import answers_of
from harness.rehearsal.engine import RehearsalEngine
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.script import Script
from harness.rehearsal.stand_ins import StandInExecutor
from harness.rehearsal.tokens import RoughTokenizer
from harness.stack import Stack, refusal
from tests.plan.test_every_pair import BENCHMARKS, NAMES, all_ptes
from tests.rehearsing import pricer
from tests.thorough import size
from tests.toys import toy_model, toy_runner

UNLIKE = {"web", "lora_adapter", "instruct_sibling"}
"""What the web says is stood in for; the others change the weights alone."""
OFFERED = {"calculator", "calendar", "python", "search", "ask", "translate"}
TRIPLES = [
    ("few_shot", "chain_of_thought", "self_consistency"),
    ("react", "self_consistency"),
    ("few_shot", "react", "reflexion"),
    ("react", "search", "lats"),
    ("chain_of_thought", "reflexion", "model_judge"),
    ("toolformer", "ask", "self_consistency"),
    ("retrieval", "chain_of_thought", "lats"),
    ("few_shot", "parsel", "codet"),
    ("parsel", "reflexion", "alphacode"),
    ("chain_of_thought", "lats", "codet"),
]


@dataclass(frozen=True)
class Rehearsed(FakeConfig):
    """An engine for a whole run that says what a rehearsal's says."""

    rehearsed: Script = field(kw_only=True)
    lengths: Lengths = field(default_factory=Lengths)

    async def load(self, request: LoadRequest) -> Any:
        return RehearsalEngine(self.rehearsed, self.lengths, False, 10**9, RoughTokenizer())


@pytest.fixture(scope="module")
def ptes(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, PTE]:
    return all_ptes(tmp_path_factory.mktemp("ptes"))


def stacks(every: int) -> list[tuple[str, ...]]:
    """Each PTE alone, some triples, and one of so many pairs."""
    names = [name for name in NAMES if name not in UNLIKE]
    pairs = [pair for pair in combinations(names, 2) if set(pair) - OFFERED]
    return [*((name,) for name in names), *TRIPLES, *pairs[::every]]


def legal(stack: Stack, benchmark: Benchmark, model: ModelSpec) -> bool:
    """Whether the stack can be used on the benchmark."""
    site = stack.site(model, Capabilities(), benchmark.task())
    return refusal(stack, site, greedy=False) is None


def ledger(
    folder: Path, stack: Sequence[PTE], benchmark: Benchmark, fails: bool
) -> dict[str, tuple[int, int, int]]:
    """Calls, prompt tokens and generated tokens by role of a run of the stack on one problem."""
    task = benchmark.task()
    whole = Stack.of(stack)
    acting = any(pte.calls_tools for pte in whole.filling(Slot.POLICY))
    script = Script(
        task=task,
        replies=[pte.rehearsal_reply for pte in whole.ptes],
        acting=frozenset({"solve"} if acting else ()),
        fails=fails,
        answers=answers_of(task),
    )
    setting = Setting("rehearsed", dict.fromkeys({"solve", *whole.roles}, Sampling()), 100_000, 0)
    engine = Rehearsed(rehearsed=script)
    runner = toy_runner(folder, [stack], engine, benchmark, setting=setting, budget=None)
    asyncio.run(runner.run())
    (row,) = runner.records.frame().to_dict("records")
    assert row["status"] != "error", row["error"]
    return {
        each["role"]: (each["calls"], each["prompt_tokens"], each["generated_tokens"])
        for each in row["roles"]
    }


@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("name", list(BENCHMARKS))
def test_a_price_is_what_a_run_costs(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ptes: Mapping[str, PTE],
    name: str,
    fails: bool,
) -> None:
    monkeypatch.setattr("harness.run.runner.SolversSandbox", lambda box: StandInExecutor(fails))
    benchmark = BENCHMARKS[name]
    prices, lengths = pricer(benchmark), Lengths(success=float(not fails))
    model = toy_model(tmp_path / "any")
    compared = 0
    for names in stacks(size(1, 60 if name == "programs" else 8)):
        stack = [ptes[each] for each in names]
        if not legal(Stack.of(stack), benchmark, model):
            continue
        spent = ledger(tmp_path / "-".join(names), stack, benchmark, fails)
        price = prices.expected(Stack.of(stack), False, lengths)
        priced = {
            role: (share.calls, share.prompt_tokens, share.generated_tokens)
            for role, share in price.shares
        }
        assert priced == spent, names
        compared += 1
    assert compared >= 10
