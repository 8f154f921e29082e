"""What makes a cell itself, from the command line: own code, date, seed, and records of before."""

from __future__ import annotations

import importlib
import json
import sys
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.cli.main import main
from harness.files import CHECKSUM

CONF = Path(__file__).resolve().parents[1] / "conf"
TOY = ["engine=fake", "benchmark=toy", "model=toy_model", "limit=3"]
Printed = namedtuple("Printed", "code out err")
Pte = Callable[..., Printed]
MINE = """
from dataclasses import dataclass, replace
from typing import ClassVar

from harness.contracts.pte import PTE, Slot

WORDS = "Think."


@dataclass(frozen=True)
class Mine(PTE):
    name: ClassVar[str] = "mine"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})

    def prompt(self, prompt, task, replicate):
        return replace(prompt, notes=(WORDS,))
"""


@pytest.fixture
def pte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Iterator[Pte]:
    """Runs a verb in a folder of its own, with the toys' configs and the folder's own."""
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.delenv("PTE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    own = tmp_path / "conf"
    (own / "pte").mkdir(parents=True)
    (own / "pte" / "mine.yaml").write_text("# @package pte.mine\n_target_: mine.Mine\n")

    def run(verb: str, *arguments: str) -> Printed:
        sys.modules.pop("mine", None)
        importlib.invalidate_caches()
        capfd.readouterr()
        path = f"hydra.searchpath=[file://{CONF},file://{own}]"
        words = [path, *TOY] if verb in ("run", "plan") else []
        code = main([verb, *words, *arguments])
        return Printed(code, *capfd.readouterr())

    yield run
    sys.modules.pop("mine", None)


def rows(folder: Path) -> list[dict[str, Any]]:
    cells = json.loads((folder / "plan.json").read_text())["cells"]
    files = [folder / "records" / f"{cell['cell']}.parquet" for cell in cells]
    return [row for file in files for row in pq.read_table(file).to_pylist()]


def folders() -> list[Path]:
    return sorted(path.parent for path in Path("runs").glob("*/plan.json"))


class TestOwnCode:
    def test_an_edited_pte_is_run_anew_and_its_source_recorded(
        self, pte: Pte, tmp_path: Path
    ) -> None:
        asked: list[str] = []
        sources = []
        for words in ("Think.", "Guess."):
            (tmp_path / "mine.py").write_text(MINE.replace("Think.", words))
            ran = pte("run", "pte=[mine]")
            assert ran.code in (0, 1), ran.err
            assert "your own modules, by hash" in ran.err
            (folder,) = folders()  # the same command, and so the same folder
            (source,) = {row["sources"] for row in rows(folder)}
            sources.append(json.loads(source)["mine"])
            asked.append(ran.err.split(" requests asked")[0].split()[-1])
            plan = pte("plan", "pte=[mine]")
            assert f"mine {sources[-1]}" in plan.out
            shown = pte("show", "runs", "--problem", "toy-1").out
            assert f"own modules mine {sources[-1]}" in shown
        assert sources[0] != sources[1]
        assert asked[1] != "0", "the edited prompt asks for draws of its own"

    def test_plans_without_own_code_say_nothing_of_it(self, pte: Pte) -> None:
        assert "own modules" not in pte("plan", "pte=[few_shot]").out


class TestDate:
    def test_it_is_recorded_shown_and_part_of_a_cell(self, pte: Pte) -> None:
        assert pte("run").code == 0
        assert pte("run", "date=2026-01-01").code == 0
        (folder,) = folders()  # saying what was implied changes nothing
        assert {row["date"] for row in rows(folder)} == {"2026-01-01"}
        assert pte("run", "date=2025-11-30").code == 0
        other = next(each for each in folders() if each != folder)
        assert {row["date"] for row in rows(other)} == {"2025-11-30"}
        assert "date 2025-11-30" in pte("show", str(other), "--problem", "toy-1").out
        cells = [{row["cell"] for row in rows(each)} for each in (folder, other)]
        assert not cells[0] & cells[1]

    @pytest.mark.parametrize("date", ["yesterday", "2026-02-30", "20260101", "null", "2026"])
    def test_what_is_none_is_refused_before_anything_runs(self, pte: Pte, date: str) -> None:
        refused = pte("plan", f"date={date}")
        assert refused.code == 2
        assert "give a day as YEAR-MONTH-DAY" in refused.err


class TestSeed:
    def cells(self, pte: Pte, *words: str) -> dict[str, str]:
        plan = json.loads(pte("plan", "--format=json", *words).out)
        return {row["stack"]: row["cell"] for row in plan}

    def test_one_that_asks_for_nothing_new_says_so_and_makes_no_cell(self, pte: Pte) -> None:
        plain = self.cells(pte, "pte=[chain_of_thought]", "sweep=singles")
        assert self.cells(pte, "pte=[chain_of_thought]", "sweep=singles", "seed=2") == plain
        for verb in ("plan", "run"):
            said = pte(verb, "seed=2")
            assert "seed=2 draws nothing anew" in said.out + said.err
            assert "replicates=N" in said.out + said.err
        assert "seed" not in pte("plan").out

    def test_one_that_chooses_exemplars_says_whose(self, pte: Pte) -> None:
        words = ("pte=[few_shot]", "sweep=singles")
        plain, other = self.cells(pte, *words), self.cells(pte, *words, "seed=2")
        assert plain["base"] == other["base"]
        assert plain["few_shot"] != other["few_shot"]
        assert "seed=2 decides few_shot alone" in pte("plan", *words, "seed=2").out

    def test_three_seeds_are_one_row_a_cell(self, pte: Pte) -> None:
        for seed in (0, 1, 2):
            assert pte("run", f"seed={seed}").code == 0
        assert len(folders()) == 3
        assert len({row["cell"] for folder in folders() for row in rows(folder)}) == 2
        assert len(json.loads(pte("results", "--format=json", "runs").out)) == 2


class TestRecordsOfBefore:
    """A run made before ids came from descriptions: read as it is, and made anew without a draw."""

    LATER = ("date", "code", "sources")

    @pytest.fixture
    def before(self, pte: Pte) -> Path:
        """A finished run as such a harness left it, the journal beside it."""
        assert pte("run", "pte=[few_shot]", "sweep=singles").code == 0
        (folder,) = folders()
        plan = json.loads((folder / "plan.json").read_text())
        for cell in plan["cells"]:
            file = folder / "records" / f"{cell['cell']}.parquet"
            table = pq.read_table(file).drop_columns(list(self.LATER))
            cell["cell"] = f"x{cell['cell'][1:]}"
            at = table.schema.get_field_index("cell")
            column = pa.array([cell["cell"]] * len(table), pa.string())
            table = table.set_column(at, table.schema.field("cell"), column)
            pq.write_table(table, folder / "records" / f"{cell['cell']}.parquet")
            file.unlink()
            del cell["sources"]
        del plan[CHECKSUM]
        (folder / "plan.json").write_text(json.dumps(plan))
        config = (folder / "config.yaml").read_text().splitlines()
        kept = [line for line in config if not line.startswith("date:")]
        (folder / "config.yaml").write_text("\n".join(kept))
        return folder.rename(folder.with_name("toy-singles-01234567"))

    def test_they_are_read(self, pte: Pte, before: Path) -> None:
        results = json.loads(pte("results", "--format=json", str(before)).out)
        stacks = ["base", "base (greedy)", "few_shot", "few_shot (greedy)"]
        assert [row["stack"] for row in results] == stacks
        assert all(row["x base (gross)"] for row in results)
        shown = pte("show", str(before), "--problem", "toy-1", "--cell", "few_shot")
        assert shown.code == 0
        assert "complete as solve" in shown.out
        assert "4 of 4 cells done" in pte("status", str(before)).out

    def test_the_same_command_makes_the_rows_anew_and_asks_for_nothing(
        self, pte: Pte, before: Path
    ) -> None:
        again = pte("run", "pte=[few_shot]", "sweep=singles")
        assert again.code == 0
        assert "0 requests asked" in again.err
        new = next(each for each in folders() if each != before)
        ours, theirs = (
            {(row["stack"], row["problem"]): row["draws"] for row in rows(each)}
            for each in (before, new)
        )
        assert ours == theirs
