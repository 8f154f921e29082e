"""Components of a user's own, right and wrong, as configurations in `test_own_components` name
them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from benchmarks.multiple_choice import MultipleChoice
from harness.contracts.benchmark import Benchmark, Dataset, Grade, Task
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot

PROMPT = frozenset({Slot.PROMPT})


@dataclass(frozen=True)
class Shout(PTE):
    marks: int = 1
    loud: bool = False
    how: Literal["soft", "hard"] = "soft"
    share: Annotated[float, Field(ge=0, le=1)] = 0.5

    name: ClassVar[str] = "shout"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = PROMPT

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        return replace(prompt, question=prompt.question + "!" * self.marks)


@dataclass(frozen=True)
class WithoutSlots(PTE):
    name: ClassVar[str] = "without_slots"
    category: ClassVar[str] = "prompting"


class NoDataclass(PTE):
    marks: int = 1

    name: ClassVar[str] = "no_dataclass"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = PROMPT


@dataclass(frozen=True)
class Failing(Shout):
    def __post_init__(self) -> None:
        raise ValueError("out of luck")


@dataclass(frozen=True, kw_only=True)
class WithoutExemplars(MultipleChoice):
    name: str = field(default="without_exemplars", init=False)
    task_type: str = field(default="qa", init=False)

    file: ClassVar[str] = "own/test.jsonl"
    instruction: ClassVar[str] = "Answer."
    last: ClassVar[str] = "D"
    lengths: ClassVar[tuple[int, int]] = (30, 60)

    def record(self, index: int, row: Any) -> None:
        return None


@dataclass(frozen=True, kw_only=True)
class WithoutFile(MultipleChoice):
    name: str = field(default="without_file", init=False)
    task_type: str = field(default="qa", init=False)

    def record(self, index: int, row: Any) -> None:
        return None


@dataclass(frozen=True)
class WithoutMethods(Benchmark):
    limit: int | None = None


@dataclass(frozen=True)
class Nameless(Benchmark):
    limit: int | None = None

    def task(self) -> Task:
        return 3  # type: ignore[return-value]

    def load(self) -> Dataset:
        raise KeyError("answer")

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        return Grade(0.0)


@dataclass(frozen=True)
class WithoutTask(Nameless):
    name: str = "without_task"
    task_type: str = "qa"


@dataclass(frozen=True)
class NoEngine:
    name: str = "own"


def three() -> int:
    return 3
