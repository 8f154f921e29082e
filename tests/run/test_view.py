"""How progress is drawn."""

from __future__ import annotations

import time
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console, RenderableType

from harness.ledger import Cost, Spent
from harness.run.state import CellState, Expected, ProcessState, RunState
from harness.run.view import cell_table, clock, doing, run_view, short, troubles

CELL = CellState(
    id="c",
    model="model",
    benchmark="gsm8k",
    stack="base",
    replicate=0,
    state="waiting",
    done=0,
    of=10,
    score=None,
    failed=0,
    why=None,
    flop=1.0,
    spent=Spent(),
    cost=Cost(),
)
STATES = ("done", "waiting", "failed", "running")


def drawn(what: RenderableType, width: int = 100, terminal: bool = False) -> list[str]:
    file = StringIO()
    Console(file=file, width=width, force_terminal=terminal, color_system=None).print(what)
    return [line.rstrip() for line in file.getvalue().splitlines()]


def many(count: int) -> list[CellState]:
    return [replace(CELL, stack=f"{STATES[n % 4]}-{n}", state=STATES[n % 4]) for n in range(count)]


def run(**changes: object) -> RunState:
    state = RunState(
        folder=Path("runs/name"),
        command=("pte", "run", "pte=[few_shot]"),
        cells=(replace(CELL, state="done", done=10, score=0.5), CELL),
        processes=(),
        expected=Expected(2000.0, 1e6, 1e5, 7200.0, "A100"),
        spent=Spent(requests=1000, prompt_tokens=400_000, generated_tokens=50_000),
        gpu_seconds=0.0,
    )
    return replace(state, **changes)  # type: ignore[arg-type]


def test_cells_that_fit_are_in_the_plans_order() -> None:
    rows = drawn(cell_table(many(8), 8, bars=False))[1:]
    assert [row.split()[2] for row in rows] == [cell.stack for cell in many(8)]


def test_of_too_many_cells_those_that_run_and_fail_come_first() -> None:
    rows = drawn(cell_table(many(40), 15, bars=False))[1:]
    assert [row.split()[3] for row in rows[:-1]] == ["running"] * 10 + ["failed"] * 5
    assert rows[-1] == "... and 25 more"


def test_where_it_is_narrow_the_stack_alone_gives_way() -> None:
    cell = replace(CELL, stack="few_shot+chain_of_thought+self_consistency+calculator", done=3)
    [_, row] = drawn(cell_table([cell]), 70, terminal=True)
    assert len(row) <= 70
    assert "gsm8k" in row
    assert "…" in row
    assert "waiting" in row
    assert "3/10" in row


def test_replicates_are_told_apart_only_where_there_are_several() -> None:
    assert "replicate" not in drawn(cell_table([CELL]))[0]
    assert "replicate" in drawn(cell_table([CELL, replace(CELL, replicate=1)]))[0]


def test_a_run_is_told_against_its_plan() -> None:
    lines = drawn(run_view(run(gpu_seconds=3600.0), bars=False), 200)
    assert lines[0] == "runs/name: 1 of 2 cells done, not started"
    assert lines[1] == "10 of 20 attempts (50%)"
    assert lines[2] == (
        "spent 1,000 of about 2,000 requests, 450k of about 1.1M tokens, 1 of about 2 "
        "GPU-hours (planned on A100)"
    )


def test_what_processes_do_is_told_in_a_few_words() -> None:
    def states(*names: str, phase: str = "") -> str:
        return doing(run(processes=tuple(ProcessState("p", name, phase=phase) for name in names)))

    assert states("running", phase="loading x into vllm") == "loading x into vllm"
    assert states("lost") == "stopped"
    assert states("waiting", "waiting") == "not started (2 work units wait)"
    assert states("waiting", "finished", "waiting") == "work units: 1 finished, 2 waiting"


def test_troubles_are_told_with_their_mend_and_not_without_end() -> None:
    failed = tuple(replace(CELL, state="failed", why="not loaded") for _ in range(9))
    gone = ProcessState("portion-0007", "lost", host="node3", pid=5, updated=time.time() - 3700)
    message = troubles(run(cells=failed, processes=(gone,)))
    assert message[0] == "failed: base on gsm8k (model): not loaded"
    assert message[5:] == [
        "... and 4 more",
        "lost: portion-0007 on node3 (process 5), silent for 1:01:40",
        "go on with: pte run 'pte=[few_shot]'",
    ]
    alive = ProcessState("portion-0001", "running", updated=time.time())
    assert troubles(run(processes=(gone, alive))) == [message[6]]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.123, "0.12"),
        (7.0, "7"),
        (950.4, "950"),
        (9999, "9,999"),
        (12_345, "12.3k"),
        (1.26e6, "1.26M"),
        (2e9, "2G"),
    ],
)
def test_short_numbers(value: float, text: str) -> None:
    assert short(value) == text


def test_clock() -> None:
    assert (clock(59.9), clock(61), clock(3723)) == ("0:59", "1:01", "1:02:03")


def test_cost_over_the_base_stands_net_and_gross() -> None:
    votes = replace(CELL, stack="few_shot+votes", x_base_net=18.7, x_base_gross=285.0)
    base = replace(CELL, x_base_net=1.0, x_base_gross=1.0)
    lines = drawn(run_view(run(cells=(base, votes)), bars=False), width=200)
    header = next(line for line in lines if line.startswith("model"))
    assert header.endswith("x base (net)  x base (gross)")
    row = next(line for line in lines if "few_shot+votes" in line)
    assert row.split()[-2:] == ["18.7", "285"]
    assert "which the definition's 100x is judged by" in lines[-1]


def test_a_run_planned_before_costs_were_put_down_shows_none() -> None:
    assert not any("x base" in line for line in drawn(run_view(run()), width=200))
