"""The user's own code is part of what a cell is: an edited module makes other cells."""

from __future__ import annotations

import asyncio
import importlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.problem import Problem
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Observation, Tool
from harness.draws.asker import Asker
from harness.draws.attempt_draw import AttemptDraw
from harness.draws.session import Session
from harness.errors import UserError
from harness.identity import sources
from harness.journal import Journal
from harness.plan.cell import Cell
from harness.plan.plan import make
from harness.settings.experiment import load
from harness.solvers.tool_use import use
from ptes.prompting.few_shot import FewShot
from ptes.tools.web import Web
from tests.toys import ToyBenchmark

PTE = """
from dataclasses import dataclass
from typing import ClassVar

from harness.contracts.pte import PTE, Slot
from own_words import WORDS


@dataclass(frozen=True)
class Mine(PTE):
    k: int = 1
    name: ClassVar[str] = "mine"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})

    def prompt(self, prompt, task, replicate):
        return prompt
"""
BENCHMARK = """
from dataclasses import dataclass
from tests.toys import ToyBenchmark


@dataclass(frozen=True)
class Own(ToyBenchmark):
    pass
"""
YAML = """
# @package {group}.{name}
_target_: {target}
"""


class Folder:
    """A user's folder: modules, written and imported anew, and configs."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, name: str, text: str) -> None:
        file = self.path / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        importlib.invalidate_caches()
        for module in [m for m in sys.modules if m.startswith(("own_", "mine_"))]:
            del sys.modules[module]

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(name)

    def config(self, group: str, name: str, target: str) -> None:
        file = self.path / "conf" / group / f"{name}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(YAML.format(group=group, name=name, target=target).strip())

    def cells(self, *words: str) -> tuple[Cell, ...]:
        toys = Path(__file__).resolve().parents[1] / "conf"
        path = f"hydra.searchpath=[file://{toys},file://{self.path / 'conf'}]"
        toy = ["engine=fake", "model=toy_model"]
        return make(load([path, *toy, *words]).request).cells


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "conf").mkdir()
    yield Folder(tmp_path)
    for module in [m for m in sys.modules if m.startswith(("own_", "mine_"))]:
        del sys.modules[module]


class TestCells:
    def test_what_is_ours_has_none(self, own: Folder) -> None:
        cells = own.cells("benchmark=toy", "pte=[few_shot,self_consistency]")
        assert all(cell.sources == {} for cell in cells)
        assert sources(FewShot(), ToyBenchmark(), len, Path("x"), Journal) == {}

    def test_an_edited_pte_makes_other_cells_and_keeps_those_without(self, own: Folder) -> None:
        own.write("own_words", "WORDS = 1\n")
        own.write("own_pte", PTE)
        own.config("pte", "mine", "own_pte.Mine")
        asked = ("benchmark=toy", "sweep=singles", "pte=[mine]")
        before = {cell.label: cell for cell in own.cells(*asked)}
        assert set(before["mine"].sources) == {"own_pte", "own_words"}
        assert {cell.label: cell.id for cell in own.cells(*asked)}["mine"] == before["mine"].id
        for module, text in (("own_pte", f"{PTE}# edited\n"), ("own_words", "WORDS = 2\n")):
            own.write(module, text)
            after = {cell.label: cell for cell in own.cells(*asked)}
            assert after["base"].id == before["base"].id
            assert after["mine"].id != before["mine"].id
            assert after["mine"].stack.id != before["mine"].stack.id
            assert after["mine"].setting == before["mine"].setting  # its base is still its base
            before = after

    def test_an_edited_benchmark_makes_another_experiment(self, own: Folder) -> None:
        own.write("own_task", BENCHMARK)
        own.config("benchmark", "mine", "own_task.Own")
        (before, *_) = own.cells("benchmark=mine")
        own.write("own_task", f"{BENCHMARK}\nX = 1\n")
        (after, *_) = own.cells("benchmark=mine")
        assert set(after.sources) == {"own_task"}
        assert before.experiment != after.experiment


class TestReach:
    def test_imports_are_followed_wherever_they_stand(self, own: Folder) -> None:
        own.write("own_pkg/__init__", "")
        own.write("own_pkg/deep/__init__", "HERE = 1\n")
        own.write("own_pkg/deep/a", "from . import b\nfrom .. import c\nfrom ..d import thing\n")
        own.write("own_pkg/deep/b", "import json, numpy\n")
        own.write("own_pkg/c", "def f():\n    import own_late\n")
        own.write("own_pkg/d", "from importlib import import_module\nthing = 1\n")
        own.write("own_late", "import harness.stack\nfrom own_pkg.deep import a\n")
        own.write("own_root", "import own_pkg.deep.a\ndef f(): ...\n")
        own.write("own_other", "")
        result = sources(own.module("own_root").f)
        assert set(result) == {
            *("own_root", "own_pkg", "own_pkg.deep", "own_pkg.deep.a", "own_pkg.deep.b"),
            *("own_pkg.c", "own_pkg.d", "own_late"),
        }

    def test_functions_among_settings_count(self, own: Folder) -> None:
        own.write("own_fetch", "def page(asked): return asked\n")
        assert set(sources(Web("own_fetch.page"))) == {"own_fetch"}
        page = own.module("own_fetch").page
        assert set(sources(FakeHolder(page))) == {"own_fetch"}
        assert set(sources({"a": [page]})) == {"own_fetch"}

    def test_bases_count(self, own: Folder) -> None:
        own.write("own_base", "class Base: ...\n")
        own.write("own_class", "import own_base\nclass Made(own_base.Base): ...\n")
        made = own.module("own_class").Made()
        assert set(sources(made)) == {"own_class", "own_base"}

    def test_code_without_a_file_is_refused(self) -> None:
        made: dict[str, Any] = {"__name__": "typed_in"}
        exec("def f(): ...", made)
        with pytest.raises(UserError, match="typed_in has no file"):
            sources(made["f"])


class FakeHolder:
    def __init__(self, held: Callable[..., Any]) -> None:
        self.held = held


class TestJournal:
    """What the journal holds of a tool or an effect was made by the code of that time."""

    def handle(self, folder: Path) -> AttemptDraw:
        async def read(text: str) -> tuple[str | None, str | None]:
            return None, None

        journal = Journal.open(folder / "journal")
        session = Session(
            asker=Asker(journal),
            role_models={},
            reader=read,
            benchmark="toy",
            problem="toy-0",
            stack="base",
            window=1000,
        )
        return AttemptDraw(session, Address())

    def said(self, tool: Tool, folder: Path) -> str:
        draw = self.handle(folder)
        attempt = Attempt(Problem("p", "q"), Prompt("q"), Address())
        return asyncio.run(use([tool], tool.name, "x", attempt, draw))[1]

    def test_an_edited_fetcher_is_asked_again(self, own: Folder) -> None:
        for text in ("one", "two"):
            own.write("own_fetch", f"def page(asked): return {text!r}\n")
            (tool,) = Web("own_fetch.page").tools(None)  # type: ignore[arg-type]
            assert self.said(tool, own.path) == text

    def test_an_edited_tool_is_asked_again(self, own: Folder) -> None:
        text = "async def call(a, s, d):\n    from harness.contracts.tool import Observation\n"
        for said in ("one", "two"):
            own.write("own_tool", f"{text}    return Observation({said!r})\n")
            tool = Tool(
                name="mine", description="A tool.", example="x", call=own.module("own_tool").call
            )
            assert self.said(tool, own.path) == said

    def test_a_tool_that_was_not_edited_is_not(self, own: Folder) -> None:
        own.write("own_count", "N = []\nasync def call(a, s, d):\n    N.append(1)\n")
        own.write(
            "own_count",
            "from harness.contracts.tool import Observation\n"
            "N = []\nasync def call(a, s, d):\n    N.append(1)\n    return Observation('said')\n",
        )
        module = own.module("own_count")
        tool = Tool(name="mine", description="A tool.", example="x", call=module.call)
        assert self.said(tool, own.path) == self.said(tool, own.path) == "said"
        assert len(module.N) == 1

    def test_an_edited_effect_is_made_again(self, own: Folder) -> None:
        for said in (1, 2):
            own.write("own_rule", f"async def make(): return {said}\n")
            draw = self.handle(own.path)
            made = asyncio.run(draw.effect("rule", [], own.module("own_rule").make))
            assert made == said


def test_a_tool_that_holds_much_is_looked_through_quickly() -> None:
    class Held:
        def __init__(self) -> None:
            self.index = {"a": [[n] for n in range(100_000)]}

        async def call(self, argument: str, state: Any, draw: Any) -> Observation:
            return Observation("")

    held = Held()
    start = time.process_time()
    assert sources(held.call) == {}
    assert time.process_time() - start < 0.5
