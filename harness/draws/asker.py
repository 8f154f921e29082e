"""The one door to the engines: the journal first, then who is already asking, then the engine."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from math import isfinite, isnan
from typing import Any, Protocol

from harness.contracts.address import Address
from harness.draws.judgements import Openings, log_sum
from harness.draws.role_model import RoleModel
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LogLikelihoodRequest,
    RewardRequest,
    Tag,
)
from harness.engines.together import score_all
from harness.errors import EngineError
from harness.identity import key_text

JournalRecord = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawResult:
    """The record under a key, and whether it was asked for now or was there."""

    record: JournalRecord
    fresh: bool
    """Whether this very call asked an engine for it."""
    cached: int = 0
    """Prompt tokens served by the engine's own cache, where it was asked."""
    prompt: int = 0
    """Prompt tokens that went to the engine for a judgement, which may take several requests."""


@dataclass(frozen=True, slots=True)
class JudgementRequest:
    """Whether the reply begins with yes or with no, right after `ids`."""

    ids: array[int]
    openings: Openings
    tag: Tag


class DrawStore(Protocol):
    """What is needed of a journal (`harness.journal.Journal`)."""

    def get(self, key: bytes) -> Any: ...

    def digest(self, key: bytes) -> str | None: ...

    async def append(self, key: bytes, record: JournalRecord) -> None: ...

    def close(self) -> None: ...


class Asker:
    """Serves draws by key; never asks twice for the same one."""

    def __init__(self, journal: DrawStore) -> None:
        self.journal = journal
        self._asking: dict[bytes, asyncio.Future[JournalRecord]] = {}
        self._shown: set[str] = set()

    async def complete(
        self, role_model: RoleModel, key: bytes, request: CompletionRequest, prompt: str, shown: str
    ) -> DrawResult:
        """A completion; `prompt` is the hash under which `shown`, its text, is kept."""

        async def ask() -> tuple[JournalRecord, int]:
            answer = await role_model.engine.complete(request)
            return _completion_record(request, answer, prompt), answer.cached

        return await self._draw(key, prompt, shown, ask)

    async def score(
        self,
        role_model: RoleModel,
        key: bytes,
        request: LogLikelihoodRequest,
        prompt: str,
        shown: str,
    ) -> DrawResult:
        """Log-likelihood of one continuation, from the journal or from the engine."""

        async def ask() -> tuple[JournalRecord, int]:
            answer = await role_model.engine.score(request)
            if isnan(answer.logprob):
                raise EngineError("the engine's log-likelihood is not a number")
            record = _record("score", request.tag, prompt)
            record |= {"logprob": answer.logprob, "tokens": len(request.continuation)}
            return record, answer.cached

        return await self._draw(key, prompt, shown, ask)

    async def judge(
        self,
        role_model: RoleModel,
        key: bytes,
        request: JudgementRequest,
        prompt: str,
        shown: str,
    ) -> DrawResult:
        """Log-likelihoods of the ways in which the reply can begin to say yes or no."""
        taken = 0

        async def ask() -> tuple[JournalRecord, int]:
            nonlocal taken
            openings = request.openings
            scored = await score_all(
                role_model.engine, request.ids, openings.all, request.tag, role_model.adapter
            )
            if any(isnan(each) for each in scored.logprobs):
                raise EngineError("the engine's log-likelihood is not a number")
            taken = scored.prompt
            yes, no = scored.logprobs[: len(openings.yes)], scored.logprobs[len(openings.yes) :]
            record = _record("judge", request.tag, prompt)
            record |= {"yes": log_sum(yes), "no": log_sum(no)}
            return record, scored.cached

        drawn = await self._draw(key, prompt, shown, ask)
        return replace(drawn, prompt=taken)

    async def reward(
        self, role_model: RoleModel, key: bytes, request: RewardRequest, prompt: str, shown: str
    ) -> DrawResult:
        """A reward model's numbers, from the journal or from the engine."""

        async def ask() -> tuple[JournalRecord, int]:
            answer = await role_model.engine.reward(request)
            if len(answer.values) != len(request.at):
                raise EngineError(
                    f"the engine gave {len(answer.values)} rewards for {len(request.at)} places"
                )
            if not all(map(isfinite, answer.values)):
                raise EngineError("the engine's reward is not a finite number")
            record = _record("reward", request.tag, prompt)
            record |= {"values": list(answer.values), "tokens": len(request.ids)}
            return record, answer.cached

        return await self._draw(key, prompt, shown, ask)

    async def effect(self, key: bytes, make: Callable[[], Awaitable[Any]]) -> Any:
        """The journalled outcome of something outside the models."""

        async def ask() -> tuple[JournalRecord, int]:
            return {"kind": "effect", "outcome": await make()}, 0

        return (await self._draw(key, "", "", ask)).record["outcome"]

    async def _draw(
        self,
        key: bytes,
        prompt: str,
        shown: str,
        ask: Callable[[], Awaitable[tuple[JournalRecord, int]]],
    ) -> DrawResult:
        record = self.journal.get(key)
        if record is not None:
            return DrawResult(record, fresh=False)
        waiting = self._asking.get(key)
        if waiting is not None:
            return DrawResult(await asyncio.shield(waiting), fresh=False)
        future: asyncio.Future[JournalRecord] = asyncio.get_running_loop().create_future()
        self._asking[key] = future
        try:
            record, cached = await ask()
            # Durable before anything is built on it: the caller goes on after the fsync.
            if prompt and prompt not in self._shown:
                self._shown.add(prompt)  # the first draw of a prompt keeps its text for people
                text = {"kind": "prompt", "text": shown}
                await asyncio.gather(
                    self.journal.append(bytes.fromhex(prompt), text),
                    self.journal.append(key, record),
                )
            else:
                await self.journal.append(key, record)
        except BaseException as error:
            future.set_exception(error)
            future.exception()  # seen: nobody else may be waiting for it
            raise
        else:
            future.set_result(record)
            return DrawResult(record, fresh=True, cached=cached)
        finally:
            del self._asking[key]


