"""What every engine of a reward model answers to what is asked of models that write."""

from __future__ import annotations

from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
)
from harness.errors import EngineError

NO_WORDS = "a reward model judges what is written, and writes nothing itself"


class JudgingEngine:
    """The part of an engine's protocol that reward models refuse, in one sentence."""

    async def complete(self, request: CompletionRequest) -> Completion:
        raise EngineError(NO_WORDS)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        raise EngineError(NO_WORDS)

    async def swap(self, request: LoadRequest) -> bool:
        return False  # another judge is another engine
