"""The GPU check's own workings, with steps that end, fail, hang and cannot be tried."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from harness.doctor.rooms import checks
from tests.performance import gpu_check
from tests.performance.gpu_check import ENGINE_CHECKS, Step, carried_out, main, steps


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


TOYS = [
    Step(
        "fine", python("print('speed      12   x   >= 3'); print('other'); print('ok    gpu')"), 1
    ),
    Step("failing", python("print('the cause'); raise SystemExit(3)"), 1),
    Step("hanging", python("print('begun', flush=True); import time; time.sleep(60)"), 0.05),
    Step("lacking", python(""), 1, ("sys", "no_such_module")),
]


def test_what_comes_of_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu_check, "steps", lambda *_: TOYS)
    assert main(["-o", str(tmp_path)]) == 1
    text = (tmp_path / "summary.md").read_text()
    assert "| fine | done |" in text
    assert "| failing | failed (exit code 3) |" in text
    assert "| hanging | no end after 0.1 min |" in text
    assert "| lacking | not tried: no_such_module is not installed |" in text
    shown = text.partition("## fine")[2].partition("## failing")[0]
    assert "speed      12   x   >= 3\nok    gpu\n" in shown
    assert "other" not in shown
    assert "the cause" in text
    assert text in capsys.readouterr().out
    assert main(["-o", str(tmp_path), "--steps", "fine,lacking"]) == 0


def test_the_time_for_all_bounds_each(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert carried_out(TOYS[2], tmp_path, left=1.0).result.startswith("no end")
    assert time.monotonic() - begun < 30
    assert carried_out(TOYS[0], tmp_path, left=0.0).result == "not tried: the time was up"


def test_the_real_steps_name_what_there_is(tmp_path: Path) -> None:
    """Their words are composed as the commands would, and the scripts and checks are there."""
    from harness.settings.composing import composed

    there = {check.name for check in checks()}
    assert {*ENGINE_CHECKS.split(",")} <= there
    for step in steps(tmp_path, ["hardware=cpu"], 3):
        words = [*step.command[3:]]
        if words and words[0] == "run":
            assert composed(words[1:]).limit == 3
        elif words[:1] == ["doctor"]:
            composed([w for w in words[1:] if "=" in w])
        else:
            module = str(step.command[2]).rpartition(".")[2]
            assert (Path(gpu_check.__file__).parent / f"{module}.py").exists()
