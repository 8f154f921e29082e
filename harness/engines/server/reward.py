"""Reward models behind vLLM's servers: `/classify` for whole solutions, `/pooling` for steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import msgspec

from harness.contracts.address import Address
from harness.engines.judging import JudgingEngine
from harness.engines.protocol import (
    Reward,
    RewardRequest,
    Tag,
)
from harness.engines.reward_rows import OUTCOME, STEPS, read_rows
from harness.engines.server.answers import MEND
from harness.engines.server.errors import WrongAnswerError
from harness.engines.server.fleet import Fleet
from harness.engines.tokenizer import Tokenizer
from harness.errors import EngineError

PATHS = {OUTCOME: "/classify", STEPS: "/pooling"}
Rows = list[list[float]]


class _Judged(msgspec.Struct):
    probs: list[float] | None = None
    """Of `/classify`: a number a label, without activation as it is asked for."""
    data: Rows | None = None
    """Of `/pooling`: those of each token."""


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None


class _Answer(msgspec.Struct):
    data: list[_Judged]
    usage: _Usage | None = None


_decoder = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True)
class RewardDialect:
    """How one reward model's servers are asked and understood."""

    model: str
    """The name that it is served under."""
    task: str
    """vLLM's name of what is asked."""

    @property
    def path(self) -> str:
        return PATHS[self.task]

    def body(self, request: RewardRequest) -> bytes:
        """The request as the server takes it."""
        asked = {"model": self.model, "input": request.ids.tolist(), "use_activation": False}
        if self.task == STEPS:
            asked["task"] = STEPS
        return msgspec.json.encode(asked)

    def read(self, raw: bytes, request: RewardRequest) -> Reward:
        """The rewards in an answer.

        Raises:
            WrongAnswerError: the answer is none to this request.
        """
        try:
            answer = _decoder.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise WrongAnswerError(f"the server's answer is no reward: {error}") from error
        counted = answer.usage.prompt_tokens if answer.usage else None
        if len(answer.data) != 1 or counted not in (None, 0, len(request.ids)):
            raise WrongAnswerError(
                f"the server judged {len(answer.data)} texts of {counted} tokens, and one of "
                f"{len(request.ids)} was sent: {MEND}"
            )
        whole, judged = self.task == OUTCOME, answer.data[0]
        rows: Sequence[Sequence[float]] | None = judged.data
        if whole:
            rows = None if judged.probs is None else [judged.probs]
        try:
            return Reward(read_rows([list(row) for row in rows or ()], request, whole))
        except EngineError as error:
            raise WrongAnswerError(f"{error}: {MEND}") from error

    def probe(self, tokenizer: Tokenizer) -> RewardRequest:
        """A request of a token or two, asked of a server before anything else is."""
        ids = tokenizer.encode(".")
        last = ids[:0]
        last.append(len(ids) - 1)
        return RewardRequest(ids, last, Tag("probe", "probe", Address(), 0, ""))


class ServerRewardEngine(JudgingEngine):
    """Servers of one reward model."""

    def __init__(self, fleet: Fleet, dialect: RewardDialect, tokenizer: Tokenizer) -> None:
        self._fleet, self._dialect = fleet, dialect
        self.tokenizer = tokenizer

    async def reward(self, request: RewardRequest) -> Reward:
        read = partial(self._dialect.read, request=request)
        # An answer about steps has numbers for every token, and is as long as one of so many more.
        return await self._fleet.ask(
            request.ids, len(request.ids), self._dialect.body(request), read
        )

    async def close(self) -> None:
        await self._fleet.close()
