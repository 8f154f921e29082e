"""Recorded programs and tests, from the command line to results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli.main import main
from tests.program_toys import ALSO_RIGHT, RIGHT, UNSORTED

CONF = Path(__file__).resolve().parents[1] / "conf"
SEARCH = f"hydra.searchpath=[file://{CONF}]"
SOLVE = [UNSORTED, UNSORTED, UNSORTED, RIGHT, ALSO_RIGHT]
TEST = ["middle([3, 1, 2]) == 2\nassert middle([5, 4, 9, 1, 2]) == 4"]

Verb = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Verb:
    """Runs a verb in a folder of its own, on recorded programs."""
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("PTE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    lines = [
        {"problem": "p0", "role": role, "draw": draw, "text": text}
        for role, texts in (("solve", SOLVE), ("test", TEST))
        for draw, text in enumerate(texts)
    ]
    Path("recorded.jsonl").write_text("\n".join(map(json.dumps, lines)))
    config = [SEARCH, "model=toy_model", "benchmark=toy_programs", "greedy_base=false"]
    config += ["engine=replay", "engine.file=recorded.jsonl", "budget=paper", "name=one"]

    def run(name: str, *overrides: str, bare: bool = False) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main((name, *([] if bare else config), *overrides))
        return code, *capfd.readouterr()

    return run


CODET = ("pte=[codet]", "pte.codet.n=5", "pte.codet.tests=1")
VOTE = "pte.self_consistency.n=5"


def test_codet_is_right_where_the_vote_is_wrong(verb: Verb) -> None:
    vote = ("sweep.ptes=[codet,self_consistency]", "sweep=singles")
    code, _, err = verb("run", *CODET[1:], VOTE, *vote)
    assert code == 0, err
    code, out, _ = verb("results", "runs/one", "--format", "json", bare=True)
    rows = {row["stack"]: row for row in json.loads(out)}
    assert [rows[stack]["score"] for stack in ("base", "self_consistency", "codet")] == [0, 0, 100]
    assert rows["codet"]["pool pass@1"] == 40.0
    assert rows["base"]["pool pass@1"] is None
    _, out, _ = verb("results", "runs/one", bare=True)
    assert "an upper bound" in " ".join(out.split())


def test_one_attempt_is_shown_with_its_program_and_verdicts(verb: Verb) -> None:
    assert verb("run", *CODET)[0] == 0
    code, out, _ = verb("show", "runs/one", "--problem", "p0", bare=True)
    assert code == 0
    assert "complete as test at draw 0" in out
    assert "of 7 lines, weight 2.83, score 1, passed" in " ".join(out.split())
    assert "\ndef middle(xs):\n" in out.rpartition("submitted")[2]
    assert "hidden tests: passed, in the sandbox tier" in out


def test_the_plan_says_what_does_not_combine(verb: Verb) -> None:
    code, out, err = verb("plan", "sweep.ptes=[codet,self_consistency]", "sweep=factorial")
    assert code == 0, err
    assert "codet already does what self_consistency does" in " ".join(f"{out}{err}".split())


def test_an_unknown_tier_is_refused_before_anything_runs(verb: Verb) -> None:
    code, _, err = verb("run", *CODET, "sandbox.tier=docker")
    assert code == 2
    assert "sandbox.tier is 'docker': give namespaces, landlock or unsafe, or null" in err
