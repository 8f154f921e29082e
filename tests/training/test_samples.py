"""Collecting: what it costs, what it keeps, and that nothing is drawn twice."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from harness.console import Console
from harness.contracts.recipe import Keep
from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.plan.plan import make
from harness.settings.experiment import load
from harness.training.asked import asked
from harness.training.examples import kept, parted
from harness.training.expected import expected
from harness.training.make import make_artefacts
from harness.training.samples import Sample, collect
from tests.toys import ToyBenchmark, toy_model
from tests.training.halves import SMALLEST, quick, scripted, solver, words

NAME = "self_generated_data"
QUIET = Console(quiet=True)


def test_collecting_costs_two_flop_a_parameter_and_token(tmp_path: Path) -> None:
    wanted = scripted(NAME, words(tmp_path, *quick(NAME)))
    told = collect(wanted, wanted.models, 1, QUIET)[SMALLEST.name]
    engine = wanted.request.engine
    assert isinstance(engine, FakeConfig)
    said = [solver(request, "") for request in engine.asked]  # type: ignore[arg-type]
    assert len(told.samples) == 16  # of 8 problems, twice
    size = SMALLEST.parameters
    assert told.sampled_flop == pytest.approx(2 * size * sum(map(len, said)), rel=0.01)
    read = sum(len(request.ids) for request in engine.asked)
    assert told.prompts_flop == pytest.approx(2 * size * read, rel=0.01)
    assert (told.sampled_tokens, told.prompt_tokens) == (sum(map(len, said)), read)


def test_a_killed_collection_asks_for_nothing_twice(tmp_path: Path) -> None:
    given = words(tmp_path, *quick(NAME))
    first = scripted(NAME, given)
    told = collect(first, first.models, 1, QUIET)
    for path in (first.root / ".samples").glob("*.jsonl"):
        path.unlink()  # as if the process had been killed before it wrote them
    again = scripted(NAME, given)
    assert collect(again, again.models, 1, QUIET) == told
    engine = again.request.engine
    assert isinstance(engine, FakeConfig)
    assert engine.asked == []


def test_a_rung_that_solves_nothing_costs_no_other_its_artefact(tmp_path: Path) -> None:
    for module in ("torch", "trl", "peft"):
        if find_spec(module) is None:
            pytest.skip(f"{module} is not installed: pip install -e '.[train]'")
    given = words(tmp_path, *quick(NAME))
    wanted = scripted(NAME, given, lambda request, prompt: " The answer is 9")
    (made,) = make_artefacts(wanted, QUIET)
    assert made.nothing is not None
    assert f"of 16 samples for {SMALLEST.name}, 0 are kept" in made.nothing
    sweep = ["sweep=singles", f"sweep.ptes=[{NAME}]"]
    (refused,) = make(load([*given, *sweep]).request).refusals
    assert made.nothing in refused.reason


def test_only_what_the_train_grader_finds_right_is_kept_and_each_once() -> None:
    rows = [("a", "x", 1.0), ("a", "x", 1.0), ("a", "y", 1.0), ("a", "z", 1.0), ("b", "x", 0.0)]
    samples = [
        Sample(
            benchmark="toy",
            problem=problem,
            question=f"{problem}?",
            replicate=n,
            address="",
            response=said,
            status="answered",
            score=score,
        )
        for n, (problem, said, score) in enumerate(rows)
    ]
    tasks = {"toy": ToyBenchmark().task()}
    assert [e.response for e in kept(samples, Keep(most=2), tasks)] == ["x", "y"]
    assert len(kept(samples, Keep(by="answered"), tasks)) == 4
    train, held_out = parted(kept(samples, Keep(by="all"), tasks), 0.5, seed=0)
    assert {e.problem for e in train} | {e.problem for e in held_out} == {"a", "b"}
    assert not {e.problem for e in train} & {e.problem for e in held_out}


def test_test_items_and_exemplars_are_left_out_of_the_train_problems(tmp_path: Path) -> None:
    wanted = asked(NAME, words(tmp_path, *quick(NAME, collect__problems="null")))
    (split,) = wanted.splits.values()
    asked_for = {item.problem.question for item in split.loaded.dataset.items}
    loaded = wanted.request.benchmarks["pocket_arithmetic"]
    assert asked_for
    assert not asked_for & {item.problem.question for item in loaded.dataset.items}
    assert not asked_for & {exemplar.question for exemplar in loaded.task.exemplars}


def test_the_plan_says_the_share_of_training_compute_beforehand(tmp_path: Path) -> None:
    (told,) = expected(asked(NAME, words(tmp_path, *quick(NAME))))
    share = told.share
    assert not told.made
    assert share.cost.flop is not None
    assert share.of_training == pytest.approx(share.cost.flop / SMALLEST.flop, rel=1e-6)
    assert f"{share.of_training:.2%} of its training compute" in told.told


def test_a_benchmark_without_a_train_split_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    toy_model(tmp_path)
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    given = [*words(tmp_path), "benchmark=toy", "model=toy_model"]
    given = [word for word in given if word not in ("benchmark=halves", f"model={SMALLEST.name}")]
    with pytest.raises(UserError, match="toy gives no train split"):
        asked(NAME, given)
    with pytest.raises(UserError, match="has no recipe"):
        asked("chain_of_thought", words(tmp_path))


def test_samples_of_a_cold_model_are_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="greedy samples are all the same"):
        asked(NAME, words(tmp_path, *quick(NAME, collect__temperature=0)))
