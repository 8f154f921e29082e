"""What can be asked of tracking, and what is refused before any model is loaded."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.tracking import WandbConfig
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.tracking.upload_log import only_one
from tests.refusals import refusal
from tests.tracking.conftest import TOY, Pte

WANDB = ["tracking=wandb"]


def refused(pte: Pte, *words: str, verb: str = "run") -> str:
    printed = pte(verb, *words)
    assert printed.code == 2
    assert printed.out == ""
    assert printed.err.startswith("pte: ")
    assert "Traceback" not in printed.err
    return str(printed.err)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"mode": "live"}, "give online, offline or disabled"),
        ({"wait": 0}, "seconds"),
        ({"interval": "soon"}, "seconds"),
        ({"attempts": -1}, "whole number"),
        ({"live": True}, "whole number"),
        ({"project": None}, "give text that is not blank"),
    ],
)
def test_settings_of_the_wrong_kind(changes: dict[str, Any], said: str) -> None:
    assert said in refusal(WandbConfig, **changes)


def test_a_wrong_setting_is_told_before_anything_starts(pte: Pte) -> None:
    assert "tracking.mode is 'live'" in refused(pte, *TOY, *WANDB, "tracking.mode=live")
    assert "nonsense" in refused(pte, *TOY, *WANDB, "tracking.nonsense=1")
    assert not Path("runs").exists()


def test_a_missing_package_is_named_with_what_brings_it(
    pte: Pte, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    error = refused(pte, *TOY, *WANDB, "tracking.mode=offline")
    assert "pip install -e '.[wandb]'" in error
    assert not Path("runs").exists()


def test_online_needs_a_key(pte: Pte, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    error = refused(pte, *TOY, *WANDB)
    for part in ("WANDB_API_KEY", "tracking.mode=offline"):
        assert part in error
    assert not Path("runs").exists()
    keys = tmp_path / "keys"
    keys.write_text("machine api.wandb.ai login user password 0123456789\n")
    keys.chmod(0o600)
    monkeypatch.setenv("NETRC", str(keys))
    WandbConfig().check()


def test_disabled_needs_nothing_and_tells_nobody(pte: Pte, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    assert pte("run", *TOY, *WANDB, "tracking.mode=disabled", "name=toy").code == 0
    assert not Path("runs/toy/tracking").exists()


def test_tracking_decides_nothing_of_a_run() -> None:
    """The same command with and without it is the same run."""
    plain = run_folder(composed(["model=pythia_70m"]))
    assert run_folder(composed(["model=pythia_70m", *WANDB, "tracking.project=x"])) == plain


class TestTrack:
    def test_an_unknown_setting_is_named(self, pte: Pte) -> None:
        assert pte("run", *TOY, "name=toy").code == 0
        error = refused(pte, "runs/toy", "tracking.nonsense=1", verb="track")
        assert "tracking.nonsense" in error
        assert "interval" in error

    def test_a_folder_without_runs(self, pte: Pte) -> None:
        assert "no run in" in refused(pte, "tracking.mode=offline", verb="track")

    def test_a_run_whose_mirror_is_at_work(self, pte: Pte) -> None:
        assert pte("run", *TOY, "name=toy").code == 0
        with only_one(Path("runs/toy/tracking")) as held:
            assert held
            error = refused(pte, "runs/toy", "tracking.mode=offline", verb="track")
        assert "just now" in error

    def test_a_run_keeps_the_settings_that_it_was_started_with(self, pte: Pte) -> None:
        settings = ["tracking.mode=disabled", "tracking.project=mine"]
        assert pte("run", *TOY, *WANDB, *settings, "name=toy").code == 0
        assert "tracking.mode is disabled" in refused(pte, "runs/toy", verb="track")
        assert "project: mine" in Path("runs/toy/config.yaml").read_text()
        assert json.loads(Path("runs/toy/plan.json").read_text())["cells"]
