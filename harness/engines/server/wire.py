"""Requests as `/v1/completions` takes them: token ids go in; `answers` reads what comes out."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

import msgspec

from harness.engines.protocol import CompletionRequest, LogLikelihoodRequest, Sampling
from harness.errors import EngineError

PATH = "/v1/completions"
MOST_STOPS = 4
"""Stop strings that servers take, OpenAI's and vLLM's alike; `answers` cuts at the others."""


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


def completion_body(model: str, request: CompletionRequest, dialect: Dialect) -> bytes:
    """The request for a completion."""
    body = _body(model, request.ids, request.sampling, dialect) | {
        "max_tokens": request.max_tokens,
        "stop": list(request.stop[:MOST_STOPS]),
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
