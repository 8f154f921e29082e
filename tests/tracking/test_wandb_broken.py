"""Whatever W&B does, a run neither waits for it nor fails, and its records are the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import create_server

import pandas as pd
import psutil
import pytest

from harness.records.store import read_runs
from tests.tracking.conftest import KEY, TOY, TWO, Pte, free_port, needs_wandb

TRACKED = ["tracking=wandb", "tracking.wait=4", "tracking.interval=0.2", "name=tracked"]
RUN = Path("runs/tracked")


@pytest.fixture
def stalled() -> Iterator[int]:
    """The port of a server that takes connections and never answers."""
    with create_server(("127.0.0.1", 0), backlog=64) as listening:
        yield listening.getsockname()[1]


def undisturbed(pte: Pte) -> pd.DataFrame:
    """Records of the same run without tracking, drawn anew."""
    assert pte("run", *TOY, *TWO, "runs=others", "name=plain").code == 0
    return read_runs([Path("others/plain")])


def never_mattered(pte: Pte, *overrides: str) -> str:
    """Run, tracked; returns the one line that is said of W&B."""
    printed = pte("run", *TOY, *TWO, *TRACKED, *overrides)
    assert printed.code == 0
    assert "self_consistency" in printed.out  # the results
    line: str
    [line] = [line for line in printed.err.splitlines() if "W&B was not told" in line]
    assert "'pte track runs/tracked' tells W&B the rest" in line
    before = printed.err.partition("Records: ")[0]
    assert "W&B" not in before  # all was done before anybody waited
    ours = read_runs([RUN])
    pd.testing.assert_frame_equal(ours, undisturbed(pte))
    assert KEY not in printed.out + printed.err
    assert not [p for p in RUN.rglob("*") if p.is_file() and KEY.encode() in p.read_bytes()]
    return line


def no_mirror_is_left() -> bool:
    """Whether nothing that this process started for W&B lives on."""
    for _ in range(100):
        mine = [p.info["cmdline"] or [] for p in psutil.process_iter(["cmdline"])]
        here = str(Path.cwd())
        if not [c for c in mine if "harness.tracking.process" in c and here in " ".join(c)]:
            return True
        time.sleep(0.1)
    return False


def test_a_server_that_refuses(pte: Pte, monkeypatch: pytest.MonkeyPatch) -> None:
    needs_wandb()
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{free_port()}")
    never_mattered(pte)
    assert no_mirror_is_left()


def test_a_server_that_never_answers(
    pte: Pte, stalled: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    needs_wandb()
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    monkeypatch.setenv("WANDB_BASE_URL", f"http://127.0.0.1:{stalled}")
    never_mattered(pte)
    assert no_mirror_is_left()


def test_a_folder_that_takes_no_files(pte: Pte, tmp_path: Path) -> None:
    needs_wandb()
    (tmp_path / "file").write_text("")
    line = never_mattered(pte, "tracking.mode=offline", "tracking.dir=file/below")
    assert "mirror.log" in line
    assert "NotADirectoryError" in (RUN / "tracking" / "mirror.log").read_text()


def test_a_mirror_that_is_killed(pte: Pte) -> None:
    needs_wandb()

    def kill() -> None:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            for child in psutil.Process().children():
                with suppress(psutil.Error):  # other children come and go
                    if any("harness.tracking.process" in word for word in child.cmdline()):
                        child.kill()
                        return
            time.sleep(0.01)

    killer = threading.Thread(target=kill)
    killer.start()
    line = never_mattered(pte, "tracking.mode=offline")
    killer.join()
    assert "code -9" in line
