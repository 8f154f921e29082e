"""A run that somebody else began names code and a journal; neither is taken without one's word."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import yaml

from harness.cli.main import main
from harness.errors import UserError
from harness.run import own_runs
from tests.run.conftest import Divided

PLAN = {"cells": [], "command": ["pte", "run"], "directory": "/", "overrides": []}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stranger's run; importing `hostile` leaves a mark."""
    monkeypatch.setenv("PTE_CACHE", str(tmp_path / "cache"))
    modules = tmp_path / "modules"
    modules.mkdir()
    mark = f"open({str(tmp_path / 'it-ran')!r}, 'w')\n"
    (modules / "hostile.py").write_text(f"{mark}def page(asked): return asked\nclass Nice: ...\n")
    monkeypatch.syspath_prepend(modules)
    monkeypatch.delitem(sys.modules, "hostile", raising=False)
    folder = tmp_path / "runs" / "theirs"
    folder.mkdir(parents=True)
    say(folder, pte={"web": {"_target_": "ptes.tools.web.Web", "fetch": "hostile.page"}})
    plan(folder, journal=str(tmp_path / "runs" / "journal"))
    return folder


def say(folder: Path, **config: object) -> None:
    (folder / "config.yaml").write_text(yaml.safe_dump(config))


def plan(folder: Path, **more: object) -> None:
    (folder / "plan.json").write_text(json.dumps(PLAN | more))


NAMED = [
    {"pte": {"web": {"_target_": "ptes.tools.web.Web", "fetch": "hostile.page"}}},
    {"pte": {"web": {"_target_": "ptes.tools.web.Web", "fetch": "pandas.read_pickle"}}},
    {"pte": {"web": {"_target_": "ptes.tools.web.Web", "fetch": "harness.files.replace_text"}}},
    {"pte": {"nice": {"_target_": "hostile.Nice"}}},
    {"engine": {"_target_": "hostile.Nice"}},
    {"benchmark": {"nice": {"_target_": "hostile.Nice", "inner": {"_target_": "hostile.page"}}}},
    {"model": {"deep": {"a": [{"b": {"_target_": "pip.__main__.main"}}]}}},
]


@pytest.mark.parametrize("config", NAMED)
def test_a_foreign_runs_code_is_named_and_not_imported(
    run: Path, tmp_path: Path, config: dict[str, object]
) -> None:
    say(run, **config)
    with pytest.raises(UserError, match="was not begun by you") as refused:
        own_runs.check_code(run, ["os", "hostil", "pandas.io"])
    assert "--code " in str(refused.value)
    assert not (tmp_path / "it-ran").exists()
    assert "hostile" not in sys.modules


def test_ones_own_word_or_ones_own_run_lets_it_be_imported(run: Path) -> None:
    own_runs.check_code(run, ["hostile"])
    submitted = own_runs.said(run)
    own_runs.check_code(run, [], submitted)
    own_runs.remember(run)
    own_runs.check_code(run, [])
    say(run, pte={"web": {"_target_": "ptes.tools.web.Web", "fetch": "hostile.other"}})
    with pytest.raises(UserError, match="changed or moved"):
        own_runs.check_code(run, [], submitted)


def test_what_this_project_makes_needs_no_word(run: Path) -> None:
    say(run, tracking={"_target_": "harness.contracts.tracking.WandbConfig"}, words="os.system")
    own_runs.check_code(run, [])


def test_work_on_a_foreign_run_imports_nothing(
    divided: Divided, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Path
) -> None:
    (tmp_path / "weights").mkdir(exist_ok=True)
    (tmp_path / "weights" / "config.json").write_text("{}")
    folder = divided(2, "engine=scripted", "benchmark=toy", "model=toy_model", "name=divided")
    config = yaml.safe_load((folder / "config.yaml").read_text())
    config["pte"] = {"nice": {"_target_": "hostile.Nice"}}
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    assert main(["work", str(folder), "--work-unit", "0"]) == 2
    assert not (tmp_path / "it-ran").exists()
    assert main(["work", str(folder), "--work-unit", "0", "--code", "hostile"]) == 2
    assert (tmp_path / "it-ran").exists()  # and is no PTE


def test_a_journal_elsewhere_is_looked_into_where_the_user_says_so(
    run: Path, tmp_path: Path
) -> None:
    elsewhere, usual = tmp_path / "elsewhere", run.parent / "journal"
    elsewhere.mkdir()
    plan(run, journal=str(elsewhere))
    with pytest.raises(UserError, match=f"--journal {elsewhere}"):
        own_runs.journal_of(run)
    assert own_runs.journal_of(run, elsewhere) == elsewhere
    with pytest.raises(UserError, match="is not at"):
        own_runs.journal_of(run, tmp_path / "nowhere")
    own_runs.remember(run)
    assert own_runs.journal_of(run) == elsewhere  # one's own
    plan(run, journal=str(tmp_path))
    usual.mkdir()
    assert own_runs.journal_of(run) == usual  # beside the run, wherever both were copied to
    plan(run, journal=str(run / "journal"))
    (run / "journal").mkdir()
    assert own_runs.journal_of(run) == run / "journal"


def test_work_opens_a_journal_elsewhere_where_the_user_says_so(
    divided: Divided, tmp_path: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "config.json").write_text("{}")
    folder = divided(1, "engine=scripted", "benchmark=toy", "model=toy_model", "name=divided")
    path, elsewhere = folder / "plan.json", tmp_path / "elsewhere"
    theirs = json.loads(path.read_text()) | {"journal": str(elsewhere)}
    del theirs["checksum"]
    path.write_text(json.dumps(theirs))
    words = ["work", str(folder), "--work-unit", "0"]
    assert main(words) == 2
    assert f"--journal {elsewhere}" in capsys.readouterr().err
    assert main([*words, "--journal", str(tmp_path)]) == 2
    assert not elsewhere.exists()
    own_runs.check_journal(folder, elsewhere)
    own_runs.check_journal(folder, None, own_runs.said(folder))
    own_runs.remember(folder)
    assert main(words) == 0
    assert elsewhere.exists()


def test_what_a_message_names_is_named_once_and_on_one_line(run: Path) -> None:
    say(run, engine={"_target_": "hostile.Nice"}, model={"a": {"_target_": "hostile.page\n"}})
    with pytest.raises(UserError) as refused:
        own_runs.check_code(run, [])
    assert str(refused.value).endswith("say so: --code hostile")
    assert "\n" not in str(refused.value)


def test_a_run_without_its_configuration_is_a_message(run: Path) -> None:
    submitted = own_runs.said(run)
    (run / "config.yaml").unlink()
    with pytest.raises(UserError, match=r"config\.yaml cannot be read"):
        own_runs.remember(run)
    with pytest.raises(UserError, match=r"config\.yaml cannot be read"):
        own_runs.check_code(run, [], submitted)
