"""A user's own folder: its configurations are found, its names never stand in for ours."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.anchor import CONFIGS, PACKAGES, ROOT, OwnPackages, module_command
from harness.cli.main import main
from harness.cli.options import searching
from harness.errors import UserError

MINE = """
from dataclasses import dataclass, replace
from typing import ClassVar

from harness import PTE, Slot


@dataclass(frozen=True)
class Polite(PTE):
    words: str = "Please."
    name: ClassVar[str] = "polite"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})

    def prompt(self, prompt, task, replicate):
        return replace(prompt, instruction=f"{prompt.instruction} {self.words}")
"""
WORDS = ["benchmark=pocket_arithmetic", "engine=fake", "limit=2", "pte=[polite]"]


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a PTE, which is the current one."""
    (tmp_path / "conf" / "pte").mkdir(parents=True)
    node = "# @package pte.polite\n_target_: polite_words.Polite\nwords: Please.\n"
    (tmp_path / "conf" / "pte" / "polite.yaml").write_text(node)
    (tmp_path / "polite_words.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def pte(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command as an installation starts it, in a folder that comes first on Python's path."""
    return subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            f"import sys; sys.path.append({str(ROOT)!r})\n{START}",
            *words,
        ],
        cwd=folder,
        env={"PYTHONPATH": ".", "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )


START = "from pte_entry import main\nsys.exit(main())"


@pytest.mark.parametrize("init", [True, False])
def test_folders_of_our_names_do_not_stand_in_for_ours(own: Path, init: bool) -> None:
    for name in PACKAGES:
        (own / name).mkdir()
        if init:
            (own / name / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    (own / "configs" / "config.yaml").write_text("nothing: here\n")
    done = pte(own, "run", "--conf", "conf", *WORDS)
    assert done.returncode == 0, done.stderr
    assert "polite" in done.stdout


def test_all_packages_are_held_and_lie_beside_each_other() -> None:
    assert OwnPackages in sys.meta_path
    result = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    assert sorted(each.rstrip("*") for each in result["packages"]["find"]["include"]) == [*PACKAGES]
    assert result["py-modules"] == ["pte_entry"]
    assert (CONFIGS / "config.yaml").is_file()
    for name in PACKAGES:
        spec = OwnPackages.find_spec(name)
        assert spec is not None
        assert spec.submodule_search_locations == [str(ROOT / name)]
    assert OwnPackages.find_spec("benchmarks.base", ["anywhere"]) is None
    assert OwnPackages.find_spec("json") is None


def test_a_module_of_ours_runs_beside_a_folder_of_its_name(tmp_path: Path) -> None:
    (tmp_path / "harness").mkdir()
    (tmp_path / "harness" / "__init__.py").write_text("raise RuntimeError('not ours')\n")
    done = subprocess.run(
        [*module_command("harness.engines.watchdog"), "not-a-pid"],
        cwd=tmp_path,
        env={"PYTHONPATH": f".:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
    )
    assert "invalid literal for int() with base 10: 'not-a-pid'" in done.stderr


def test_a_folder_of_configurations_is_named(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--conf", "conf", *WORDS]) == 0
    assert "polite" in capsys.readouterr().out
    assert main(["plan", *WORDS]) == 2
    assert "pte/polite: there is no such pte" in capsys.readouterr().err


def test_it_becomes_a_whole_path_so_that_jobs_find_it(own: Path) -> None:
    assert searching(["conf"], ["limit=2"]) == [
        f"hydra.searchpath=[file://{own}/conf]",
        "limit=2",
    ]


@pytest.mark.parametrize(
    ("folder", "overrides", "part"),
    [
        ("nowhere", [], "--conf nowhere: there is no such folder"),
        ("bare", [], "it has no folder of the name of a group"),
        ("conf", ["hydra.searchpath=[file:///x]"], "two ways to the same"),
    ],
)
def test_what_is_no_folder_of_configurations_is_refused(
    own: Path, folder: str, overrides: list[str], part: str
) -> None:
    (own / "bare").mkdir()
    with pytest.raises(UserError) as caught:
        searching([folder], overrides)
    assert part in str(caught.value)
