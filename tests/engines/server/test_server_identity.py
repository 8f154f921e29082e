"""Which servers may be asked, and what their draws are known by."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.engines.protocol import LoadRequest
from harness.engines.server.config import ServerConfig
from harness.engines.vllm.config import VllmConfig
from harness.errors import EngineError, UserError
from harness.models.resolve import pin
from harness.models.spec import Adapter, ModelSpec
from harness.settings.composing import composed
from harness.settings.experiment import load
from harness.settings.folder import run_folder
from tests.engines.server.conftest import Serve, completion
from tests.fake_server import BROKEN, FakeServer, Fault
from tests.toys import ToyBenchmark, toy_model, toy_run

SECRET = "sk-very-secret-0123"


def config(*servers: FakeServer, **settings: Any) -> ServerConfig:
    return ServerConfig(urls=tuple(server.url for server in servers), **settings)


class TestRefusals:
    """Before anything runs."""

    def test_a_server_of_the_plans_model_is_taken(self, serve: Serve, model: ModelSpec) -> None:
        assert config(serve(), serve()).check([model], 2048) is None

    @pytest.mark.parametrize("other", ["toy_model", "sha256:0123+bfloat16", "+float32"])
    def test_another_model_revision_or_dtype(
        self, serve: Serve, model: ModelSpec, name: str, other: str
    ) -> None:
        other = name.replace("+bfloat16", other) if other.startswith("+") else other
        reason = config(serve(), serve(name=other)).check([model], 2048)
        assert reason is not None
        for part in (f"serves {other}", f"asks for {name}", "pte serve"):
            assert part in reason

    def test_a_model_that_no_server_serves(
        self, serve: Serve, model: ModelSpec, tmp_path: Path
    ) -> None:
        other = toy_model(tmp_path, name="other")
        reason = config(serve()).check([model, other], 2048)
        assert reason is not None
        assert "no server serves other" in reason

    def test_a_shorter_context_than_the_window(self, serve: Serve, model: ModelSpec) -> None:
        reason = config(serve(window=1000)).check([model], 2048)
        assert reason is not None
        assert "--max-model-len 2048" in reason

    def test_a_folder_with_other_weights_under_the_right_name(
        self, serve: Serve, model: ModelSpec, tmp_path: Path
    ) -> None:
        assert config(serve(root=model.weights)).check([model], 2048) is None
        toy_model(tmp_path, name="other")
        reason = config(serve(root=str(tmp_path))).check([model], 2048)
        assert reason is not None
        assert "the content of its weights' folder" in reason

    def test_another_commit_under_the_right_name(self, serve: Serve, model: ModelSpec) -> None:
        hub = replace(model, weights="org/model", revision="a" * 40)
        name = f"org/model@{'a' * 40}+bfloat16"
        for commit, refused in (("a", False), ("b", True)):
            root = f"/cache/models--org--model/snapshots/{commit * 40}"
            reason = config(serve(name=name, root=root)).check([hub], 2048)
            assert (reason is not None) is refused

    def test_servers_of_two_versions(self, serve: Serve, model: ModelSpec) -> None:
        with pytest.raises(UserError, match=r"vllm 1\.2\.3 at .*, vllm 1\.2\.4 at"):
            config(serve(), serve(version="1.2.4")).check([model], 2048)

    def test_a_server_that_does_not_say_what_it_is(self, serve: Serve) -> None:
        server = serve(owner="somebody", version=None)
        with pytest.raises(UserError, match=r"engine\.version"):
            config(server).identity("w", "")
        result = config(server, version="sglang-0.5").identity("w", "")
        assert (result.engine, result.version) == ("server", "sglang-0.5")

    def test_no_server_at_all(self, serve: Serve) -> None:
        server = serve()
        server.die()
        with pytest.raises(UserError, match="no server answers"):
            _ = config(server).cards

    @pytest.mark.parametrize(
        "url", ["localhost:8000", "ftp://a", "http://me:secret@a:1", "http://a:1?key=secret"]
    )
    def test_an_address_that_is_none_or_holds_a_secret(self, url: str) -> None:
        with pytest.raises(UserError) as error:
            ServerConfig(urls=(url,))
        assert "secret" not in str(error.value)


def test_draws_of_a_served_vllm_are_vllms_own_wherever_it_runs(serve: Serve) -> None:
    one, other = config(serve()), config(serve(), serve(), concurrency=7)
    assert one.identity("w", "") == other.identity("w", "")
    inside = VllmConfig().identity("w", "")
    served = one.identity("w", "")
    assert (served.engine, served.dtype) == (inside.engine, inside.dtype)
    assert served.version == "1.2.3"
    encoded = config(serve(), token_ids="encoded").identity("w", "")
    assert encoded != served


def test_a_run_on_other_servers_is_the_same_run() -> None:
    def folder(*overrides: str) -> Path:
        return run_folder(composed(["engine=server", *overrides]))

    there = folder("engine.urls=[http://a:1]")
    assert folder("engine.urls=[http://b:2,http://c:3]") == there
    assert folder("engine.urls_file=places.txt") == there
    assert folder("engine.urls=[http://a:1]", "engine.dtype=float32") != there


def test_the_file_of_addresses_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "places"
    settings = ServerConfig(urls=("http://a:1/v1/",), urls_file=str(file))
    assert settings.places() == ("http://a:1",)
    file.write_text("http://a:1\nhttp://b:2/\n")
    assert settings.places() == ("http://a:1", "http://b:2")
    assert settings.max_concurrency == 2 * settings.concurrency


class TestKeys:
    """An API key is sent to the servers and written nowhere else."""

    def test_a_server_that_wants_a_key_gets_it(
        self, serve: Serve, model: ModelSpec, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("VLLM_API_KEY", raising=False)
        server = serve(key=SECRET)
        with pytest.raises(UserError, match="status 401"):
            _ = config(server).cards
        monkeypatch.setenv("MY_KEY", SECRET)
        assert config(server, key_variable="MY_KEY").check([model], 2048) is None
        monkeypatch.setenv("MY_KEY", "wrong-key-5678")
        with pytest.raises(UserError) as error:  # the server repeats what it was sent
            _ = config(server, key_variable="MY_KEY").cards
        assert "[key]" in str(error.value)
        assert "wrong-key-5678" not in str(error.value)

    def test_nothing_that_is_written_holds_it(
        self,
        serve: Serve,
        model: ModelSpec,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        caplog: pytest.LogCaptureFixture,
        capfd: pytest.CaptureFixture[str],
    ) -> None:
        monkeypatch.setenv("VLLM_API_KEY", SECRET)
        monkeypatch.setenv("PTE_TOY_WEIGHTS", model.weights)
        caplog.set_level(logging.DEBUG)
        refusing = Fault(400, message=f"Bearer {SECRET} may not ask this")
        server = serve(key=SECRET, faults=deque([refusing, BROKEN]))
        toy = [f"hydra.searchpath=[file://{Path(__file__).parents[2]}/conf]", "model=toy_model"]
        experiment = load(
            [*toy, "benchmark=toy", "engine=server", f"engine.urls=[{server.url}]", "limit=4"]
        )
        (tmp_path / "config.yaml").write_text(experiment.config)
        engine = experiment.request.engine
        runner = toy_run(tmp_path, [[]], engine, ToyBenchmark(size=4), models=[model])
        errors = runner.records.frame()["error"].dropna()
        assert len(errors) == 1
        assert "[key]" in errors.iloc[0]
        written = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
        assert len(written) > 3
        assert not any(SECRET.encode() in each for each in written)
        said = capfd.readouterr()
        for text in (caplog.text, said.out, said.err, repr(engine), str(engine.settings())):
            assert SECRET not in text
        loaded = asyncio.run(_fleet_repr(engine, model))
        assert SECRET not in loaded


async def _fleet_repr(engine: Any, model: ModelSpec) -> str:
    loaded = await engine.load(LoadRequest(model, (), 1000))
    said = repr(loaded._fleet._balancer.replicas)
    await loaded.close()
    return said


def test_a_server_that_changes_prompts_is_refused(serve: Serve, model: ModelSpec) -> None:
    server = serve(mode=Fault(change={"prompt_token_ids": [1, 49]}))

    async def work() -> None:
        await config(server).load(LoadRequest(model, (), 1000, pin(model)))

    with pytest.raises(UserError, match="changes prompts"):
        asyncio.run(work())


def test_an_adapter_is_not_asked_of_servers(serve: Serve, model: ModelSpec) -> None:
    async def work() -> None:
        engine = await config(serve()).load(LoadRequest(model, (), 1000))
        try:
            await engine.complete(completion(adapter=Adapter("a", "b")))
        finally:
            await engine.close()

    assert not config(serve()).capabilities.adapters
    with pytest.raises(EngineError, match="no adapters"):
        asyncio.run(work())
