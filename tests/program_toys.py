"""A function to write, and a model that answers from a script: programs, tests, reflections."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from benchmarks.program_reading import read_program
from benchmarks.programs import STOPS, canonical_program, extract_program, shown
from harness.contracts.benchmark import (
    AnswerKind,
    Benchmark,
    Dataset,
    DataSource,
    Grade,
    HiddenTests,
    Task,
)
from harness.contracts.problem import Exemplar, Item, Problem
from harness.contracts.program import VISIBLE
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest, EngineConfig, Sampling
from harness.engines.tokenizer import ByteTokenizer
from harness.plan.cell import Setting
from harness.run.runner import Runner
from tests.toys import toy_runner

HEADER = '''def middle(xs):
    """Return the middle one of an odd number of items in order of size.

    >>> middle([1, 2, 3])
    2
    """'''
HIDDEN = "assert candidate([3, 1, 2]) == 2\nassert candidate([9]) == 9\n"
RIGHT = "\n    return sorted(xs)[len(xs) // 2]\n"
ALSO_RIGHT = "\n    ordered = sorted(xs)\n    return ordered[len(ordered) // 2]\n"
UNSORTED = "\n    return xs[len(xs) // 2]\n"
"""Passes the example of the statement, and no list that is out of order."""
LARGEST = "\n    return max(xs)\n"
BROKEN = "\n    return xs[\n"


@dataclass(frozen=True)
class ToyPrograms(Benchmark):
    """One function, several times."""

    limit: int | None = None
    size: int = 1
    header: str = HEADER
    hidden: str = HIDDEN

    name: ClassVar[str] = "toy_programs"  # type: ignore[misc]
    task_type: ClassVar[str] = "coding"  # type: ignore[misc]

    def task(self) -> Task:
        body = {"answer": "    return 2 * x", "rationale": "Twice a number is the number times 2."}
        return Task(
            name=self.name,
            instruction="Complete the Python function.",
            answer_format="a Python function",
            extract=extract_program,
            canonical=canonical_program,
            extract_program=read_program,
            kind=AnswerKind.PROGRAM,
            cue="",
            reasoning_tokens=200,
            answer_tokens=300,
            stops=STOPS,
            exemplars=(Exemplar("def twice(x):", body),),
            question_tokens=60,
        )

    def load(self) -> Dataset:
        function = shown(self.header, "middle")
        items = tuple(
            Item(Problem(f"p{n}", self.header, visible={VISIBLE: function}), self.hidden)
            for n in range(self.size)
        )
        return Dataset(items[: self.limit], DataSource("toy", "", "0" * 64, self.size))

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        raise AssertionError("programs are graded by running them")

    def tests(self, target: Any) -> HiddenTests:
        return HiddenTests(target, "middle")


Said = str | Callable[[CompletionRequest, str], str]


def scripted(**roles: Sequence[str] | Said) -> FakeConfig:
    """An engine that answers by role: a list by the draw's selection index, or a function."""

    def script(request: CompletionRequest, prompt: str) -> str:
        said = roles[request.tag.role]
        if callable(said):
            return said(request, prompt)
        return said if isinstance(said, str) else said[request.tag.address["selection"]]

    return FakeConfig(script)


def prompts_of(engine: FakeConfig) -> dict[str, list[str]]:
    """What the engine was shown, by role, in the order in which it was asked."""
    prompts: dict[str, list[str]] = {}
    for request in engine.asked:
        prompts.setdefault(request.tag.role, []).append(ByteTokenizer().decode(request.ids))
    return prompts


ROLES = ("solve", "judge", "value", "test", "reflect", "decompose", "implement")


def program_runner(
    folder: Path,
    stacks: Sequence[Sequence[PTE]],
    engine: EngineConfig,
    benchmark: Benchmark | None = None,
    **changes: Any,
) -> Runner:
    """What runs stacks on the toy function."""
    setting = Setting("fake", dict.fromkeys(ROLES, Sampling()), 100_000, 0)
    toy = benchmark or ToyPrograms()
    settings = {"setting": setting, "budget": None} | changes
    return toy_runner(folder, stacks, engine, toy, **settings)


def program_rows(
    folder: Path,
    stacks: Sequence[Sequence[PTE]],
    engine: EngineConfig,
    benchmark: Benchmark | None = None,
    **changes: Any,
) -> list[dict[Any, Any]]:
    """The records of a run over the toy function."""
    runner = program_runner(folder, stacks, engine, benchmark, **changes)
    asyncio.run(runner.run())
    frame = runner.records.frame()
    assert not frame["cell_error"].notna().any(), frame["cell_error"]
    return [dict(row) for row in frame.to_dict("records")]
