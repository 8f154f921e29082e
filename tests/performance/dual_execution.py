"""CodeT at the paper's scale, by replay: 100 programs and 500 assertions a problem, all distinct.

Run on a tenth of HumanEval; `python -m tests.performance.dual_execution 164` runs all of it. What
is held to a bar is the time over a bare loop's, which runs the same with nothing around it.
Nothing is shared between programs or assertions here, which is the worst case: what a model writes
repeats itself, and repeated programs are run once. The hidden tests of all candidates are run as
well. No program is endless: one costs its limits, about 4 s of CPU time, as ever.
"""

from __future__ import annotations

import ast
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks.human_eval import HumanEval
from harness.contracts.benchmark import Benchmark
from harness.contracts.program import function_of
from harness.engines.replay import ReplayConfig
from ptes.scaffolding.codet import CodeT
from tests.performance.figure import figure
from tests.performance.reference import cpu_seconds
from tests.program_toys import program_runner

SLICE = 16
PROGRAMS, SAMPLES, EACH = 100, 100, 5
BARE = 20
"""One in so many programs is run by the bare loop."""


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


def bare(file: Path, headers: Mapping[str, str]) -> float:
    """CPU seconds for some of the same programs, each with all assertions of its problem, as plain
    `exec` runs them in this process; scaled to all programs."""
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return BARE * cpu_seconds(lambda: _run(lines, headers))


def _run(lines: Sequence[Mapping[str, str]], headers: Mapping[str, str]) -> None:
    for problem, header in headers.items():
        of = [line for line in lines if line["problem"] == problem]
        samples = [line["text"] for line in of if line["role"] == "test"]
        asserts = [text for sample in samples for text in sample.splitlines()[1:]]
        programs = [line["text"] for line in of if line["role"] == "solve"]
        for body in programs[1::BARE]:
            space: dict[str, Any] = {}
            exec(f"{header}{body}", space)
            for text in asserts:
                with suppress(Exception):
                    exec(text, space)


def measure(problems: int, folder: Path) -> bool:
    """Run CodeT over so many problems, grading included."""
    benchmark = HumanEval(limit=problems)
    rows = benchmark.table().rows
    references = {row.text("task_id"): str(row.get("canonical_solution")) for row in rows}
    engine = recorded(benchmark, references, folder)
    runner = program_runner(
        folder, [[CodeT(PROGRAMS, SAMPLES)]], engine, benchmark, greedy_base=False
    )
    seconds = cpu_seconds(lambda: asyncio.run(runner.run()))
    frame = runner.records.frame()
    assert list(frame["status"]) == ["answered"] * problems, set(frame["error"])
    assert frame["score"].mean() > 0.9, list(frame["problem"][frame["score"] < 1])
    headers = {item.problem.id: function_of(item.problem).header for item in benchmark.load().items}
    plain = bare(Path(engine.file), headers)
    asserts = PROGRAMS * problems * SAMPLES * EACH
    print(
        f"  (assertions a CPU second: {asserts / seconds:.0f}; a bare loop {asserts / plain:.0f})"
    )
    return figure("dual_execution_over_bare", seconds / plain, "x", "<= 1.5")


def main() -> bool:
    """Print every figure; whether all bars are met."""
    problems = int(sys.argv[1]) if len(sys.argv) > 1 else SLICE
    with tempfile.TemporaryDirectory() as folder:
        return measure(problems, Path(folder))


if __name__ == "__main__":
    raise SystemExit(not main())
