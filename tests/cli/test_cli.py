"""The command line from its arguments to its exit code and what it prints."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import VERBS, main
from harness.cli.options import GROUPS
from harness.engines import memory

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs"
CONF = ROOT / "tests" / "conf"
TOY = [f"hydra.searchpath=[file://{CONF}]", "engine=scripted", "benchmark=toy", "model=toy_model"]
Printed = namedtuple("Printed", "code out err")
Pte = Callable[..., Printed]


@pytest.fixture
def pte(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Pte:
    """Runs a verb in a folder of its own."""
    weights = tmp_path / "weights"
    weights.mkdir()
    (weights / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(weights))
    monkeypatch.delenv("PTE_DATA", raising=False)
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Printed:
        capfd.readouterr()
        code = main(arguments)
        return Printed(code, *capfd.readouterr())

    return run


def refused(printed: Printed, *parts: str) -> None:
    """Exit code 2, nothing on stdout, one message of ours on stderr."""
    assert printed.code == 2
    assert printed.out == ""
    assert printed.err.startswith("pte: ")
    assert printed.err.count("pte: ") == 1
    assert "Traceback" not in printed.err
    assert "Error(" not in printed.err
    for part in parts:
        assert part in printed.err


def recorded(folder: Path, **lines: str) -> str:
    """A replay file with these texts by problem; the override that names it."""
    path = folder / "recorded.jsonl"
    rows = [
        {"problem": problem.replace("_", "-"), "role": "solve", "draw": 0, "text": text}
        for problem, text in lines.items()
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return f"engine.file={path}"


class TestRefusals:
    """What cannot be done as asked ends with exit code 2 and one message."""

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_an_unknown_pte(self, pte: Pte, verb: str) -> None:
        refused(pte(verb, *TOY, "pte=[nonsense]"), "pte/nonsense", "few_shot")

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_an_illegal_stack_alone(self, pte: Pte, verb: str) -> None:
        printed = pte(verb, *TOY, "pte=[self_consistency]", "sampling.solve.temperature=0")
        refused(printed, "self_consistency on toy", "needs sampling")

    def test_more_exemplars_than_there_are(self, pte: Pte) -> None:
        printed = pte("run", *TOY, "pte=[few_shot]", "pte.few_shot.k=11")
        refused(printed, "pte.few_shot.k is 11", "pool of 10")

    def test_a_problem_file_with_a_missing_field(self, pte: Pte, tmp_path: Path) -> None:
        (tmp_path / "data" / "gsm8k").mkdir(parents=True)
        for split in ("test", "train"):
            rows = [{"question": "1 + 1?", "answer": "1 + 1 = 2\n#### 2"}, {"question": "2 + 1?"}]
            path = tmp_path / "data" / "gsm8k" / f"{split}.jsonl"
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        printed = pte("run", *TOY, "benchmark=gsm8k", f"data={tmp_path}/data")
        refused(printed, "row 2", "'answer'", "gsm8k/")

    def test_absent_data(self, pte: Pte, tmp_path: Path) -> None:
        printed = pte("run", *TOY, "benchmark=gsm8k", f"data={tmp_path}/nothing")
        refused(printed, "nothing/gsm8k", "PTE_DATA")

    def test_a_model_that_does_not_fit(self, pte: Pte, monkeypatch: pytest.MonkeyPatch) -> None:
        small = memory.AvailableMemory("this machine", 2**30, gpu=False)
        monkeypatch.setattr("harness.run.checkpoints.here", lambda _: small)
        monkeypatch.setattr("harness.engines.transformers.require", lambda *_: None)
        monkeypatch.setattr("harness.run.loading.fetch", lambda _: pytest.fail("fetched"))
        printed = pte("run", *TOY, "engine=transformers", "model=qwen2_5_72b")
        refused(printed, "qwen2_5_72b", "135 GiB", "1 GiB")

    def test_a_runs_folder_that_cannot_be_written(self, pte: Pte, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("")
        refused(pte("run", *TOY, f"runs={tmp_path}/file/runs"), "cannot be written", "runs=FOLDER")

    def test_a_full_disk(self, pte: Pte, monkeypatch: pytest.MonkeyPatch) -> None:
        usage = namedtuple("usage", "total used free")
        monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 5 * 10**7))
        refused(pte("run", *TOY), "0.05 GB free", "runs=FOLDER")

    def test_an_absent_checkpoint(self, pte: Pte) -> None:
        printed = pte("run", *TOY, "model.toy_model.weights=/no/such/folder")
        assert printed.code == 2
        assert "pte: model toy_model: there is no folder /no/such/folder" in printed.err
        assert "Traceback" not in printed.err

    def test_an_incomplete_replay_file(self, pte: Pte, tmp_path: Path) -> None:
        (tmp_path / "recorded.jsonl").write_text('{"problem": "toy-0", "role": "solve"}\n')
        printed = pte("plan", *TOY, "engine=replay", f"engine.file={tmp_path}/recorded.jsonl")
        refused(printed, "line 1", "'draw'")

    @pytest.mark.parametrize("override", ["limit=abc", "context_window=wide", "replicates=0"])
    def test_a_setting_of_the_wrong_kind(self, pte: Pte, override: str) -> None:
        refused(pte("plan", *TOY, override), override.partition("=")[0])

    @pytest.mark.parametrize("verb", ["status", "results", "show"])
    def test_a_folder_without_runs(self, pte: Pte, verb: str, tmp_path: Path) -> None:
        refused(pte(verb, str(tmp_path)), "no run in", "pte run")
        refused(pte(verb), "no run in runs")

    @pytest.mark.parametrize("verb", ["status", "results", "show"])
    def test_a_bad_override_for_an_existing_run(self, pte: Pte, verb: str) -> None:
        refused(pte(verb, "benchmark=nonsense"), "benchmark/nonsense", "gsm8k")

    def test_a_process_of_its_own_says_the_same(self) -> None:
        command = [sys.executable, "-m", "harness.cli.main", "plan", "pte=[nonsense]"]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        refused(Printed(done.returncode, done.stdout, done.stderr), "pte/nonsense")

    def test_an_unknown_verb(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["nonsense"])
        assert ended.value.code == 2
        assert "plan" in capsys.readouterr().err


class TestHelp:
    """Help is read from the configs, so that it stays true."""

    def help(self, capsys: pytest.CaptureFixture[str], *verb: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main([*verb, "--help"])
        assert ended.value.code == 0
        return capsys.readouterr().out

    def test_every_verb_has_one_and_is_listed(self, capsys: pytest.CaptureFixture[str]) -> None:
        everything = self.help(capsys)
        for verb, module in VERBS.items():
            assert module.SUMMARY.split(":")[0] in " ".join(everything.split())
            assert module.DESCRIPTION.splitlines()[0] in self.help(capsys, verb)

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_every_choice_of_every_group_is_listed(
        self, capsys: pytest.CaptureFixture[str], verb: str
    ) -> None:
        folders = {path.name for path in CONFIGS.iterdir() if any(path.glob("*.yaml"))}
        # A corpus is chosen within the PTE that searches it.
        assert set(GROUPS) == folders - {"corpus"}
        listed = self.help(capsys, verb).partition("groups:")[2].partition("settings:")[0].split()
        choices = [path.stem for group in GROUPS for path in (CONFIGS / group).glob("*.yaml")]
        assert sorted(listed) == sorted([*GROUPS, *choices])

    @pytest.mark.parametrize("verb", ["plan", "run"])
    def test_every_setting_of_the_root_is_listed_with_its_default(
        self, capsys: pytest.CaptureFixture[str], verb: str
    ) -> None:
        listed = self.help(capsys, verb).partition("settings:")[2].splitlines()
        text = (CONFIGS / "config.yaml").read_text()
        roots = set(re.findall(r"^(\w+):", text, re.M)) - {"defaults", "hydra", "pte"}
        settings = [line.strip() for line in listed if re.match(r"  \S", line)]
        assert {re.split(r"[.:]", setting)[0] for setting in settings} == roots
        assert "replicates: 1   (a whole number from 1 to 10000)" in settings
        assert "sampling.solve: {temperature: 0.7, top_p: 1.0, top_k: 0}" in settings

    def test_the_version_is_told(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["--version"])
        assert ended.value.code == 0
        assert re.fullmatch(r"pte \d+\.\d+\.\d+\n", capsys.readouterr().out)


class TestPlan:
    SWEEP = ("sweep=singles", "sweep.ptes=[few_shot,self_consistency]")
    SILENT = "benchmark.toy.readout=loglikelihood"

    def test_json_has_a_row_a_cell_and_the_refusals(self, pte: Pte) -> None:
        printed = pte("plan", "--format", "json", *TOY, *self.SWEEP, self.SILENT, "limit=5")
        rows = {row["stack"]: row for row in json.loads(printed.out)}
        assert printed.code == 0
        both = {"base", "base (greedy)", "few_shot", "few_shot (greedy)"}
        assert set(rows) == {*both, "self_consistency"}
        assert rows["base"]["problems"] == 5
        assert rows["base"]["x base (gross)"] == 1.0
        assert rows["few_shot"]["x base (gross)"] > 1.0
        assert rows["self_consistency"]["note"].startswith("refused: ")
        assert rows["self_consistency"]["cell"] is None

    def test_csv_says_the_same(self, pte: Pte) -> None:
        command = [*TOY, *self.SWEEP, self.SILENT]
        table = list(csv.DictReader(StringIO(pte("plan", "--format", "csv", *command).out)))
        rows = json.loads(pte("plan", "--format", "json", *command).out)
        assert [row["stack"] for row in table] == [row["stack"] for row in rows]
        assert [float(row["tokens"] or 0) for row in table] == [
            float(row["tokens"] or 0) for row in rows
        ]

    def test_the_table_ends_in_totals_folder_and_refusals(self, pte: Pte) -> None:
        printed = pte("plan", *TOY, *self.SWEEP, self.SILENT)
        assert printed.out.splitlines()[0].split()[:3] == ["model", "benchmark", "stack"]
        assert "4 cells, 1 refused, 1 engine loads." in printed.out
        assert "Run folder: runs/toy-singles-" in printed.out
        assert "refused: self_consistency on toy (toy_model): " in printed.out

    def test_it_writes_nothing(self, pte: Pte, tmp_path: Path) -> None:
        before = sorted(tmp_path.rglob("*"))
        pte("plan", *TOY)
        assert sorted(tmp_path.rglob("*")) == before


def told(pte: Pte, *arguments: str) -> list[dict[str, Any]]:
    """The cells of all runs named, as `pte status` tells of them."""
    return [
        cell for run in json.loads(pte("status", "--json", *arguments).out) for cell in run["cells"]
    ]


class TestRun:
    STACKS = (*TOY, "sweep=singles", "sweep.ptes=[self_consistency]")

    def run_folder(self, tmp_path: Path) -> Path:
        [plan] = tmp_path.glob("runs/*/plan.json")
        return plan.parent

    def test_run_status_results_and_show(self, pte: Pte, tmp_path: Path) -> None:
        ran = pte("run", *self.STACKS)
        assert ran.code == 0
        assert "x base (gross)" in ran.out
        folder = str(self.run_folder(tmp_path))
        stacks = ["base", "base (greedy)", "self_consistency"]

        table = pte("status", folder)
        assert "3 of 3 cells done, finished" in table.out
        states = told(pte, folder)
        assert sorted(row["stack"] for row in states) == stacks
        assert {(row["state"], row["done"], row["of"]) for row in states} == {("done", 12, 12)}

        rows = json.loads(pte("results", "--format", "json", folder).out)
        assert [row["stack"] for row in rows] == stacks
        assert {row["n"] for row in rows} == {12}
        assert all(row["low"] <= row["score"] <= row["high"] for row in rows)
        assert [row["definition"] for row in rows] == ["inside"] * 3
        assert rows[0]["x base (gross)"] == 1.0
        assert rows[2]["x base (gross)"] > 1.0
        table_rows = list(csv.DictReader(StringIO(pte("results", "--format=csv", folder).out)))
        assert [row["stack"] for row in table_rows] == stacks
        assert [float(row["score"]) for row in table_rows] == [row["score"] for row in rows]

        shown = pte("show", folder, "--cell", "base", "--problem", "toy-3").out
        for part in ("base, problem toy-3", "Question: What is 3 + 0?", "submitted", "score"):
            assert part in shown
        assert shown.count("complete as solve") == 1
        voted = pte("show", folder, "--cell", "self_consistency", "--problem", "toy-3").out
        assert voted.count("complete as solve") == 5
        assert "selection=4" in voted
        listed = pte("show", folder, "--cell", "base").out.splitlines()
        assert len(listed) == 12
        assert "--problem toy-3" in listed[3]

    def test_a_run_is_found_by_the_overrides_that_started_it(self, pte: Pte) -> None:
        pte("run", *TOY, "limit=2")
        pte("run", *TOY, "limit=3")
        [base, _] = told(pte, *TOY, "limit=2")
        assert base["of"] == 2
        rows = json.loads(pte("results", "--format", "json", *TOY, "limit=3").out)
        assert {row["n"] for row in rows} == {3}
        refused(pte("results", *TOY, "limit=4"), "no run in runs/toy-one-")

    def test_the_default_folder_holds_all_runs(self, pte: Pte) -> None:
        pte("run", *TOY, "limit=2")
        pte("run", *TOY, "limit=3")
        assert len(told(pte)) == 4
        assert len(json.loads(pte("results", "--format", "json").out)) == 4

    def test_the_same_command_asks_for_nothing_twice(self, pte: Pte) -> None:
        first, again = (pte("run", *TOY, "limit=3") for _ in range(2))
        assert "6 requests asked" in first.err
        assert "0 requests asked" in again.err
        assert again.code == 0
        assert again.out == first.out

    def test_a_multirun_is_a_run_for_every_value(self, pte: Pte, tmp_path: Path) -> None:
        printed = pte("run", "-m", *TOY, "limit=2", "pte=[few_shot]", "pte.few_shot.k=1,2")
        assert printed.code == 0
        plans = [json.loads(path.read_text()) for path in tmp_path.glob("runs/*/plan.json")]
        configs = sorted({cell["stack_config"] for plan in plans for cell in plan["cells"]})
        assert configs == [
            '[["few_shot",{"k":1,"seed":0}]]',
            '[["few_shot",{"k":2,"seed":0}]]',
        ]

    def test_a_multirun_that_cannot_be_done_runs_nothing(self, pte: Pte, tmp_path: Path) -> None:
        printed = pte("run", "-m", *TOY, "pte=[few_shot]", "pte.few_shot.k=1,99")
        refused(printed, "pte.few_shot.k is 99")
        assert not (tmp_path / "runs").exists()

    def test_a_run_records_its_command_and_configuration(self, pte: Pte, tmp_path: Path) -> None:
        pte("run", *TOY, "limit=2")
        folder = self.run_folder(tmp_path)
        plan = json.loads((folder / "plan.json").read_text())
        assert plan["command"] == ["pte", "run", *TOY, "limit=2"]
        assert "limit: 2" in (folder / "config.yaml").read_text()

    def test_failed_attempts_end_in_exit_code_1_and_are_listed(
        self, pte: Pte, tmp_path: Path
    ) -> None:
        file = recorded(tmp_path, toy_0=" 0.", toy_2=" 9.")
        command = [*TOY, "engine=replay", file, "limit=4", "greedy_base=false"]
        printed = pte("run", *command)
        folder = str(self.run_folder(tmp_path))
        assert printed.code == 1
        assert "2 attempts failed" in printed.err
        assert f"pte show {Path(folder).relative_to(tmp_path)} --failed" in printed.err
        failed = pte("show", folder, "--failed").out.splitlines()
        assert [re.findall(r"--problem (\S+)", line) for line in failed] == [["toy-1"], ["toy-3"]]
        assert all("error, not graded" in line for line in failed)
        assert "has no recorded completion" in failed[0]
        [row] = json.loads(pte("results", "--format", "json", folder).out)
        assert (row["n"], row["failed"], row["score"]) == (2, 2, 50.0)
        assert told(pte, folder)[0]["failed"] == 2

    def test_a_mended_file_mends_the_run(self, pte: Pte, tmp_path: Path) -> None:
        command = [*TOY, "engine=replay", "limit=2", "greedy_base=false"]
        assert pte("run", *command, recorded(tmp_path, toy_0=" 0.")).code == 1
        assert pte("run", *command, recorded(tmp_path, toy_0=" 0.", toy_1=" 2.")).code == 0
        [row] = json.loads(pte("results", "--format", "json").out)
        assert (row["n"], row["failed"], row["score"]) == (2, 0, 100.0)

    def test_refused_stacks_are_said_and_the_others_run(self, pte: Pte) -> None:
        printed = pte("run", *self.STACKS, "limit=2", "benchmark.toy.readout=loglikelihood")
        assert printed.code == 0
        assert "refused: self_consistency on toy: " in printed.err
        assert "self_consistency" not in printed.out

    def test_showing_what_is_not_there_is_an_error(self, pte: Pte, tmp_path: Path) -> None:
        pte("run", *TOY, "limit=2")
        folder = str(self.run_folder(tmp_path))
        refused(pte("show", folder, "--problem", "toy-99"), "no attempt matches")
        none = pte("show", folder, "--failed")
        assert (none.code, none.out) == (0, "every attempt was graded\n")

    def test_a_run_that_was_killed_is_said_to_be_stopped(self, pte: Pte, tmp_path: Path) -> None:
        pte("run", *TOY, "limit=2", "greedy_base=false")
        folder = self.run_folder(tmp_path)
        for path in (folder / "records").iterdir():
            path.unlink()
        status = json.loads((folder / "status" / "main.json").read_text())
        status["state"], status["updated"] = "running", status["updated"] - 3600
        status["cells"][0] |= {"state": "running", "done": 1}
        (folder / "status" / "main.json").write_text(json.dumps(status))
        [row] = told(pte, str(folder))
        assert (row["state"], row["done"], row["of"]) == ("stopped", 1, 2)
        printed = pte("status", str(folder)).out
        assert "stopped" in printed
        assert "go on with: pte run " in printed
