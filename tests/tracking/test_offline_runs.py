"""A tracked run read back from what W&B wrote to the disk."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from harness.records.store import read_runs
from harness.records.summary import summarise
from tests.tracking.conftest import TOY, TWO, Pte, needs_wandb
from tests.tracking.wandb_files import Written, offline_runs

OFFLINE = ["tracking=wandb", "tracking.mode=offline", "tracking.attempts=3", "name=toy"]
RUN = Path("runs/toy")


def by_stack() -> dict[str, Written]:
    return {each.config["stack"]: each for each in offline_runs(RUN / "tracking").values()}


def test_each_cell_is_a_run_with_all_that_is_known_of_it(pte: Pte) -> None:
    needs_wandb()
    printed = pte("run", *TOY, *TWO, *OFFLINE)
    assert printed.code == 0
    assert "wandb" not in printed.out + printed.err  # our terminal is ours
    message = by_stack()
    assert set(message) == {"base", "self_consistency"}
    rows = {row["stack"]: row for row in summarise([RUN])}
    for stack, written in message.items():
        records = read_runs([RUN]).query("stack == @stack")
        assert written.run.run_group == "toy"
        assert (written.run.project, written.run.job_type, written.exit) == ("pte", "cell", 0)
        check_config(written, records)
        check_history(written, records)
        row = rows[stack]
        for name in ("n", "score", "low", "high", "interval", "definition", "failed"):
            assert written.summary[name] == row[name]
        assert written.summary["x_base_gross"] == row["x base (gross)"]
        assert written.summary["cost/flop"] == records["flop"].sum()
        assert written.artifacts["records"] == [f"{written.config['cell']}.parquet"]
        check_table(written, records)
    shown = [[row["problem"] for row in each.table("attempts")] for each in message.values()]
    assert shown[0] == shown[1]  # the same problems of every cell


def check_config(written: Written, records: pd.DataFrame) -> None:
    first = records.iloc[0]
    for name in ("weights", "engine_version", "dataset_sha256", "stack_id", "setting", "seed"):
        assert written.config[name] == first[name]
    assert written.config["sampling"] == json.loads(first["sampling"])
    ptes = dict(json.loads(first["stack_config"]))
    assert written.config["pte"] == ptes
    assert written.config["model_settings"]["parameters"] == 1e6


def check_history(written: Written, records: pd.DataFrame) -> None:
    assert written.history[-1]["_step"] == 8  # steps are attempts
    assert [row["done"] for row in written.history] == [row["_step"] for row in written.history]
    for row in written.history:
        if "cost/flop" in row and "spent/requests" not in row:  # a point that records made
            so_far = records.head(row["_step"])
            assert row["score"] == pytest.approx(100 * so_far["score"].mean())
            assert row["cost/calls"] == so_far["calls"].sum()
            assert row["cost/generated_tokens"] == so_far["generated_tokens"].sum()


def check_table(written: Written, records: pd.DataFrame) -> None:
    rows = written.table("attempts")
    assert len(rows) == 3
    for row in rows:
        record = records.set_index("problem").loc[row["problem"]]
        for name in ("answer", "score", "status", "calls", "generated_tokens", "flop"):
            assert row[name] == record[name]
        place = int(row["problem"].removeprefix("toy-"))
        assert f"What is {place} + {place % 3}?" in row["prompt"]
        assert row["reply"].strip(" .").isdigit()


def test_telling_again_leaves_what_is_told_and_writes_anew_what_changed(
    pte: Pte,
) -> None:
    needs_wandb()
    assert pte("run", *TOY, *TWO, "name=toy").code == 0
    assert pte("track", str(RUN), "tracking.mode=offline").code == 0
    message = by_stack()
    assert pte("track", str(RUN), "tracking.mode=offline").code == 0
    assert {s: w.folder for s, w in by_stack().items()} == {s: w.folder for s, w in message.items()}
    changed = RUN / "records" / f"{message['self_consistency'].config['cell']}.parquet"
    changed.write_bytes(changed.read_bytes())  # as a run that makes its rows anew does
    printed = pte("track", str(RUN), "tracking.mode=offline", "tracking.attempts=2")
    assert "wandb sync" in printed.out
    again = by_stack()
    assert again["base"].folder == message["base"].folder
    assert again["self_consistency"].folder != message["self_consistency"].folder  # one, not two
    assert len(again["self_consistency"].table("attempts")) == 2
    assert again["self_consistency"].history[0]["done"] == 1  # whole, from the records


def test_prompts_stay_here_if_they_shall(pte: Pte) -> None:
    needs_wandb()
    assert pte("run", *TOY, "greedy_base=false", "name=toy").code == 0
    assert pte("track", str(RUN), "tracking.mode=offline", "tracking.texts=false").code == 0
    written = by_stack()["base"]
    assert "prompt" not in written.table("attempts")[0]
    assert not any(b"What is" in path.read_bytes() for path in written.folder.rglob("*.wandb"))
