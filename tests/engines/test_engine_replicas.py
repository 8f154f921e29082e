"""Several copies of a model on one machine: GPUs shared out, processes kept alive, one engine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from harness.engines.devices import VARIABLE, shared_out, visible_gpus
from harness.engines.protocol import LoadRequest
from harness.engines.vllm import config as vllm_config
from harness.engines.vllm import replicas, replicated
from harness.engines.vllm.config import VllmConfig
from harness.engines.vllm.replicas import Copies, served_options
from harness.engines.vllm.replicated import ReplicatedEngine, cores_of
from harness.errors import EngineError, UserError
from harness.models.resolve import pin
from harness.models.spec import ModelSpec
from tests.engines.conftest import needs
from tests.engines.server.conftest import completion
from tests.fake_server import byte_checkpoint
from tests.toys import toy_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("named", "gpus"),
    [
        ("0,1,2", ("0", "1", "2")),
        (" 3 , 1 ", ("3", "1")),
        ("", ()),
        ("-1", ()),
        ("0,-1,2", ("0",)),
        ("0,,2", ("0",)),
        ("1,1", ("1",)),
        ("none", ()),
        ("NoDevFiles", ()),
        ("GPU-8932f937,GPU-1ab2", ("GPU-8932f937", "GPU-1ab2")),
        ("MIG-3b9e2c,MIG-GPU-8932/1/0", ("MIG-3b9e2c", "MIG-GPU-8932/1/0")),
    ],
)
def test_gpus_are_those_that_cuda_sees(
    monkeypatch: pytest.MonkeyPatch, named: str, gpus: tuple[str, ...]
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    assert visible_gpus() == gpus


def test_neighbours_share_a_copy() -> None:
    assert shared_out("01234567", 1) == tuple((each,) for each in "01234567")
    assert shared_out("0123456", 2) == (("0", "1"), ("2", "3"), ("4", "5"))
    assert shared_out("01", 4) == ()


@pytest.mark.parametrize(
    ("named", "settings", "copies"),
    [
        ("0,1,2,3,4,5,6,7", {}, 8),
        ("0,1,2,3,4,5,6,7", {"tensor_parallel_size": 2}, 4),
        ("0,1,2,3,4,5,6,7", {"tensor_parallel_size": 8}, 1),
        ("0,1,2,3,4,5,6,7", {"replicas": 3}, 3),
        ("0", {}, 1),
        ("", {}, 1),
        ("", {"replicas": 3}, 3),
        ("GPU-a,GPU-b", {}, 2),
    ],
)
def test_every_gpu_has_a_copy(
    monkeypatch: pytest.MonkeyPatch, named: str, settings: dict[str, Any], copies: int
) -> None:
    monkeypatch.setenv(VARIABLE, named)
    config = VllmConfig(**settings)
    assert config.max_concurrency == copies * config.max_num_seqs
    assert config.settings()["replicas"] == copies
    assert config.identity("w", "") == VllmConfig(replicas=1).identity("w", "")


def test_more_copies_than_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vllm_config, "require", lambda *_: None)
    monkeypatch.setenv(VARIABLE, "0,1,2,3,4,5")
    said = VllmConfig(replicas=4, tensor_parallel_size=2).check([], 64)
    assert said is not None
    assert "sees 6 GPUs: give 3, or auto" in said
    assert VllmConfig(replicas=3, tensor_parallel_size=2).check([], 64) is None


def test_a_server_is_told_what_vllm_in_this_process_is() -> None:
    told = served_options("name", {"model": "/m", "dtype": "bfloat16", "quantization": None})
    assert told[:2] == ["--served-model-name", "name"]
    assert told[-4:] == ["--model", "/m", "--dtype", "bfloat16"]
    flags = served_options("n", {"enforce_eager": True, "trust_remote_code": False})
    assert "--enforce-eager" in flags
    assert "--trust-remote-code" not in flags


def test_cores_are_shared_out() -> None:
    every = sorted(os.sched_getaffinity(0))
    shares = [each.split(",") for each in cores_of(2)]
    assert len(shares) == 2
    if len(every) > 1:
        assert sorted(int(core) for share in shares for core in share) == every


def test_what_a_copy_leaves_behind_is_ended_also_where_it_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "left"

    def ends_at_once(*_: Any) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["sh", "-c", f"sleep 300 & echo $! >> {left}; exit 1"], start_new_session=True
        )

    monkeypatch.setattr(Copies, "_launched", ends_at_once)
    monkeypatch.setattr(replicas, "POLL_SECONDS", 0.05)
    copies = Copies([], [()])

    async def watched() -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(copies.watch(), 0.5 + 0.5 * replicas.RESTARTS)

    try:
        asyncio.run(watched())
        assert copies._copies[0].restarts > replicas.RESTARTS
        assert not any(lives(int(pid)) for pid in left.read_text().split())
    finally:
        copies.stop()


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A model that servers of a stand-in for vLLM serve."""
    needs("transformers")
    said = tmp_path / "said"
    said.mkdir()
    monkeypatch.setenv("FAKE_VLLM_SAYS", str(said))
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'tests' / 'fake_vllm'}:{ROOT}")
    monkeypatch.setattr(replicated, "device", lambda: "cuda")
    return toy_model(byte_checkpoint(tmp_path / "model"))


