"""What an engine is asked and what it answers; an engine knows nothing of PTEs or benchmarks."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from harness.contracts.address import Address
from harness.contracts.pte import Capabilities
from harness.contracts.sampling import GREEDY as GREEDY
from harness.contracts.sampling import Sampling as Sampling
from harness.engines.chat_template import DATE
from harness.engines.tokenizer import Tokenizer
from harness.identity import described_as, key_text
from harness.models.spec import Adapter, ModelSpec

FAKE = "fake"
"""Name of the engine without a model, also in records: what it says is never a result."""
NO_REWARDS = "it is asked for rewards, and no reward model is loaded"
NOT_MEASURED = f"engine={FAKE} holds no model: nothing here is measured"
"""What is said wherever its numbers are shown."""


@dataclass(frozen=True, slots=True)
class Tag:
    """What a request is for. Served to replay files and error messages; never part of a key."""

    problem: str
    role: str
    address: Address
    step: int
    """How many requests this attempt had made before, at the same address."""
    stack: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CompletionRequest:
    """One completion of token ids."""

    ids: array[int]
    sampling: Sampling
    max_tokens: int
    stop: tuple[str, ...]
    tag: Tag
    seed: int
    """Derived from the draw's key, for engines that can seed a single request."""
    adapter: Adapter | None = None


@dataclass(frozen=True, slots=True)
class LogLikelihoodRequest:
    """Log-likelihood of `continuation` right after `ids`."""

    ids: array[int]
    continuation: array[int]
    tag: Tag
    adapter: Adapter | None = None


@dataclass(frozen=True, slots=True)
class Completion:
    """What an engine generated, raw: stop strings are still in the text."""

    text: str
    ids: array[int]
    finish: str
    """Why generation ended: `stop` or `length`."""
    cached: int = 0
    """Prompt tokens that the engine's prefix cache served; measured, never part of a record."""


@dataclass(frozen=True, slots=True)
class LogLikelihood:
    """Summed natural log-probability of a continuation."""

    logprob: float
    cached: int = 0


@dataclass(frozen=True, slots=True)
class RewardRequest:
    """What a reward model says of a written solution."""

    ids: array[int]
    """The question with the whole solution."""
    at: array[int]
    """Places in `ids` at which it is judged, in order: the steps' tags, or the last token."""
    tag: Tag


@dataclass(frozen=True, slots=True)
class Reward:
    """A reward model's numbers."""

    values: tuple[float, ...]
    """One for each place that was asked about: log-odds of right, or a reward on a scale of its
    own."""
    cached: int = 0


@described_as("speaker")
@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """All that determines what a model says besides prompt, sampling and draw (law 1)."""

    weights: str
    """Hub id and commit, or the content hash of a folder."""
    adapter: str
    """Content hash of the adapter, empty without one."""
    dtype: str
    quantisation: str
    engine: str
    version: str

    @property
    def text(self) -> str:
        """As the keys of the journal hold it."""
        names = ("weights", "adapter", "dtype", "quantisation", "engine", "version")
        return "\n".join(getattr(self, name) for name in names) + key_text.later_fields(self, names)


@dataclass(frozen=True, slots=True)
class LoadRequest:
    """What an engine must be able to serve once loaded."""

    model: ModelSpec
    """The model to load; its `weights` are a local folder and its `revision` is resolved."""
    adapters: tuple[Adapter, ...]
    context_window: int
    """The sweep's common window, in tokens."""
    identity: str = ""
    """What keys and records call the weights; empty where an engine is used by itself."""
    date: str = DATE
    """What the chat template takes for today."""
    thinking: bool | None = None
    """What the chat template is told of thinking; None tells it nothing."""


class Engine(Protocol):
    """A loaded model."""

    @property
    def tokenizer(self) -> Tokenizer: ...

    async def complete(self, request: CompletionRequest) -> Completion:
        """Raises EngineError when this request got no answer."""
        ...

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        """Raises EngineError when this request got no answer."""
        ...

    async def reward(self, request: RewardRequest) -> Reward:
        """Raises EngineError when this request got no answer, or no reward model is loaded."""
        ...

    async def swap(self, request: LoadRequest) -> bool:
        """Answer from other weights from now on, if they fit the loaded engine's place.

        False where they do not: then this engine is of no use for them, and must be closed.
        """
        ...

    async def close(self) -> None:
        """Free the accelerator; idempotent."""
        ...


class EngineConfig(Protocol):
    """An engine's settings. Everything but `load` works without loading anything."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def max_concurrency(self) -> int:
        """How many requests keep it full; the run holds a few times as many in flight."""
        ...

    def identity(self, weights: str, adapter: str) -> Identity:
        """The identity of what it would serve from these weights."""
        ...

    def settings(self) -> Mapping[str, Any]:
        """Settings that may change numbers at the margin (batch size, flags), for the records."""
        ...

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        """Why it cannot serve the models of a sweep with this window, in tokens, or None.

        A package is absent, a model too large, a server another model's.
        """
        ...

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        """Why the engine cannot serve these sets of non-selection PTEs in one sweep, or None."""
        ...

    async def load(self, request: LoadRequest) -> Engine: ...
