"""A plan is cut into work units by estimated GPU-hours, the same way every time."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from harness.engines.fake import FakeConfig
from harness.errors import UserError
from harness.plan.plan import Plan
from harness.run.work_unit import FILE, Division, divide, read_division
from harness.settings.hardware import Hardware
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_plan

HARDWARE = Hardware("slow", 1.0, 1.0)


def ladder(folder: Path, sizes: list[float], stacks: list[list[Any]], size: int = 40) -> Plan:
    """A plan over models of so many parameters."""
    models = [
        toy_model(folder / f"m{n}", f"m{n}", parameters=parameters)
        for n, parameters in enumerate(sizes)
    ]
    return toy_plan(folder, stacks, FakeConfig(), ToyBenchmark(size=size), models=models)[0]


def hours(plan: Plan, model: str) -> float:
    cells = plan.drawing(cell for cell in plan.cells if cell.model.name == model)
    return HARDWARE.hours(sum(cell.flop for cell in cells))


def work(plan: Plan, division: Division) -> Counter[tuple[str, int]]:
    """How often each cell has each place, over all work units."""
    return Counter(
        (cell.id, place)
        for work_unit in division.work_units
        for cell in work_unit.plan(plan).cells
        for place in work_unit.shard.places(40)
    )


def test_small_checkpoints_share_a_work_unit_and_large_ones_are_cut(tmp_path: Path) -> None:
    plan = ladder(tmp_path, [1e6, 1e6, 1e6, 1e8], [[], [SelfConsistency(n=4)]])
    division = divide(plan, HARDWARE, 2.5 * hours(plan, "m0"))
    first, second, *large = division.work_units
    assert [len(first.checkpoints), len(second.checkpoints)] == [2, 1]
    assert {work_unit.checkpoints[0][0] for work_unit in large} == {str(tmp_path / "m3")}
    assert [str(work_unit.shard) for work_unit in large] == [f"{n}-of-40" for n in range(40)]
    assert all(
        work_unit.hours <= 2.5 * hours(plan, "m0") + 1e-9 for work_unit in division.work_units
    )
    assert set(work(plan, division).values()) == {1}
    assert len(work(plan, division)) == 40 * len(plan.cells)


def test_no_more_shards_than_problems(tmp_path: Path) -> None:
    plan = ladder(tmp_path, [1e9], [[]], size=3)
    assert len(divide(plan, HARDWARE, hours(plan, "m0") / 100).work_units) == 3


def test_checkpoints_that_ask_the_same_judge_are_cut_by_problems_alone(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"))
    plan = ladder(tmp_path, [1e6, 1e7], [[], [SelfConsistency(n=4), judge]])
    whole = sum(hours(plan, model) for model in ("m0", "m1"))
    division = divide(plan, HARDWARE, whole / 3.5)
    assert [work_unit.shard.count for work_unit in division.work_units] == [4] * 4
    assert {work_unit.checkpoints for work_unit in division.work_units} == {tuple(plan.jobs)}
    assert set(work(plan, division).values()) == {1}


def test_a_division_is_the_same_every_time_and_read_back_as_written(tmp_path: Path) -> None:
    plan = ladder(tmp_path, [1e6, 1e8], [[]])
    one, two = (divide(plan, HARDWARE, hours(plan, "m1") / 3) for _ in range(2))
    assert one == two
    one.write(tmp_path)
    result = read_division(tmp_path)
    assert result == one
    assert result is not None
    assert result.id == one.id
    assert divide(plan, HARDWARE, hours(plan, "m1")).id != one.id


def test_a_run_that_was_not_divided_and_one_whose_division_is_damaged(tmp_path: Path) -> None:
    assert read_division(tmp_path) is None
    (tmp_path / FILE).write_text('[{"index": 0}]')
    with pytest.raises(UserError, match="cannot be read"):
        read_division(tmp_path)


@pytest.mark.parametrize("wrong", [0.0, -1.0, float("nan")])
def test_hours_that_make_no_sense_are_refused(tmp_path: Path, wrong: float) -> None:
    plan = ladder(tmp_path, [1e6], [[]])
    with pytest.raises(UserError, match="GPU-hours"):
        divide(plan, HARDWARE, wrong)
