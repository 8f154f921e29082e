"""`pte settings`, and what the help of other verbs says of settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.main import main
from harness.settings.listing import choices, listed

CONF = Path(__file__).resolve().parents[1] / "conf"


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["settings", *words]) == 0
    return capsys.readouterr().out


def test_a_components_settings_have_value_range_and_comment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = printed(capsys, "pte.self_consistency", "engine.vllm", "hardware.a100")
    assert "pte.self_consistency.n: 5\n    a whole number from 2 to 1e9\n    Votes.\n" in text
    assert "engine.gpu_memory_fraction: 0.9\n    a number above 0 and up to 1\n" in text
    assert "hardware.utilisation: 0.3\n" in text


def test_the_top_level_and_the_groups(capsys: pytest.CaptureFixture[str]) -> None:
    text = printed(capsys)
    assert "replicates: 1\n    a whole number from 1 to 10000\n    How often everything" in text
    assert "sampling.solve.top_p: 1.0\n    a number above 0 and up to 1\n" in text
    assert "sandbox.tier: null\n    namespaces, landlock or unsafe, or null\n" in text
    assert "sweep: factorial list one pairs singles" in text


def test_everything_that_ships_can_be_listed() -> None:
    names = [
        f"{group}.{name}"
        for group, files in choices(()).items()
        for name in files
        if group not in ("ladder", "corpus") and name != "none"
    ]
    assert len(names) > 100
    assert {name for name in names if not listed(name)} == {
        "pte.ask",
        "pte.calculator",
        "pte.plain",
        "pte.python",
    }


def test_an_own_components_settings(capsys: pytest.CaptureFixture[str]) -> None:
    for places in ([f"hydra.searchpath=[file://{CONF}]"], ["--conf", str(CONF)]):
        text = printed(capsys, "benchmark.toy", *places)
        assert "benchmark.toy.size: 12\n    a whole number\n" in text


def test_a_name_that_there_is_not(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings", "pte.self_consistancy"]) == 2
    assert "did you mean pte.self_consistency?" in capsys.readouterr().err
    assert main(["settings", "pte.mine"]) == 2
    said = capsys.readouterr().err
    assert "pte.mine: there is no such pte" in said
    assert "--conf FOLDER for those of your own" in said


def test_the_help_of_plan_says_what_settings_may_be(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["plan", "--help"])
    text = capsys.readouterr().out
    assert "limit: null   (a whole number from 1 to 1e9, or null)" in text
    assert "pte settings GROUP.NAME" in text


@pytest.mark.parametrize("port", ["0", "65536", "-1", "http"])
def test_a_port_that_is_none(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["serve", f"--port={port}"])
    assert caught.value.code == 2
    assert "is no port" in capsys.readouterr().err
