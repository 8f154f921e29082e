"""Multiple choice: ARC-Challenge and TruthfulQA (MC1), by generated letter or by log-likelihood."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ClassVar, Literal

from benchmarks import own_exemplars
from benchmarks.base import TabularBenchmark
from benchmarks.fingerprint import LockedRecord
from benchmarks.letters import canonical_letter, extract_letter, lenient_letter
from benchmarks.own_exemplars import letter
from benchmarks.sources import SourceRow
from harness.contracts.benchmark import AnswerKind, Grade, Task
from harness.contracts.draw import OptionScore
from harness.contracts.problem import Problem


@dataclass(frozen=True, kw_only=True)
class MultipleChoice(TabularBenchmark):
    """One right option among several. The submitted answer is its letter in either readout."""

    readout: Literal[AnswerKind.WORDS, AnswerKind.OPTION] = AnswerKind.OPTION
    length_normalised: bool = False

    instruction: ClassVar[str]
    last: ClassVar[str]
    """The last letter that any problem has."""
    lengths: ClassVar[tuple[int, int]]
    """Mean tokens of a question alone and with its options."""

    def __post_init__(self) -> None:
        # A configuration file has the readout as plain text.
        object.__setattr__(self, "readout", AnswerKind(self.readout))

    @property
    def generated(self) -> bool:
        """Whether the model writes a letter rather than having the options scored."""
        return self.readout is AnswerKind.WORDS

    def task(self) -> Task:
        return Task(
            name=self.name,
            instruction=self.instruction,
            answer_format=(
                "the letter of the right option in parentheses"
                if self.generated
                else "a short statement"
            ),
            extract=partial(extract_letter, last=self.last),
            canonical=canonical_letter,
            lenient=partial(lenient_letter, last=self.last),
            kind=self.readout,
            length_normalised=self.length_normalised,
            reasoning_tokens=self.reasoning_tokens,
            answer_tokens=self.answer_tokens,
            exemplars=own_exemplars.choices(self.name, self.readout),
            question_tokens=self.lengths[self.generated],
        )

    def problem(self, record: LockedRecord) -> Problem:
        if self.generated:
            return Problem(record.id, own_exemplars.shown(record.question, record.options))
        return Problem(record.id, record.question, record.options)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        right = answer is not None and canonical_letter(answer) == target
        return Grade(float(right), _accuracies(target, scores) if scores else {})


@dataclass(frozen=True, kw_only=True)
class ArcChallenge(MultipleChoice):
    """Grade-school science questions that simple retrieval gets wrong."""

    name: str = field(default="arc_challenge", init=False)
    task_type: str = field(default="qa", init=False)
    length_normalised: bool = True

    file: ClassVar[str] = "arc_challenge/test.jsonl"
    instruction: ClassVar[str] = "Answer the science question."
    last: ClassVar[str] = "E"
    lengths: ClassVar[tuple[int, int]] = (33, 67)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        choices = row.get("choices")
        try:
            labels, texts = list(choices["label"]), [str(text).strip() for text in choices["text"]]
            # Some copies label 1 to 4: the letter is the position.
            target = letter(labels.index(row.get("answerKey")))
        except (KeyError, TypeError, ValueError) as error:
            raise row.error("has fields 'choices' and 'answerKey' that do not fit") from error
        return LockedRecord(row.text("id"), row.text("question"), target, tuple(texts))


@dataclass(frozen=True, kw_only=True)
class TruthfulQA(MultipleChoice):
    """Questions that invite a common falsehood: the best answer among the false ones (MC1)."""

    name: str = field(default="truthfulqa_mc", init=False)
    task_type: str = field(default="facts", init=False)

    file: ClassVar[str] = "truthfulqa/TruthfulQA.csv"
    split: ClassVar[str] = "validation"
    instruction: ClassVar[str] = "Answer the question truthfully."
    last: ClassVar[str] = "M"
    lengths: ClassVar[tuple[int, int]] = (15, 78)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        identity = self.numbered(index)
        best = row.text("Best Answer", "best_answer")
        wrong = _answers(row.get("Incorrect Answers", "incorrect_answers"))
        options = _shuffled(identity, dict.fromkeys((best, *wrong)))
        target = letter(options.index(best))
        return LockedRecord(identity, row.text("Question", "question"), target, options)


def _answers(value: str | Sequence[str]) -> list[str]:
    # The file has them in one field, apart by semicolons; the hub has a list.
    parts = value.split(";") if isinstance(value, str) else value
    return [part.strip() for part in parts if part.strip()]


def _shuffled(identity: str, options: dict[str, None]) -> tuple[str, ...]:
    # By hash, so that the order is the same in every load, shard and process.
    def place(option: str) -> str:
        return hashlib.sha256(f"{identity}\0{option}".encode()).hexdigest()

    return tuple(sorted(options, key=place))


def _accuracies(target: str, scores: tuple[OptionScore, ...]) -> dict[str, float]:
    def right(measure: Callable[[OptionScore], float]) -> float:
        values = [measure(score) for score in scores]
        return float(letter(values.index(max(values))) == target)

    return {
        "accuracy_raw": right(lambda score: score.logprob),
        "accuracy_normalised": right(lambda score: score.per_character),
    }
