"""Recorded completions from a file: no model at all.

One JSON object a line: `{"problem": id, "role": role, "draw": n, "text": text}` and optionally
`address, step, stack, prompt_sha, sampling, finish_reason, tokens, logprob`. A line without
`address` is draw n of the selection slot; optional fields that are there must match the request.
Whatever is ambiguous or missing is an error that names it. `tokens` and `logprob` are not used:
with no model the ledger counts bytes, on both sides of every ratio, and the records say so.
"""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import msgspec

from harness.contracts.address import Address
from harness.contracts.pte import Capabilities
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    Identity,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Sampling,
)
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import EngineError, UserError
from harness.models.spec import ModelSpec
from harness.ranges import Parallel, Text
from harness.stored import data_of, shaped

REQUIRED = {"problem": str, "role": str, "draw": int, "text": str}


class _Optional(msgspec.Struct):
    """What a line may hold beyond `REQUIRED`."""

    address: str = ""
    step: int = 0
    stack: str | None = None
    prompt_sha: str | None = None
    sampling: dict[str, float] | None = None
    finish_reason: str = "stop"


@dataclass(frozen=True)
class RecordedCompletion:
    """One recorded completion; None where the file leaves a field open."""

    number: int
    text: str
    address: str
    step: int
    stack: str | None
    prompt_sha: str | None
    sampling: Mapping[str, Any] | None
    finish: str


@dataclass(frozen=True)
class ReplayConfig:
    """Settings of the replay engine."""

    file: Text
    name: str = field(default="replay", init=False)
    max_concurrency: Parallel = 1024

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=False, adapters=False, weights=False, one_model=True)

    @cached_property
    def lines(self) -> Mapping[tuple[str, str], list[RecordedCompletion]]:
        """Recorded lines by problem and role.

        Raises:
            UserError: the file is absent, not JSON, or a line lacks a field; names the line.
        """
        return _read(Path(self.file))

    def identity(self, weights: str, adapter: str) -> Identity:
        digest = sha256(_bytes(Path(self.file))).hexdigest()
        return Identity(
            weights="none",
            adapter="",
            dtype="none",
            quantisation="none",
            engine=self.name,
            version=digest,
        )

    def settings(self) -> Mapping[str, Any]:
        return {"file": Path(self.file).name}

    def check(self, models: Sequence[ModelSpec], window: int) -> str | None:
        return None if self.lines else f"{self.file} holds no recorded completion"

    def check_stacks(self, stacks: tuple[frozenset[str], ...]) -> str | None:
        bare = [line for lines in self.lines.values() for line in lines if not _bound(line)]
        if len(set(stacks)) > 1 and bare:
            return (
                f"line {bare[0].number} of {self.file} does not say which stack it belongs to, and "
                f"this sweep shows {len(set(stacks))} different prompts: add `stack` or "
                "`prompt_sha` to every line, or sweep over selection PTEs alone"
            )
        return None

    async def load(self, request: LoadRequest) -> ReplayEngine:
        return ReplayEngine(self.file, self.lines)


class ReplayEngine:
    """Serves recorded lines."""

    def __init__(
        self, file: str, lines: Mapping[tuple[str, str], list[RecordedCompletion]]
    ) -> None:
        self._file = file
        self._lines = lines
        self.tokenizer = ByteTokenizer()

    async def complete(self, request: CompletionRequest) -> Completion:
        tag = request.tag
        results = [
            line for line in self._lines.get((tag.problem, tag.role), ()) if _fits(line, request)
        ]
        asked = (
            f"problem {tag.problem!r}, role {tag.role!r}, address {str(tag.address) or 'draw 0'!r},"
            f" step {tag.step}, stack {tag.stack!r}, prompt_sha {prompt_sha(request.ids)}"
        )
        if not results:
            raise EngineError(f"{self._file} has no recorded completion for {asked}")
        if len(results) > 1:
            numbers = ", ".join(str(line.number) for line in results)
            raise EngineError(f"{self._file}: lines {numbers} all answer to {asked}")
        line = results[0]
        ids = self.tokenizer.encode(line.text)
        return Completion(line.text, ids, line.finish)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        raise EngineError("a replay file holds no log-likelihoods of options")

    async def swap(self, request: LoadRequest) -> bool:
        return False  # a file holds what one model said

    async def close(self) -> None:
        """Do nothing: the replay engine holds nothing to free."""


def prompt_sha(ids: array[int]) -> str:
    """The hash by which a line names the prompt it answers: of the rendered token ids."""
    return blake2b(ids.tobytes(), digest_size=16).hexdigest()


def _bound(line: RecordedCompletion) -> bool:
    return line.stack is not None or line.prompt_sha is not None


def _fits(line: RecordedCompletion, request: CompletionRequest) -> bool:
    tag, sampling = request.tag, request.sampling
    return (
        line.address == str(tag.address)
        and line.step == tag.step
        and line.stack in (None, tag.stack)
        and line.prompt_sha in (None, prompt_sha(request.ids))
        and all(getattr(sampling, k, v) == v for k, v in (line.sampling or {}).items())
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"replay file {path} cannot be read ({error.strerror})") from error


def _read(path: Path) -> dict[tuple[str, str], list[RecordedCompletion]]:
    lines: dict[tuple[str, str], list[RecordedCompletion]] = defaultdict(list)
    for number, raw in enumerate(_bytes(path).splitlines(), start=1):
        if raw.strip():
            problem, role, line = _parse(path, number, raw)
            lines[problem, role].append(line)
    return dict(lines)


def _parse(path: Path, number: int, raw: bytes) -> tuple[str, str, RecordedCompletion]:
    try:
        row = data_of(raw)
        if not isinstance(row, dict):
            raise ValueError("it is no JSON object")
        shaped(row, _Optional)
        address = Address.parse(row.get("address", ""))
    except ValueError as error:
        raise UserError(f"{path}, line {number}: {error}") from error
    unknown = set(row.get("sampling") or {}) - {each.name for each in fields(Sampling)}
    if unknown:
        raise UserError(f"{path}, line {number}: no such sampling parameter: {sorted(unknown)[0]}")
    for key, kind in REQUIRED.items():
        if not isinstance(row.get(key), kind):
            raise UserError(f"{path}, line {number}: field '{key}' must be {kind.__name__}")
    if "address" not in row:
        if row["draw"] < 0:
            raise UserError(f"{path}, line {number}: field 'draw' must not be negative")
        address = address.at("selection", row["draw"])
    return (
        row["problem"],
        row["role"],
        RecordedCompletion(
            number=number,
            text=row["text"],
            address=str(address),
            step=row.get("step", 0),
            stack=row.get("stack"),
            prompt_sha=row.get("prompt_sha"),
            sampling=row.get("sampling"),
            finish=row.get("finish_reason", "stop"),
        ),
    )