async def loaded(model: ModelSpec, groups: Any) -> ReplicatedEngine:
    config = VllmConfig(max_num_seqs=4)
    arguments = {"model": model.weights, "max_model_len": 1000, "dtype": "bfloat16"}
    request = LoadRequest(model, (), 1000, pin(model))
    return await replicated.replicated(config, request, arguments, groups)


def test_requests_go_to_all_copies_and_one_that_dies_returns(
    model: ModelSpec, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        engine = await loaded(model, (("0",), ("GPU-b",)))
        copies = engine._copies._copies
        try:
            first = await asyncio.gather(
                *(engine.complete(completion(f"{n}", seed=n)) for n in range(40))
            )
            copies[0].process.send_signal(signal.SIGKILL)
            again = await asyncio.gather(
                *(engine.complete(completion(f"{n}", seed=n)) for n in range(40))
            )
            assert again == first  # whoever answers
            for _ in range(300):
                if copies[0].restarts and copies[0].process.poll() is None:
                    break
                await asyncio.sleep(0.1)
            assert copies[0].restarts == 1
            await engine._copies.ready()
        finally:
            await engine.close()
        assert all(copy.process.poll() is not None for copy in copies)

    asyncio.run(work())
    lines = [each.message for each in caplog.records if "started again" in each.message]
    assert lines == ["replica 0 ended (-9): it is started again"]
    said = [path.read_text() for path in (tmp_path / "said").glob("*.json")]
    assert any('"gpus": "GPU-b"' in each for each in said)


def test_what_a_server_started_ends_with_it(
    model: ModelSpec, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that ends while it loads leaves its engine behind, which holds the memory."""
    monkeypatch.setenv("FAKE_VLLM_ENGINE", "1")

    def engines() -> list[int]:
        return [int(path.name[7:]) for path in (tmp_path / "said").glob("engine-*")]

    async def work() -> None:
        engine = await loaded(model, (("0",), ("1",)))
        copies = engine._copies._copies
        try:
            before = engines()
            assert len(before) == 2
            assert all(map(lives, before))
            copies[0].process.send_signal(signal.SIGKILL)
            while len(engines()) < 3:
                await asyncio.sleep(0.1)
            while sum(map(lives, before)) > 1:  # that of the server which died goes, too
                await asyncio.sleep(0.1)
        finally:
            await engine.close()

    asyncio.run(work())
    end = time.monotonic() + 10
    while any(map(lives, engines())):  # told to end, it takes a moment
        assert time.monotonic() < end
        time.sleep(0.05)


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended may wait for init to ask."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_a_copy_that_does_not_start_says_why(
    model: ModelSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FAKE_VLLM_SAYS")
    monkeypatch.setattr("harness.engines.vllm.replicas.MODULE", "no.such.module")
    with pytest.raises(UserError, match=r"replica [01] of 2 did not start[\s\S]*No module named"):
        asyncio.run(loaded(model, (("0",), ("1",))))


def test_servers_end_with_their_engine_whatever_happens(model: ModelSpec) -> None:
    async def work() -> Copies:
        engine = await loaded(model, (("0",), ("1",)))
        try:
            with pytest.raises(EngineError):
                await engine.complete(completion(adapter=object()))
        finally:
            await engine.close()
            await engine.close()
        return engine._copies

    copies = asyncio.run(work())
    assert all(copy.process.poll() is not None for copy in copies._copies)
