"""One bad server beside a good one loses nothing; bad ones alone are told, and why."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.engines.protocol import Completion, LoadRequest
from harness.engines.server.config import ServerConfig
from harness.engines.server.errors import retry_after
from harness.errors import EngineError, EngineLostError, UserError
from harness.models.spec import ModelSpec
from tests.engines.server.conftest import Serve, completion, scoring
from tests.fake_server import RESET, FakeServer, Fault, Json, until
from tests.thorough import THOROUGH

MANY = 200


def usage(**counts: int) -> Fault:
    return Fault(whole=lambda answer: answer | {"usage": counts})


def cut_in_half(answer: Json) -> Json:
    [choice] = answer["choices"]
    half = choice["token_ids"][: len(choice["token_ids"]) // 2]
    return answer | {"choices": [choice | {"token_ids": half, "finish_reason": "length"}]}


BAD = {
    "garbage": Fault(raw=b"\x00\xff<html>\x1b[2J</html>"),
    "half a body": Fault(raw=b'{"choices": [{"text": "4'),
    "another object": Fault(raw=b'{"object": "error"}'),
    "a deep nest": Fault(raw=b'{"x":' + b"[" * 200_000),
    "nothing": Fault(raw=b""),
    "a number": Fault(raw=b"42"),
    "without end": Fault(endless=b'{"choices": [{"text": "aaaa'),
    "no choices": Fault(whole=lambda answer: answer | {"choices": []}),
    "two choices": Fault(whole=lambda answer: answer | {"choices": answer["choices"] * 2}),
    "another prompt": Fault(change={"prompt_token_ids": [1, 2, 3]}),
    "a prompt of more tokens": usage(prompt_tokens=9999),
    "more tokens than asked for": Fault(change={"token_ids": [52] * 17, "text": "4" * 17}),
    "more tokens, it says": usage(completion_tokens=9999),
    "beyond the vocabulary": Fault(change={"token_ids": [52, 256], "text": "4"}),
    "beyond any": Fault(change={"token_ids": [2**63], "text": "4"}),
    "a negative token": Fault(change={"token_ids": [-1], "text": "4"}),
    "no tokens": Fault(change={"token_ids": None}),
    "the text of other tokens": Fault(change={"text": "something else"}),
    "a text that is cut": Fault(change={"text": " "}),
    "cut short": Fault(whole=cut_in_half),
    "broken off": Fault(change={"finish_reason": "abort"}),
    "refused": Fault(400, message="I do not like this"),
    "too large": Fault(413),
    "moved": Fault(302),
    "not found": Fault(404),
    "forbidden": Fault(403),
    "broken": Fault(500),
    "reset": RESET,
    "busy for ever": Fault(429),
    "busy, at once": Fault(429, after="0"),
    "busy, not a number": Fault(429, after="nan"),
    "busy, negative": Fault(429, after="-1"),
    "busy till the end of time": Fault(503, after="1e300"),
}


@dataclass
class Outcome:
    answers: list[Completion]
    errors: Counter[str]


def ask(config: ServerConfig, model: ModelSpec, count: int, **changes: Any) -> Outcome:
    """What many requests at once come to."""

    async def work() -> list[Any]:
        engine = await config.load(LoadRequest(model, (), 1000))
        asked = [engine.complete(completion(f"{n} + 1 =", seed=n, **changes)) for n in range(count)]
        try:
            return await asyncio.gather(*asked, return_exceptions=True)
        finally:
            await engine.close()

    results = asyncio.run(work())
    answers = [each for each in results if isinstance(each, Completion)]
    return Outcome(answers, Counter(str(each) for each in results if isinstance(each, Exception)))


def servers(*of: FakeServer, **settings: Any) -> ServerConfig:
    usual = {"health": 2.0, "timeout": 20.0, "concurrency": 16, "patience": 2.0}
    return ServerConfig(urls=tuple(each.url for each in of), **(usual | settings))


WHEN = (0, 20)
"""Requests that a server answers well before it turns bad."""
TURNS = [
    (kind, honest)
    for number, kind in enumerate(BAD)
    for honest in (WHEN if THOROUGH else (WHEN[number % 2],))
]


class TestOneBadBesideOneGood:
    @pytest.mark.parametrize(("kind", "honest"), TURNS)
    def test_nothing_is_lost(self, serve: Serve, model: ModelSpec, kind: str, honest: int) -> None:
        # It proves itself each time, as one does that goes wrong on real requests alone.
        bad, good = serve(honest=honest, probes=True, mode=BAD[kind]), serve(seconds=0.005)
        outcome = ask(servers(bad, good), model, MANY)
        assert not outcome.errors
        assert len(outcome.answers) == MANY
        assert len(good.asked) >= MANY - honest
        assert len(bad.asked) < MANY / 2 + honest

    def test_one_that_is_bad_from_the_first_probe_is_asked_nothing(
        self, serve: Serve, model: ModelSpec
    ) -> None:
        bad, good = serve(mode=BAD["garbage"]), serve()
        assert not ask(servers(bad, good), model, MANY).errors
        assert not bad.asked

    def test_after_a_while_it_is_not_asked_at_all(
        self, serve: Serve, model: ModelSpec, caplog: pytest.LogCaptureFixture
    ) -> None:
        bad, good = serve(probes=True, mode=BAD["another prompt"]), serve(seconds=0.02)
        outcome = ask(servers(bad, good, concurrency=4), model, 4 * MANY)
        assert not outcome.errors
        assert len(bad.asked) < 12
        [said] = [each.message for each in caplog.records if each.levelno == logging.ERROR]
        assert f"server {bad.url} is not asked again: the server changes prompts" in said

    def test_one_that_is_bad_half_of_the_time_is_asked_less_and_then_not_at_all(
        self, serve: Serve, model: ModelSpec
    ) -> None:
        bad, good = serve(probes=True), serve(seconds=0.01)
        bad.faults.extend([BAD["half a body"], Fault(change={"finish_reason": "stop"})] * MANY)
        outcome = ask(servers(bad, good), model, 2 * MANY)
        assert not outcome.errors
        assert len(bad.asked) < MANY / 2

    def test_a_log_likelihood_of_another_prompt_is_asked_elsewhere(
        self, serve: Serve, model: ModelSpec
    ) -> None:
        rows = [None, {"120": {"logprob": -1.0}}, {"98": {"logprob": -1.0}}]
        above = [None, {"97": {"logprob": -1.0}}, {"98": {"logprob": 3.0}}]
        for spoilt in (rows, above, rows[:2], None):
            bad, good = serve(mode=Fault(change={"prompt_logprobs": spoilt})), serve()

            async def work(config: ServerConfig) -> list[Any]:
                engine = await config.load(LoadRequest(model, (), 1000))
                asked = [engine.score(scoring("aa", "b")) for _ in range(20)]
                try:
                    return await asyncio.gather(*asked)
                finally:
                    await engine.close()

            scores = asyncio.run(work(servers(bad, good)))
            assert len({each.logprob for each in scores}) == 1

    def test_a_request_that_all_refuse_is_at_fault_itself(
        self, serve: Serve, model: ModelSpec
    ) -> None:
        one, other = serve(), serve()
        for each in (one, other):
            each.faults.append(BAD["refused"])
        outcome = ask(servers(one, other, concurrency=1), model, 1)
        assert list(outcome.errors) == [
            "the server refused the request: status 400: I do not like this"
        ]
        assert len(one.asked) == len(other.asked) == 1


class TestOnlyBadOnes:
    @pytest.mark.parametrize("kind", ["garbage", "another prompt", "beyond the vocabulary"])
    def test_the_run_ends_and_says_what_each_did(
        self, serve: Serve, model: ModelSpec, kind: str
    ) -> None:
        one, other = (serve(probes=True, mode=BAD[kind]) for _ in range(2))

        async def work() -> None:
            engine = await servers(one, other).load(LoadRequest(model, (), 1000))
            try:
                for n in range(1000):
                    try:
                        await engine.complete(completion(seed=n))
                    except EngineError:
                        await asyncio.sleep(0.02)
            finally:
                await engine.close()

        with pytest.raises(EngineLostError, match="none of 2 servers answers as asked") as error:
            asyncio.run(work())
        for part in (one.url, other.url, "the server", "pte serve", "asks for nothing twice"):
            assert part in str(error.value)
        assert "\x1b" not in str(error.value)

    @pytest.mark.parametrize("after", ["", "0", "-5", "nan", "inf", "1e300", "0.001"])
    def test_endless_requests_for_patience_end_within_it(
        self, serve: Serve, model: ModelSpec, after: str
    ) -> None:
        busy = serve(probes=True, mode=Fault(429, after=after, message="too many"))
        began = time.monotonic()
        outcome = ask(servers(busy, patience=1.0), model, 5)
        assert time.monotonic() - began < 20  # the first engine of a process imports for seconds
        assert sum(outcome.errors.values()) == 5
        assert any("status 429: too many" in error for error in outcome.errors)
        assert len(busy.asked) < 200

    def test_a_flood_is_left_soon(self, serve: Serve, model: ModelSpec) -> None:
        server = serve(probes=True, mode=BAD["without end"])
        outcome = ask(servers(server), model, 1)
        [error] = outcome.errors
        assert "longer than" in error
        assert server.flooded < 32 * 2**20  # what is on its way when we leave is counted too


class TestCards:
    @pytest.mark.parametrize(
        "listed",
        [[], {}, {"data": None}, {"data": {}}, {"data": ["a"]}, {"data": [{}]}, {"data": []}, "x"],
        ids=str,
    )
    def test_a_list_that_is_none_leaves_a_server_out(
        self, serve: Serve, model: ModelSpec, listed: Any
    ) -> None:
        odd, good = serve(listed=listed), serve()
        with pytest.raises(UserError, match="no server answers") as error:
            servers(odd).check([model], 1000)
        assert odd.url in str(error.value)
        assert servers(odd, good).check([model], 1000) is None
        assert not ask(servers(odd, good), model, 10).errors
        assert not odd.asked

    def test_a_model_that_is_listed_twice(self, serve: Serve, model: ModelSpec, name: str) -> None:
        card = {"id": name, "owned_by": "vllm", "max_model_len": 1000}
        same = serve(listed={"data": [card, card]})
        assert servers(same).check([model], 1000) is None
        other = serve(listed={"data": [card, card | {"max_model_len": 10}]})
        with pytest.raises(UserError, match="twice, as different things"):
            servers(other).check([model], 1000)

    @pytest.mark.parametrize("window", [-1, 0, "1000", True, 1e400])
    def test_a_window_that_is_none(
        self, serve: Serve, model: ModelSpec, name: str, window: Any
    ) -> None:
        card = {"id": name, "owned_by": "vllm", "max_model_len": window}
        with pytest.raises(UserError, match="/v1/models"):
            servers(serve(listed={"data": [card]})).check([model], 1000)

    def test_names_are_shown_with_their_controls(self, serve: Serve, model: ModelSpec) -> None:
        names = ["\x1b[2Jqwen\u202e", *(f"model-{n}" for n in range(100))]
        listed = {"data": [{"id": each, "owned_by": "vllm"} for each in names]}
        reason = servers(serve(listed=listed)).check([model], 1000)
        assert reason is not None
        assert r"\x1b[2Jqwen\u202e" in reason
        assert "and 96 more" in reason

    @pytest.mark.parametrize("version", ["1.2\n3", "", "x" * 1000, "\x1b[2J"])
    def test_a_version_that_is_none(self, serve: Serve, version: str) -> None:
        with pytest.raises(UserError, match=r"engine\.version"):
            servers(serve(version=version)).identity("w", "")


class TestAddresses:
    LINES = (
        "no address at all",
        "http://",
        "http://[::1",
        "http://a:99999",
        "http://me:secret@a:1",
        "ftp://a:1",
        "http://\x1b[2J:1",
        f"http://{'a' * 300}:1",
        "http://a..b:1",
        "# http://commented:1",
    )

    def test_malformed_lines_are_left_out_and_said_once(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        file = tmp_path / "places"
        file.write_bytes(b"\xff\xfe\x00\n" + "\n".join([*self.LINES, "http://b:2/v1"]).encode())
        config = ServerConfig(urls_file=str(file))
        for _ in range(3):
            assert config.places() == ("http://b:2",)
        said = "\n".join(each.message for each in caplog.records)
        assert said.count("line 4 is left out") == 1
        assert "secret" not in said
        assert "\x1b" not in said

    @pytest.mark.parametrize("place", ["folder", "absent"])
    def test_a_file_that_is_none(self, tmp_path: Path, place: str) -> None:
        (tmp_path / "folder").mkdir()
        assert ServerConfig(urls_file=str(tmp_path / place)).places() == ()

    def test_a_malformed_line_does_not_end_the_watch(
        self, serve: Serve, model: ModelSpec, tmp_path: Path
    ) -> None:
        one, late = serve(seconds=0.05), serve()
        file = tmp_path / "places"
        file.write_text(one.url)
        config = servers(urls_file=str(file), concurrency=1)

        async def work() -> None:
            engine = await config.load(LoadRequest(model, (), 1000))
            try:
                file.write_bytes("\n".join([one.url, *self.LINES]).encode() + b"\xff\n")
                await asyncio.sleep(1.5)
                file.write_text(f"http://[bad\n{one.url}\n{late.url}\n")
                asked = [engine.complete(completion(f"{n}", seed=n)) for n in range(60)]
                await asyncio.gather(*asked)
            finally:
                await engine.close()

        asyncio.run(work())
        assert len(late.asked) > 5


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("-3", 0.0),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("Mon, 99 Foo 2001", None),
        ("Fri, 31 Dec 9999 23:59:59 -9999", None),
        ("", None),
    ],
)
def test_a_pause_is_one_that_can_be_waited_for(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_what_a_server_said_before_it_went_bad_is_kept(serve: Serve, model: ModelSpec) -> None:
    bad = serve(honest=30, probes=True, mode=BAD["beyond any"])
    outcome = ask(servers(bad, concurrency=4), model, 60)
    assert len(outcome.answers) >= 29
    assert outcome.errors
    until(lambda: len(bad.asked) >= 30)
