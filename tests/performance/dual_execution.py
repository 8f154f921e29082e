"""CodeT at the paper's scale, by replay: 100 programs and 500 assertions a problem, all distinct.

Run on a tenth of HumanEval and scaled up; `python -m tests.performance.dual_execution 164` runs all
of it. Nothing is shared between programs or assertions here, which is the worst case: what a model
writes repeats itself, and repeated programs are run once. The hidden tests of all candidates are
run as well. No program is endless: one costs its limits, about 4 s of CPU time, as ever.
"""

from __future__ import annotations

import ast
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.human_eval import HumanEval
from harness.contracts.benchmark import Benchmark
from harness.contracts.program import function_of
from harness.engines.replay import ReplayConfig
from ptes.scaffolding.codet import CodeT
from tests.performance.figure import figure
from tests.program_toys import program_runner

ALL, SLICE = 164, 16
PROGRAMS, SAMPLES, EACH = 100, 100, 5


def recorded(benchmark: Benchmark, references: dict[str, str], folder: Path) -> ReplayConfig:
    """A file with programs (right, wrong and broken) and tests for every problem."""
    file = folder / "recorded.jsonl"
    with file.open("w") as out:
        for item in benchmark.load().items:
            problem, function = item.problem, function_of(item.problem)
            body = references[problem.id]
            program = f"{function.header}\n{body}"
            test = json.loads(item.target)["test"]
            calls = list(_calls(program, test, function.entry_point))
            # Some hidden tests draw their inputs at random and have no call to copy.
            calls = calls or [(f"{function.entry_point}(1)", "None")]
            for role, texts in (
                ("solve", [_program(body, n) for n in range(PROGRAMS)]),
                ("test", [_sample(calls, function.entry_point, n) for n in range(SAMPLES)]),
            ):
                for draw, text in enumerate(texts):
                    line = {"problem": problem.id, "role": role, "draw": draw, "text": text}
                    out.write(json.dumps(line) + "\n")
    return ReplayConfig(str(file))


def _program(body: str, number: int) -> str:
    """No two alike: half are right, the others return or raise early."""
    mark = f"\n    _ = {number}"
    wrong = {1: "return None", 3: "raise ValueError(_)"}.get(number % 4)
    return f"{mark}\n    {wrong}\n" if wrong else f"{mark}\n{body}"


def _calls(program: str, test: str, name: str) -> Iterator[tuple[str, str]]:
    """Calls of the hidden tests, as somebody might have guessed them, with their values."""
    space: dict[str, Any] = {}
    exec(program, space)  # the data set's own reference solution
    for node in ast.walk(ast.parse(test)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "candidate":
            arguments = ast.unparse(node).removeprefix("candidate")
            if not any(isinstance(each, ast.Name) for part in node.args for each in ast.walk(part)):
                call = f"{name}{arguments}"
                yield call, repr(eval(call, space))


def _sample(calls: list[tuple[str, str]], name: str, number: int) -> str:
    """Five assertions of which one is right."""
    made = []
    for place in range(number * EACH, (number + 1) * EACH):
        call, value = calls[place % len(calls)]
        given = value if place % EACH == 0 else f"({value}, 'not this')"
        made.append(f"assert ({call}, {place}) == ({given}, {place})")
    # The prompt ends in `assert name`, which the sample goes on from.
    return f" is {name}\n" + "\n".join(made)


def measure(problems: int, folder: Path) -> bool:
    """Run CodeT over so many problems, grading included, and scale to all of them."""
    benchmark = HumanEval(limit=problems)
    rows = benchmark.table().rows
    references = {row.text("task_id"): str(row.get("canonical_solution")) for row in rows}
    engine = recorded(benchmark, references, folder)
    runner = program_runner(
        folder, [[CodeT(PROGRAMS, SAMPLES)]], engine, benchmark, greedy_base=False
    )
    start = time.perf_counter()
    asyncio.run(runner.run())
    seconds = time.perf_counter() - start
    frame = runner.records.frame()
    assert list(frame["status"]) == ["answered"] * problems, set(frame["error"])
    assert frame["score"].mean() > 0.9, list(frame["problem"][frame["score"] < 1])
    programs = PROGRAMS * problems
    asserts = programs * SAMPLES * EACH
    met = [
        figure("dual_execution_programs", programs / seconds, "programs/s", ">= 27"),
        figure("dual_execution_asserts", asserts / seconds, "asserts/s", ">= 1.3e4"),
        figure("dual_execution_at_scale", seconds / 60 * ALL / problems, "minutes", "<= 10"),
    ]
    return all(met)


def main() -> bool:
    """Print every figure; whether all bars are met."""
    problems = int(sys.argv[1]) if len(sys.argv) > 1 else SLICE
    with tempfile.TemporaryDirectory() as folder:
        return measure(problems, Path(folder))


if __name__ == "__main__":
    raise SystemExit(not main())
