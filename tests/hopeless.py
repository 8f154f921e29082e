"""Answers whose reading or grading raises, hangs or crashes, and a benchmark that reads them."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import Any

from harness.contracts.benchmark import Grade, Task
from harness.cpu_time import within
from harness.engines.protocol import CompletionRequest
from tests.toys import ToyBenchmark, first_digit

HANG, RAISE, FLOOD, CRASH, DIE = "hang", "raise", "flood", "crash", "die"


def done(word: str) -> None:
    """Do what the word says."""
    if HANG in word:
        9 ** (9**9)  # one operation that never comes back to Python
    if RAISE in word:
        raise ValueError("exceeds the limit")
    if FLOOD in word:
        bytearray(1 << 45)
    if CRASH in word:
        os.abort()
    if DIE in word:
        os.kill(os.getpid(), 9)


def extract(text: str) -> str | None:
    """The first digit, or the words that are not to be read."""
    if "extract:" in text:
        done(text)
    return text.strip() if ":" in text else first_digit(text)


def canonical(answer: str) -> str:
    """The answer, if it is a number."""
    if "canonical:" in answer:
        done(answer)
    return answer


def hangs(request: CompletionRequest, prompt: str) -> str:
    """A model whose every answer hangs."""
    return " canonical:hang."


def loop() -> None:
    """Hang in Python itself."""
    while True:
        pass


@dataclass(frozen=True)
class Hopeless(ToyBenchmark):
    """The toy with answers such as `canonical:hang`; beside the loop or on the spot."""

    size: int = 1
    slow: bool = True

    def task(self) -> Task:
        task = replace(super().task(), extract=extract, canonical=canonical)
        return replace(task, slow=self.slow, answer_tokens=64)

    def grade(self, target: Any, answer: str | None, scores: tuple[Any, ...] = ()) -> Grade:
        if answer is not None and "grade:" in answer:
            done(answer)
        if answer == "grade-in-python":
            within(60.0, loop)
        return super().grade(target, answer, scores)
