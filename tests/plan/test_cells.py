"""Cells: an id covers everything that defines one, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.models.spec import SiblingCheckpoint as Sibling
from harness.plan.cell import Setting
from harness.plan.plan import Plan, make
from harness.plan.request import LoadedBenchmark, Request
from harness.plan.sweep import Sweep
from harness.stack import Stack
from ptes.data.instruct_sibling import InstructSibling
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import EvenOnly, ToyBenchmark, toy_model, toy_plan

STACK = [FewShot(2), ChainOfThought(), EvenOnly(), SelfConsistency(3)]


def request(folder: Path, *stacks: list[PTE], **changes: Any) -> Request:
    return toy_plan(folder, stacks or [STACK], FakeConfig(), **changes)[1]


def ids(asked: Request) -> list[str]:
    return [cell.id for cell in make(asked).cells]


def other_content(asked: Request) -> Request:
    loaded = asked.benchmarks["toy"]
    source = replace(loaded.dataset.source, sha256="1" * 64)
    dataset = replace(loaded.dataset, source=source)
    return replace(asked, benchmarks={"toy": replace(loaded, dataset=dataset)})


def other_benchmark(**changes: Any) -> Callable[[Request], Request]:
    def change(asked: Request) -> Request:
        toy = ToyBenchmark(**changes)
        return replace(asked, benchmarks={"toy": LoadedBenchmark(toy, toy.task(), toy.load())})

    return change


def other_setting(**changes: Any) -> Callable[[Request], Request]:
    return lambda asked: replace(asked, setting=replace(asked.setting, **changes))


def other_stack(*stack: PTE) -> Callable[[Request], Request]:
    return lambda asked: replace(asked, stacks=[Stack.of(stack)])


def other_model(**changes: Any) -> Callable[[Request], Request]:
    return lambda asked: replace(asked, models=[replace(asked.models[0], **changes)])


HOT = {"solve": Sampling(0.9), "judge": Sampling(0.0)}


@pytest.mark.parametrize(
    "change",
    [
        other_stack(FewShot(3), *STACK[1:]),
        other_stack(FewShot(2, seed=1), *STACK[1:]),
        other_stack(*STACK[:2], EvenOnly(4), STACK[3]),
        other_stack(*STACK[:3], SelfConsistency(3, adaptive=True)),
        other_stack(*STACK[:3]),
        other_benchmark(limit=5),
        other_benchmark(rationales=True, size=11),
        other_content,
        other_setting(sampling=HOT),
        other_setting(date="2026-01-02"),
        other_setting(context_window=9_000),
        other_setting(engine="another"),
        other_model(revision="abc"),
        other_model(parameters=2e6),
        other_model(chat=True),
    ],
)
def test_whatever_defines_a_cell_changes_its_id(
    tmp_path: Path, change: Callable[[Request], Request]
) -> None:
    asked = request(tmp_path)
    assert ids(change(asked)) != ids(asked)


def test_rungs_arms_and_replicates_share_an_experiment(tmp_path: Path) -> None:
    models = [toy_model(tmp_path / "a", "a"), toy_model(tmp_path / "b", "b", parameters=2e6)]
    asked = request(tmp_path, [], STACK, models=models, replicates=2, greedy_base=True)
    cells = make(asked).cells
    assert len({cell.experiment for cell in cells}) == 1
    assert len({cell.setting for cell in cells}) == 2


@pytest.mark.parametrize(
    "change",
    [
        other_benchmark(size=11),
        other_benchmark(limit=3),
        other_content,
        other_setting(sampling=HOT),
        other_setting(date="2026-01-02"),
        other_setting(context_window=9_000),
        other_setting(engine="another"),
    ],
)
def test_what_rungs_must_share_makes_another_experiment(
    tmp_path: Path, change: Callable[[Request], Request]
) -> None:
    asked = request(tmp_path)
    ours, theirs = ({c.experiment for c in make(r).cells} for r in (asked, change(asked)))
    assert len(ours) == len(theirs) == 1
    assert ours != theirs


def test_the_order_of_ptes_does_not_change_an_id(tmp_path: Path) -> None:
    every = {tuple(ids(request(tmp_path, list(order)))) for order in permutations(STACK)}
    assert len(every) == 1


def test_what_else_is_in_the_plan_does_not_change_an_id(tmp_path: Path) -> None:
    (alone,) = ids(request(tmp_path))
    others = request(tmp_path, [], [FewShot(2)], STACK, replicates=2, greedy_base=True)
    assert alone in ids(others)


def test_every_cell_of_a_plan_has_an_id_of_its_own(tmp_path: Path) -> None:
    models = [toy_model(tmp_path / "a", "a"), toy_model(tmp_path / "b", "b")]
    asked = request(tmp_path, [], STACK, models=models, replicates=3, greedy_base=True)
    result = ids(asked)
    assert len(result) == len(set(result)) == 2 * 3 * (2 + 1)


def test_the_greedy_base_is_a_further_labelled_arm(tmp_path: Path) -> None:
    made = make(request(tmp_path, [], [FewShot(2)], greedy_base=True))
    assert [cell.label for cell in made.cells] == ["base", "base (greedy)", "few_shot"]
    sampling = [cell.sampling(made.setting)["solve"].greedy for cell in made.cells]
    assert sampling == [False, True, False]


def test_a_greedy_sweep_has_one_base(tmp_path: Path) -> None:
    greedy = Setting("fake", {"solve": Sampling(0.0)}, 10_000, 0)
    made = make(request(tmp_path, [], greedy_base=True, setting=greedy))
    assert [cell.label for cell in made.cells] == ["base"]


def factorial(folder: Path, *ptes: PTE, **changes: Any) -> Plan:
    known = {pte.name: pte for pte in ptes}
    stacks = Sweep("factorial", list(known)).build(known)
    return make(replace(request(folder), stacks=stacks, **changes))


@pytest.mark.parametrize("replicates", [1, 3])
def test_shared_draws_are_counted_once(tmp_path: Path, replicates: int) -> None:
    made = factorial(tmp_path, *STACK, replicates=replicates)
    assert len(made.cells) == 16 * replicates
    for part in ("calls", "prompt_tokens", "generated_tokens"):
        assert getattr(made.distinct, part) <= getattr(made.alone, part)
    with_votes = sum(
        cell.price.tokens * cell.problems for cell in made.cells if cell.stack.pool > 1
    )
    assert made.distinct.tokens == pytest.approx(with_votes)
    assert made.distinct.tokens < made.alone.tokens


def test_without_shared_draws_both_counts_agree(tmp_path: Path) -> None:
    made = factorial(tmp_path, FewShot(2), ChainOfThought())
    assert made.distinct == made.alone


def test_the_plan_counts_what_the_engine_is_asked(tmp_path: Path) -> None:
    made = make(request(tmp_path, [], [SelfConsistency(3)], [SelfConsistency(7)]))
    assert made.alone.calls == 12 * (1 + 3 + 7)
    assert made.distinct.calls == 12 * 7


def test_cells_that_one_checkpoint_answers_are_one_job(tmp_path: Path) -> None:
    tuned = Sibling(str(tmp_path / "tuned"))
    models = [
        toy_model(tmp_path / "a", "a", instruct_sibling=tuned),
        toy_model(tmp_path / "b", "b", instruct_sibling=Sibling(str(tmp_path / "b-tuned"), "1")),
    ]
    stacks: list[list[PTE]] = [
        [],
        [FewShot(2)],
        [InstructSibling()],
        [InstructSibling(), FewShot(2)],
    ]
    made = make(request(tmp_path, *stacks, models=models))
    jobs = {key: [cell.stack.label for cell in cells] for key, cells in made.jobs.items()}
    plain, sibling = ["base", "few_shot"], ["instruct_sibling", "instruct_sibling+few_shot"]
    assert jobs == {
        (str(tmp_path / "a"), None): plain,
        (str(tmp_path / "tuned"), None): sibling,
        (str(tmp_path / "b"), None): plain,
        (str(tmp_path / "b-tuned"), "1"): sibling,
    }
