"""Requests and answers as `/v1/completions` has them: token ids go in, and token ids come out."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import msgspec

from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Sampling,
)
from harness.engines.server.errors import CallFailedError
from harness.engines.tokenizer import Tokenizer
from harness.errors import EngineError

PATH = "/v1/completions"
NEVER = -9999.0
"""What vLLM writes for a log-probability of minus infinity, which JSON has no number for."""
FINISHED = ("stop", "length")


@dataclass(frozen=True)
class Dialect:
    """Which of the ways to say a thing the servers understand."""

    vllm: bool
    """Whether vLLM's own parameters may be used."""
    encoded: bool
    """Whether generated ids are the text's, encoded here, as the servers do not return them."""
    scores: str
    """`prompt_logprobs` (vLLM's) or `echo` (OpenAI's)."""
    seeds: bool
    special: bool = False
    """Whether a reply's special tokens tell something (marks of thoughts), and are asked for."""


class _Chance(msgspec.Struct):
    logprob: float


class _Echo(msgspec.Struct):
    token_logprobs: list[float | None]


class _Choice(msgspec.Struct):
    text: str = ""
    finish_reason: str | None = None
    token_ids: list[int] | None = None
    prompt_token_ids: list[int] | None = None
    prompt_logprobs: list[dict[str, _Chance] | None] | None = None
    logprobs: _Echo | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens_details: _Details | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


_decoder = msgspec.json.Decoder(_Answer)


def completion_body(model: str, request: CompletionRequest, dialect: Dialect) -> bytes:
    """The request for a completion."""
    body = _body(model, request.ids, request.sampling, dialect) | {
        "max_tokens": request.max_tokens,
        "stop": list(request.stop),
    }
    if dialect.seeds and not request.sampling.greedy:
        body["seed"] = request.seed
    if dialect.vllm:
        body |= {"include_stop_str_in_output": True, "return_token_ids": not dialect.encoded}
    if dialect.special:
        body["skip_special_tokens"] = False
    return msgspec.json.encode(body)


def score_body(model: str, request: LogLikelihoodRequest, dialect: Dialect) -> bytes:
    """The request for a log-likelihood: one token is generated on the way, and dropped."""
    asked = {"prompt_logprobs": 0}
    if dialect.scores == "echo":
        asked = {"echo": True, "logprobs": 1}
    ids = request.ids + request.continuation
    return msgspec.json.encode(
        _body(model, ids, Sampling(0.0), dialect) | {"max_tokens": 1} | asked
    )


def _body(model: str, ids: array[int], sampling: Sampling, dialect: Dialect) -> dict[str, Any]:
    body: dict[str, Any] = {
        "model": model,
        "prompt": ids.tolist(),
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
    }
    if dialect.vllm:
        # Said, since what is not said comes from the checkpoint's own generation settings.
        body |= {
            "top_k": sampling.top_k or -1,
            "min_p": 0.0,
            "repetition_penalty": 1.0,
            "presence_penalty": 0.0,
            "frequency_penalty": 0.0,
        }
    elif sampling.top_k:
        raise EngineError("only vLLM's servers take top_k: set sampling.ROLE.top_k=0")
    return body


def read_completion(
    raw: bytes, request: CompletionRequest, dialect: Dialect, tokenizer: Tokenizer
) -> Completion:
    """The completion in a server's answer.

    Raises:
        CallFailedError: the server broke off on the way.
        EngineError: the answer lacks what a completion has, or is shorter than it may be.
    """
    choice, cached = _read(raw)
    if choice.finish_reason not in FINISHED:
        raise CallFailedError(f"the server ended it with finish_reason {choice.finish_reason!r}")
    if dialect.encoded:
        ids = tokenizer.encode(choice.text)
    elif choice.token_ids is None:
        raise EngineError(
            "the server returns no token ids: serve with vLLM 0.11 or newer, or set "
            "engine.token_ids=encoded"
        )
    else:
        ids = array("I", choice.token_ids)
        if choice.finish_reason == "length" and len(ids) < request.max_tokens:
            raise EngineError(
                f"the server stopped at {len(ids)} tokens of {request.max_tokens}: it has a limit "
                "of its own (vllm serve --generation-config vllm has none)"
            )
    text = tokenizer.decode(ids) if dialect.special else choice.text
    return Completion(text, ids, choice.finish_reason, cached)


def read_score(raw: bytes, request: LogLikelihoodRequest, dialect: Dialect) -> LogLikelihood:
    """The log-likelihood in a server's answer.

    Raises:
        EngineError: the answer does not have one for every token of the continuation.
    """
    choice, cached = _read(raw)
    start, ids = len(request.ids), request.ids + request.continuation
    if dialect.scores == "echo":
        each = choice.logprobs.token_logprobs if choice.logprobs else ()
        if len(each) not in (len(ids), len(ids) + 1):
            raise EngineError(
                f"the server echoed {len(each)} log-probabilities for {len(ids)} tokens"
            )
        result = each[start : len(ids)]
    else:
        result = _of_prompt(choice.prompt_logprobs or (), ids)[start:]
    if None in result:
        raise EngineError("the server gave no log-probability for a token of the continuation")
    logprobs = [-inf if value == NEVER else float(value) for value in result if value is not None]
    return LogLikelihood(sum(logprobs), cached)


def _of_prompt(rows: Sequence[Mapping[str, _Chance] | None], ids: array[int]) -> list[float | None]:
    if len(rows) != len(ids):
        raise EngineError(
            f"the server gave {len(rows)} prompt_logprobs for {len(ids)} tokens: is it vLLM? "
            "Set engine.scores=echo or engine.scores=none"
        )
    chances = [row.get(str(token)) if row else None for token, row in zip(ids, rows, strict=True)]
    return [chance.logprob if chance else None for chance in chances]


def same_prompt(raw: bytes, ids: array[int]) -> bool:
    """Whether the server took the prompt as it was sent, as far as it says."""
    seen = _read(raw)[0].prompt_token_ids
    return seen is None or array("I", seen) == ids


def _read(raw: bytes) -> tuple[_Choice, int]:
    try:
        answer = _decoder.decode(raw)
        choice = answer.choices[0]
    except (msgspec.DecodeError, IndexError) as error:
        raise EngineError(f"the server's answer is no completion: {error}") from error
    details = answer.usage.prompt_tokens_details if answer.usage else None
    return choice, (details.cached_tokens or 0) if details else 0
