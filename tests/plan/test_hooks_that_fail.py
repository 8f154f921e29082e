"""An own PTE in a plan: settings of every plain kind, and bugs in one line each."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from harness.cli.main import main

HEAD = """from dataclasses import dataclass, replace
from typing import Any, ClassVar
from harness import PTE, Slot

@dataclass(frozen=True)
class Own(PTE):
    name: ClassVar[str] = "own"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})
"""
HOOK = """
    def prompt(self, prompt, task, replicate):
        return replace(prompt, instruction="Please. " + prompt.instruction)
"""


def planned(
    folder: Path, monkeypatch: pytest.MonkeyPatch, body: str, setting: str = "", top: str = ""
) -> int:
    """The exit code of a plan with a PTE of this body, written into a folder of its own."""
    module = f"own_{folder.name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(top + HEAD + body)
    (folder / "conf" / "pte").mkdir(parents=True)
    said = f"# @package pte.own\n_target_: {module}.Own\n{setting}"
    (folder / "conf" / "pte" / "own.yaml").write_text(said)
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    fixed = ["benchmark=pocket_arithmetic", "model=pocket_02100_a", "engine=fake", "limit=2"]
    return main(["plan", "--conf", "conf", *fixed, "context_window=384", "pte=[own]"])


@pytest.mark.parametrize(
    ("hint", "value"),
    [
        ("tuple[str, ...]", "[a, b]"),
        ("list[int]", "[1, 2]"),
        ("dict[str, int]", "{a: 1}"),
        ("Any", "{a: [1]}"),
    ],
)
def test_a_setting_may_be_a_list_or_a_mapping(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hint: str, value: str
) -> None:
    body = f"    words: {hint} = None\n{HOOK}"
    assert planned(tmp_path, monkeypatch, body, f"words: {value}\n") == 0


APPLIES = HOOK + "    def applies_to(self, site): raise KeyError('x')\n"
ROLES = HOOK + "    @property\n    def roles(self): raise ValueError('r')\n"
OTHERS = HOOK + "    @property\n    def roles(self): return {'judge': 'x'}\n"
MANY = HOOK + "    @property\n    def samples(self): return 'many'\n"
NONE = HOOK + "    @property\n    def samples(self): return 0\n"
ENDS = "    def prompt(self, prompt, task, replicate): raise SystemExit(0)\n"
WEIGHTS = """    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.WEIGHTS})
    def weights(self, model): return "x"
"""


@pytest.mark.parametrize(
    ("body", "top", "said"),
    [
        (APPLIES, "", "KeyError: 'x', at own_"),
        (ROLES, "", "pte.own: what it declares fails (ValueError: r"),
        (OTHERS, "", "Own.roles has 'x' for judge: give a ModelSpec"),
        (MANY, "", "Own.samples is 'many': give a whole number from 1"),
        (NONE, "", "Own.samples is 0: give a whole number from 1"),
        (ENDS, "", "the PTE own fails in prompt"),
        (HOOK, "import sys\nsys.exit(0)\n", "it cannot be imported (SystemExit: 0"),
        (WEIGHTS, "", "own: weights gives a str where a ModelSpec is needed"),
    ],
)
def test_a_bug_is_one_line_wherever_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    body: str,
    top: str,
    said: str,
) -> None:
    assert planned(tmp_path, monkeypatch, body, top=top) == 2
    lines = [each for each in capsys.readouterr().err.splitlines() if each.startswith("pte: ")]
    assert len(lines) == 1
    assert said in lines[0]