def completion_key(
    role_model: RoleModel, ids: array[int], max_tokens: int, stop: tuple[str, ...], address: Address
) -> bytes:
    """Key of a completion: everything that determines it (law 1); greedy draws have no address."""
    digest = blake2b(role_model.material, digest_size=16, person=b"complete")
    where = "" if role_model.sampling.greedy else str(address)
    digest.update(f"{max_tokens}|{key_text.tuple_text(stop)}|{where}|".encode())
    digest.update(ids.tobytes())
    return digest.digest()


def score_key(role_model: RoleModel, ids: array[int], continuation: array[int]) -> bytes:
    """Key of a log-likelihood; it has no address."""
    digest = blake2b(role_model.scoring, digest_size=16, person=b"score")
    digest.update(len(ids).to_bytes(4, "little"))
    digest.update((ids + continuation).tobytes())
    return digest.digest()


def judgement_key(role_model: RoleModel, ids: array[int], openings: Openings) -> bytes:
    """Key of a judgement; as of any log-likelihood, it has no address."""
    digest = blake2b(role_model.scoring, digest_size=16, person=b"judge")
    for each in (ids, *openings.yes, array("I"), *openings.no):
        digest.update(len(each).to_bytes(4, "little"))
        digest.update(each.tobytes())
    return digest.digest()


def reward_key(role_model: RoleModel, ids: array[int], at: array[int]) -> bytes:
    """Key of a reward model's numbers; as of a log-likelihood, they have no address."""
    digest = blake2b(role_model.scoring, digest_size=16, person=b"reward")
    digest.update(f"{role_model.head.text if role_model.head else ''}|".encode())
    for each in (ids, at):
        digest.update(len(each).to_bytes(4, "little"))
        digest.update(each.tobytes())
    return digest.digest()


def execution_key(identity: str, kind: str, code: str, lines: Sequence[str]) -> bytes:
    """Key of what lines come to after a program, where `identity` stands for the sandbox."""
    what = json.dumps([identity, kind, code, list(lines)])
    return blake2b(what.encode(), digest_size=16, person=b"execute").digest()


def prompt_key(ids: array[int]) -> bytes:
    """Key under which the journal keeps the text of a rendered prompt."""
    return blake2b(ids.tobytes(), digest_size=16, person=b"prompt").digest()


def _record(kind: str, tag: Tag, prompt: str) -> JournalRecord:
    return {
        "kind": kind,
        "problem": tag.problem,
        "role": tag.role,
        "address": str(tag.address),
        "step": tag.step,
        "prompt": prompt,
    }


def _completion_record(
    request: CompletionRequest, answer: Completion, prompt: str
) -> JournalRecord:
    record = _record("complete", request.tag, prompt)
    record |= {"text": answer.text, "finish": answer.finish, "ids": answer.ids.tolist()}
    return record
