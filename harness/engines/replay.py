"""Recorded completions from a file: no model at all.

One JSON object a line: `{"problem": id, "role": role, "draw": n, "text": text}` and optionally
`address, step, stack, prompt_sha, sampling, finish_reason, tokens, logprob, rewards`. A line
without `address` is draw n of the selection slot; optional fields that are there must match the
request. `rewards` holds a verifier's scores of the text, by role. A file of another form, a line a
problem, is read where `question` and `draws` name its fields. Whatever is ambiguous or missing is
an error that names it. `tokens` and `logprob` are not used: with no model the ledger counts bytes,
on both sides of every ratio, and the records say so.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import blake2b, sha256
from math import copysign, isinf
from pathlib import Path
from typing import Any

from harness.contracts.pte import Capabilities
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Identity,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Reward,
    RewardRequest,
    Tag,
)
from harness.engines.recordings import (
    EVERY,
    Columns,
    RecordedCompletion,
    Recording,
    Scale,
    content,
    log_odds,
    plain_words,
    read,
)
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import EngineError, UserError
from harness.models.spec import ModelSpec
from harness.ranges import CountFromZero, Parallel, Text

CHOSEN = 1.0
"""Log-odds, or those of the rest with the sign turned, of what a verifier chose whose scores were
not recorded: its order alone is known."""


@dataclass(frozen=True)
class ReplayConfig:
    """Settings of the replay engine; see `configs/engine/replay.yaml` for what each does."""

    file: Text
    name: str = field(default="replay", init=False)
    max_concurrency: Parallel = 1024
    question: Text | None = None
    draws: tuple[Text, ...] = ()
    rewards: tuple[Text, ...] = ()
    chosen: CountFromZero | None = None
    scale: Scale = "probability"

    def __post_init__(self) -> None:
        for name in ("draws", "rewards"):  # YAML has lists alone
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if bool(self.question) != bool(self.draws):
            raise UserError(
                "engine.question and engine.draws go together: the fields that hold a problem's "
                "words and what was said of it"
            )
        if not self.draws and (self.rewards or self.chosen is not None):
            raise UserError("engine.rewards and engine.chosen are of files that engine.draws reads")
        if self.rewards and self.chosen is not None:
            raise UserError("engine.rewards and engine.chosen both say what a verifier said of it")

    @property
    def capabilities(self) -> Capabilities:
        scored = Path(self.file).is_file() and self.recording.scored
        return Capabilities(
            score=False, adapters=False, weights=False, one_model=True, reward=scored
        )

    @cached_property
    def columns(self) -> Columns | None:
        """Which fields of a line a problem are what; None for a line a completion."""
        if self.question is None:
            return None
        return Columns(self.question, self.draws, self.rewards, self.chosen)

    @cached_property
    def recording(self) -> Recording:
        """The file, read.

        Raises:
            UserError: the file is absent, not JSON, or a line lacks a field; names the line.
        """
        return read(Path(self.file), self.columns)

    def identity(self, weights: str, adapter: str) -> Identity:
        digest = sha256(content(Path(self.file)))
        if self.columns is not None:  # other fields of a file are another model's words
            digest.update(f"{self.columns.text}|{self.scale}".encode())
        elif self.scale != "probability":
            digest.update(self.scale.encode())
        return Identity(
            weights="none",
            adapter="",
            dtype="none",
            quantisation="none",
            engine=self.name,
            version=digest.hexdigest(),
        )

    def settings(self) -> Mapping[str, Any]:
        return {"file": Path(self.file).name}

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        return None if self.recording.lines else f"{self.file} holds no recorded completion"

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        bare = [line for line in self.recording.every if not line.bound]
        if len(set(stacks)) > 1 and bare:
            return (
                f"line {bare[0].number} of {self.file} does not say which stack it belongs to, and "
                f"this sweep shows {len(set(stacks))} different prompts: add `stack` or "
                "`prompt_sha` to every line, or sweep over selection PTEs alone"
            )
        return None

    async def load(self, request: LoadRequest) -> ReplayEngine:
        return ReplayEngine(self.file, self.recording, self.scale)


class ReplayEngine:
    """Serves recorded lines."""

    def __init__(self, file: str, recording: Recording, scale: Scale) -> None:
        self._file = file
        self._recording = recording
        self._scale: Scale = scale
        self._problems: dict[str, str] = {}
        self.tokenizer = ByteTokenizer()

    async def complete(self, request: CompletionRequest) -> Completion:
        tag = request.tag
        asked = (
            f"problem {tag.problem!r}, role {tag.role!r}, address {str(tag.address) or 'draw 0'!r},"
            f" step {tag.step}, stack {tag.stack!r}, prompt_sha {prompt_sha(request.ids)}"
        )
        lines = self._lines(tag, tag.role, request.ids)
        line = self._only([each for each in lines if _fits(each, request)], asked)
        return Completion(line.text, self.tokenizer.encode(line.text), line.finish)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        raise EngineError("a replay file holds no log-likelihoods of options")

    async def reward(self, request: RewardRequest) -> Reward:
        """The recorded scores of what was said at the tag's address."""
        tag = request.tag
        asked = (
            f"problem {tag.problem!r}: the {tag.role}'s score of what was said at "
            f"{str(tag.address) or 'draw 0'!r}"
        )
        scored = [
            line
            for role in ("solve", tag.role)
            for line in self._lines(tag, role, request.ids)
            if line.address == str(tag.address)
            and line.stack in (None, tag.stack)
            and (tag.role in line.rewards or EVERY in line.rewards)
        ]
        line = self._only(scored, asked)
        scores = line.rewards.get(tag.role) or line.rewards[EVERY]
        if isinf(scores[0]):
            return Reward((copysign(CHOSEN, scores[0]),) * len(request.at))
        if len(scores) != len(request.at):
            raise EngineError(
                f"{self._file}, line {line.number}: it holds {len(scores)} scores, and "
                f"{len(request.at)} are asked for ({asked})"
            )
        try:
            return Reward(tuple(log_odds(score, self._scale) for score in scores))
        except ValueError as error:
            raise EngineError(f"{self._file}, line {line.number}: {error}") from error

    def _only(self, lines: list[RecordedCompletion], asked: str) -> RecordedCompletion:
        if not lines:
            raise EngineError(f"{self._file} has no recorded completion for {asked}")
        if len(lines) > 1:
            numbers = ", ".join(str(line.number) for line in lines)
            raise EngineError(f"{self._file}: lines {numbers} all answer to {asked}")
        return lines[0]

    def _lines(self, tag: Tag, role: str, ids: array[int]) -> Sequence[RecordedCompletion]:
        problem = tag.problem
        if self._recording.by_question:
            if problem not in self._problems:
                self._problems[problem] = self._found(ids)
            problem = self._problems[problem]
        return self._recording.lines.get((problem, role), ())

    def _found(self, ids: array[int]) -> str:
        """The longest of the recorded questions that a prompt holds; empty where it holds none."""
        shown = plain_words(self.tokenizer.decode(ids))
        held = [question for question, _ in self._recording.lines if question in shown]
        return max(held, key=len, default="")

    async def swap(self, request: LoadRequest) -> bool:
        return False  # a file holds what one model said

    async def close(self) -> None:
        """Do nothing: the replay engine holds nothing to free."""


def prompt_sha(ids: array[int]) -> str:
    """The hash by which a line names the prompt it answers: of the rendered token ids."""
    return blake2b(ids.tobytes(), digest_size=16).hexdigest()


def _fits(line: RecordedCompletion, request: CompletionRequest) -> bool:
    tag, sampling = request.tag, request.sampling
    return (
        line.address == str(tag.address)
        and line.step == tag.step
        and line.stack in (None, tag.stack)
        and line.prompt_sha in (None, prompt_sha(request.ids))
        and all(getattr(sampling, k, v) == v for k, v in (line.sampling or {}).items())
    )
