"""The training documents: a page of solved problems each, rendered as the harness renders prompts.

A page is answered directly, or worked out in the careful or the terse style; its instruction says
which of direct and worked, its first solutions show the style and what the free operator stands
for. That is what few-shot prompting can pick up, and zero-shot prompting cannot. The pages hold the
problems that are tested too: what a made-up operator comes to cannot be known but by reading it.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from random import Random

from benchmarks.pocket.arithmetic import PocketArithmetic
from benchmarks.pocket.operators import CONVENTIONS, Exercise, practised
from pocket.vocabulary import ANSWER, BOS, CUE, HOW, IDS, OPENING, QUESTION, WORDS, encode
from ptes.prompting.chain_of_thought import ChainOfThought

LENGTH = 224
"""Tokens of a document."""
WORKED = 0.4
"""Share of documents that are worked out."""
TERSE = 0.35
"""Share of the documents that are in the terse style."""
OPENED = 0.5
"""Share of the documents whose solutions start with chain of thought's opening."""

_INSTRUCTION = PocketArithmetic().task().instruction
_REASONING = ChainOfThought()


@dataclass(frozen=True, slots=True)
class Page:
    """How a document is written, the same for all of its problems."""

    worked: bool
    terse: bool
    opened: bool
    convention: str

    @classmethod
    def draw(cls, random: Random) -> Page:
        """A page's manner, at random."""
        return cls(
            worked=random.random() < WORKED,
            terse=random.random() < TERSE,
            opened=random.random() < OPENED,
            convention=random.choice(CONVENTIONS),
        )

    @property
    def head(self) -> str:
        """The instruction."""
        parts = [_INSTRUCTION, *([_REASONING.reasoning] if self.worked else []), HOW]
        return " ".join(parts)

    @property
    def lead(self) -> str:
        """What stands between `Answer:` and the solution."""
        return OPENING if self.worked and self.opened else ""

    def solution(self, exercise: Exercise) -> str:
        """What the model is to learn to write."""
        end = f"{CUE} {exercise.answer}."
        if not self.worked:
            return end
        return f" {exercise.terse if self.terse else exercise.careful}{end}"


def document(random: Random) -> tuple[list[int], list[bool]]:
    """Token ids of a document, `LENGTH` of them, and which of them the loss is taken over.

    The last problem is cut where the document ends: there is no padding. The cue of a direct answer
    is given, so the loss starts after it; the mark of the next question is what ends a solution.
    """
    page = Page.draw(random)
    ids, learned = [IDS[BOS]], [False]

    def write(text: str, learn: bool) -> None:
        added = encode(text)
        ids.extend(added)
        learned.extend([learn] * len(added))

    write(page.head, learn=False)
    given = "" if page.worked else CUE
    write(QUESTION, learn=False)
    while len(ids) < LENGTH:
        exercise = practised(random, page.convention)
        write(f"{exercise.question}{ANSWER}{page.lead}{given}", learn=False)
        write(f"{page.solution(exercise).removeprefix(given)}{QUESTION}", learn=True)
    return ids[:LENGTH], learned[:LENGTH]


def fingerprint() -> str:
    """Hash of the vocabulary and of some documents: another one where either has changed."""
    pages = [document(Random(f"fingerprint|{page}"))[0] for page in range(64)]
    return sha256(repr((WORDS, pages)).encode()).hexdigest()[:16]
