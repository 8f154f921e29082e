"""What is sent to a server, and what is made of its answers."""

from __future__ import annotations

import asyncio
from math import inf
from typing import Any

import pytest

from harness.engines.protocol import GREEDY, Completion, LoadRequest, Sampling
from harness.engines.server.config import ServerConfig
from harness.errors import EngineError
from harness.models.spec import ModelSpec
from tests.engines.server.conftest import Serve, completion, scoring
from tests.fake_server import FakeServer, Fault, logprob


def ask(server: FakeServer, model: ModelSpec, *requests: Any, **settings: Any) -> list[Any]:
    """What the engine answers to each request, or raises."""

    async def work() -> list[Any]:
        config = ServerConfig(urls=(server.url,), **settings)
        engine = await config.load(LoadRequest(model, (), 1000))
        try:
            return [
                await (engine.score(r) if hasattr(r, "continuation") else engine.complete(r))
                for r in requests
            ]
        finally:
            await engine.close()

    return asyncio.run(work())


def test_all_that_decides_a_draw_is_said(serve: Serve, model: ModelSpec, name: str) -> None:
    server = serve(script=lambda body: " 4, said raw.STOP")
    asked = completion(sampling=Sampling(0.7, 0.9, 5), stop=("STOP",), seed=11, max_tokens=40)
    [answer] = ask(server, model, asked)
    assert answer.text == " 4, said raw.STOP"
    assert answer == Completion(answer.text, answer.ids, "stop", 3)
    assert bytes(answer.ids.tolist()).decode() == answer.text
    [body] = server.asked
    assert body["prompt"] == list(b"1 + 1 =")
    expected = {
        "model": name,
        "max_tokens": 40,
        "temperature": 0.7,
        "top_p": 0.9,
        "top_k": 5,
        "min_p": 0.0,
        "repetition_penalty": 1.0,
        "presence_penalty": 0.0,
        "frequency_penalty": 0.0,
        "stop": ["STOP"],
        "seed": 11,
        "include_stop_str_in_output": True,
        "return_token_ids": True,
    }
    assert {key: body[key] for key in expected} == expected
    assert set(body) == set(expected) | {"prompt"}


def test_seeds_are_for_sampled_requests_of_servers_that_take_them(
    serve: Serve, model: ModelSpec
) -> None:
    server = serve()
    ask(server, model, completion(sampling=GREEDY))
    ask(server, model, completion(), seeds=False)
    assert ["seed" in body for body in server.asked] == [False, False]


def test_a_log_likelihood_is_of_the_continuation_alone(serve: Serve, model: ModelSpec) -> None:
    server = serve()
    asked = scoring("The answer is", " four")
    ids = (asked.ids + asked.continuation).tolist()
    expected = sum(logprob(ids, place) for place in range(len(asked.ids), len(ids)))
    for scores in ("prompt_logprobs", "echo"):
        [score] = ask(server, model, asked, scores=scores)
        assert score.logprob == pytest.approx(expected)
        assert score.cached == 3
    assert not ServerConfig(urls=(server.url,), scores="none").capabilities.score


def test_what_cannot_be_said_in_json_is_minus_infinity(serve: Serve, model: ModelSpec) -> None:
    row = [None, {"98": {"logprob": -9999.0}}]
    [score] = ask(serve(mode=Fault(change={"prompt_logprobs": row})), model, scoring("a", "b"))
    assert score.logprob == -inf


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        ({"token_ids": None}, completion(), "no token ids"),
        ({"finish_reason": "length"}, completion(), "stopped at 3 tokens of 16"),
        ({"prompt_logprobs": None}, scoring("a", "b"), "0 prompt_logprobs for 2 tokens"),
        ({"prompt_logprobs": [None, {}]}, scoring("a", "b"), "no log-probability"),
        ({"prompt_logprobs": [None, {"97": {"logprob": -1.0}}]}, scoring("a", "b"), "no log-prob"),
        ({"token_ids": "many"}, completion(), "is no completion"),
    ],
)
def test_an_answer_that_lacks_something_is_an_error(
    serve: Serve, model: ModelSpec, change: dict[str, Any], asked: Any, message: str
) -> None:
    server = serve()
    server.faults.append(Fault(change=change))
    with pytest.raises(EngineError, match=message):
        ask(server, model, asked)
    assert len(server.asked) == 1


def test_a_server_that_is_not_vllm_is_asked_in_plain_openai(serve: Serve, model: ModelSpec) -> None:
    server = serve(owner="somebody", version=None)
    settings = {"version": "other-1", "token_ids": "encoded", "scores": "echo"}
    asked = completion(stop=("x",), seed=3)
    [answer, score] = ask(server, model, asked, scoring("a", "b"), **settings)
    assert bytes(answer.ids.tolist()).decode() == answer.text
    assert score.logprob < 0
    plain = {"model", "prompt", "max_tokens", "temperature", "top_p", "stop", "seed"}
    assert set(server.asked[0]) == plain
    with pytest.raises(EngineError, match="top_k"):
        ask(server, model, completion(sampling=Sampling(top_k=5)), **settings)


@pytest.mark.parametrize("settings", [{}, {"token_ids": "encoded"}])
@pytest.mark.parametrize(
    ("text", "kept", "finish"),
    [
        (" 4, five six", " 4, five", "stop"),
        (" 4, three five", " 4, three", "stop"),
        (" 4, and no more", " 4, and no more", "length"),
        ("five", "five", "stop"),
        (" 4, \N{HIRAGANA LETTER A} six", " 4, \N{HIRAGANA LETTER A}", "stop"),
    ],
)
def test_more_stop_strings_than_servers_take_are_cut_at_here(
    serve: Serve, model: ModelSpec, settings: dict[str, Any], text: str, kept: str, finish: str
) -> None:
    server = serve(script=lambda body: text)
    stops = ("one", "two", "zero", "none", "five", "three", "\N{HIRAGANA LETTER A}")
    asked = completion(stop=stops, max_tokens=len(text.encode()))
    [answer] = ask(server, model, asked, **settings)
    assert (answer.text, answer.finish) == (kept, finish)
    assert bytes(answer.ids.tolist()).decode() == kept
    assert server.asked[-1]["stop"] == list(stops[:4])
