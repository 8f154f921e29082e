"""Expected lengths: a share of the limits that is stated, or what earlier records hold."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.cli.plan import lengths_notes
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest, LoadRequest
from harness.plan.plan import make
from harness.records.lengths import measured_lengths
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.tokens import RoughTokenizer
from harness.run.runner import Runner
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_plan, toy_runner

BOTH = {("toy_model", "toy")}


class Counting(FakeConfig):
    """The fake engine with a model's unit."""

    async def load(self, request: LoadRequest) -> Any:
        engine = await super().load(request)
        engine.tokenizer = RoughTokenizer()
        return engine


def say(request: CompletionRequest, prompt: str) -> str:
    """Five tokens after a cue, forty of a rationale, and every third answer right."""
    if request.max_tokens > 64:
        return "by and by " * 16
    right = request.tag.problem in ("toy-0", "toy-3", "toy-6", "toy-9")
    problem = int(request.tag.problem.partition("-")[2])
    return f" {(problem + problem % 3) % 10 if right else 77} and so on now.".ljust(20)[:20]


def run(folder: Path, *stacks: list[Any], engine: FakeConfig | None = None) -> Runner:
    """A run in the folder of runs, with its plan put down as a command does."""
    runner = toy_runner(folder, stacks, engine or Counting(say))
    (runner.folder / "plan.json").write_text(_plan(runner))
    asyncio.run(runner.run())
    return runner


def _plan(runner: Runner) -> str:
    import json

    cells = [
        {"cell": cell.id, "model": cell.model.name, "benchmark": cell.benchmark}
        for cell in runner.plan.cells
    ]
    return json.dumps({"cells": cells})


def test_without_records_a_stated_share_of_the_limits_is_expected() -> None:
    lengths = Lengths(share=0.25)
    assert [lengths.expected("solve", limit) for limit in (1, 4, 100)] == [1, 1, 25]
    assert lengths.source == "a stated share of the limits"


def test_what_was_measured_goes_before(tmp_path: Path) -> None:
    run(tmp_path, [], [ChainOfThought()])
    result = measured_lengths(tmp_path, BOTH, Lengths())[("toy_model", "toy")]
    assert result.measured == (("solve", 8, 5.0), ("solve", 80, 40.0))
    assert result.success == pytest.approx(4 / 12)
    assert result.source == "records of 24 attempts by the same model"
    assert result.expected("solve", 8) == 5
    assert result.expected("solve", 16) == 9  # no such limit was measured: the role's mean share
    assert result.expected("judge", 100) == 35  # nor such a role


def test_other_models_benchmarks_and_bytes_say_nothing(tmp_path: Path) -> None:
    run(tmp_path, [])
    assert not measured_lengths(tmp_path, {("other", "toy"), ("toy_model", "other")}, Lengths())
    run(tmp_path / "bytes", [], engine=FakeConfig(say))
    assert not measured_lengths(tmp_path / "bytes", BOTH, Lengths())
    assert not measured_lengths(tmp_path / "nowhere", BOTH, Lengths())


def test_a_plan_says_which_lengths_it_took_and_its_prices_follow_them(tmp_path: Path) -> None:
    runner = run(tmp_path, [], [ChainOfThought()])
    frame = runner.records.frame()
    stacks: list[list[Any]] = [[], [ChainOfThought()], [SelfConsistency(40)]]
    stated, request = toy_plan(tmp_path, stacks, FakeConfig())
    measured = measured_lengths(tmp_path, BOTH, request.lengths)
    made = make(replace(request, measured=measured))
    (line,) = lengths_notes(made)
    assert "lengths of toy_model on toy from records of 24 attempts" in line
    assert "solve 40 of 80, solve 5 of 8" in line
    assert "works at once on 33% of the problems" in line
    (line,) = lengths_notes(stated)
    assert "35% of their token limits" in line
    assert "rehearsal.length" in line
    generated = frame.groupby("stack")["generated_tokens"].mean()
    base = made.cells[0]
    assert base.price.generated_tokens == pytest.approx(generated["base"], abs=1e-9)
    assert [cell.id for cell in made.cells] == [cell.id for cell in stated.cells]


def test_records_change_no_cell_that_the_budget_cuts(tmp_path: Path) -> None:
    """A sweep that is resumed has records, and must come to the same cells."""
    stacks = [[], [SelfConsistency(200), ChainOfThought()]]
    _, request = toy_plan(tmp_path, stacks, FakeConfig())
    long = Lengths(share=1.0, measured=(("solve", 80, 80.0),), source="records")
    cells = make(request).cells
    longer = make(replace(request, measured={("toy_model", "toy"): long})).cells
    assert [cell.id for cell in cells] == [cell.id for cell in longer]
    assert cells[1].notes == longer[1].notes
    assert longer[1].price.tokens > cells[1].price.tokens
    assert ToyBenchmark().task().reasoning_tokens == 80
