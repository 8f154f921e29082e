"""An engine without weights: it says what the script says, and counts how often it is asked."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from hashlib import blake2b

from harness.contracts.rehearsal import RehearsalRequest
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
    Tag,
)
from harness.engines.together import NextTokenRequest
from harness.rehearsal.lengths import Lengths
from harness.rehearsal.script import Script
from harness.rehearsal.tokens import RoughTokenizer

_GOOD = frozenset(("yes", "true", "right", "correct", "pass", "good", "y", "1"))
_BAD = frozenset(("no", "false", "wrong", "incorrect", "fail", "bad", "n", "0"))
NUMBERS = 9_000
"""How many different things are said; all their numbers take four digits."""
_SURE = 5.0
"""By how much a judge prefers one word to the other, in natural logarithms."""


class RehearsalTooLargeError(BaseException):
    """A rehearsal has asked for more than it may. No `Exception`: a stack must not catch it."""


@dataclass
class RehearsalEngine:
    """Answers at once."""

    script: Script
    lengths: Lengths
    full: bool
    """Whether every generation runs to its token limit."""
    most: int
    """Requests that are answered at most."""
    tokenizer: RoughTokenizer
    asked: int = 0
    longest: int = 0
    """The longest prompt with the limit of its answer, in tokens."""

    async def complete(self, request: CompletionRequest) -> Completion:
        """Raises TooLargeError."""
        limit, role = request.max_tokens, request.tag.role
        self._count(len(request.ids) + limit)
        number = _number(request.tag)
        prompt = self.tokenizer.decode(request.ids)
        fails, task = self.script.fails, self.script.task
        asked = RehearsalRequest(
            role=role,
            prompt=prompt,
            max_tokens=limit,
            stop=request.stop,
            number=number,
            fails=fails,
            full=self.full,
            task=task,
        )
        tokens = limit if self.full else self.lengths.expected(role, limit)
        text = _ended(self.script.text(asked, tokens), request.stop)
        ids = self.tokenizer.encode(text)
        if len(ids) < limit:
            return Completion(text, ids, "stop")
        return Completion(self.tokenizer.decode(ids[:limit]), ids[:limit], "length")

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        """Raises TooLargeError."""
        self._count(len(request.ids) + len(request.continuation) + 1)
        word = self.tokenizer.decode(request.continuation)
        return LogLikelihood(self._logprob(word, request.ids))

    async def next_tokens(self, request: NextTokenRequest) -> tuple[LogLikelihood, ...]:
        """Raises TooLargeError."""
        self._count(len(request.ids) + 2)
        words = (self.tokenizer.decode(array("I", [token])) for token in request.tokens)
        return tuple(LogLikelihood(self._logprob(word, request.ids)) for word in words)

    async def reward(self, request: RewardRequest) -> Reward:
        """Raises TooLargeError."""
        self._count(len(request.ids))
        return Reward((-_SURE if self.script.fails else _SURE,) * len(request.at))

    def _logprob(self, word: str, ids: array[int]) -> float:
        fails = self.script.fails
        said = word.strip(" .").casefold()
        if said in _GOOD or said in _BAD:
            return 0.0 if (said in _GOOD) != fails else -_SURE
        before = self.tokenizer.decode(ids) if fails else ""
        return -float(blake2b(f"{word}|{before}".encode(), digest_size=1).digest()[0])

    async def swap(self, request: LoadRequest) -> bool:
        return False

    async def close(self) -> None:
        """Nothing to free."""

    def _count(self, needed: int) -> None:
        self.asked += 1
        if self.asked > self.most:
            raise RehearsalTooLargeError
        self.longest = max(self.longest, needed)


def _number(tag: Tag) -> int:
    """Another number for another draw, whatever the order in which they are asked for."""
    place = f"{tag.role}|{tag.address}|{tag.step}".encode()
    return int.from_bytes(blake2b(place, digest_size=4).digest(), "big") % NUMBERS


def _ended(text: str, stop: tuple[str, ...]) -> str:
    """The text up to and with the stop string that comes first, as an engine generates it."""
    ends = [(at, each) for each in stop if (at := text.find(each)) >= 0]
    if not ends:
        return text
    at, each = min(ends)
    return text[: at + len(each)]
