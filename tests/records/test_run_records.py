"""Records: a row an attempt, whole, typed, and readable without our code."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.errors import EngineError, UserError
from harness.journal import Journal
from harness.models.spec import ModelSpec, TrainingCompute
from harness.plan.cell import Cell
from harness.records.row import role_models_text
from harness.records.schema import COLUMNS, SCHEMA, VERSION
from harness.records.store import Records, read
from harness.run.runner import Runner
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import ToyBenchmark, toy_model, toy_run

NAMES = [name for name, _, _ in COLUMNS]


def stacks(folder: Path) -> list[list[PTE]]:
    judge = ModelJudge(toy_model(folder / "judge", "judge"), n=3)
    return [[], [FewShot(2), ChainOfThought()], [SelfConsistency(3), judge]]


def run(folder: Path, weights: Path, **changes: Any) -> Runner:
    settings: dict[str, Any] = {"models": [toy_model(weights / "rung", "rung")]}
    return toy_run(folder, stacks(weights), **(settings | {"greedy_base": True} | changes))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with a vote, a judge, reasoning and a greedy base."""
    made = tmp_path_factory.mktemp("records")
    run(made, made, replicates=2)
    return made / "run" / "records"


@pytest.fixture(scope="module")
def frame(folder: Path) -> pd.DataFrame:
    return read([folder])


def test_every_file_has_the_declared_columns_and_types(folder: Path) -> None:
    files = list(folder.glob("*.parquet"))
    assert len(files) == 2 * 4
    for file in files:
        schema = pq.read_schema(file)
        assert schema.names == NAMES
        for name, kind, described in COLUMNS:
            assert schema.field(name).type == kind, name
            assert schema.field(name).metadata[b"description"].decode() == described


def test_nothing_else_lies_in_the_folder(folder: Path) -> None:
    assert {file.suffix for file in folder.iterdir()} == {".parquet"}


def test_pandas_reads_the_folder_as_it_is(folder: Path, frame: pd.DataFrame) -> None:
    result = pd.read_parquet(folder)
    assert len(result) == len(frame) == 2 * 4 * 12
    assert list(result.columns) == NAMES


def queried(query: str) -> duckdb.DuckDBPyRelation:
    result = duckdb.sql(query)
    assert result is not None
    return result


def test_duckdb_reads_the_folder_as_it_is(folder: Path, frame: pd.DataFrame) -> None:
    result = queried(
        f"""SELECT stack, replicate, count(*) AS n, avg(score) AS score, sum(flop) AS flop
        FROM '{folder}/*.parquet' GROUP BY ALL ORDER BY ALL"""
    ).df()
    ours = frame.groupby(["stack", "replicate"]).agg({"score": "mean", "flop": "sum"})
    assert set(result["n"]) == {12}
    for _, line in result.iterrows():
        expected = ours.loc[(line["stack"], line["replicate"])]
        assert line["score"] == pytest.approx(expected["score"])
        assert line["flop"] == pytest.approx(expected["flop"])


def test_duckdb_reaches_into_the_pool(folder: Path, frame: pd.DataFrame) -> None:
    ((count, best),) = queried(
        f"""SELECT count(*), max(c.weight) FROM
        (SELECT unnest(candidates) AS c FROM '{folder}/*.parquet' WHERE stack LIKE 'model_judge%')
        """
    ).fetchall()
    assert count == 2 * 12 * 3
    assert 0 < best <= 3


def test_rows_stand_in_the_benchmarks_order(frame: pd.DataFrame) -> None:
    for _, cell in frame.groupby("cell"):
        assert list(cell["problem"]) == [f"toy-{n}" for n in range(12)]


EMPTY_AT_TIMES = {
    *("adapter", "dataset_revision", "git_commit", "ptes", "categories", "signals", "invoked"),
    *("must_sample", "training_seed"),
    "metrics",
    *(
        "error",
        "cell_error",
        "answer",
        "answer_strict",
        "at_once",
        "finish",
        "canonical",
        "score",
        "verdict",
        "tier",
        "search",
    ),
    "state",
}


def test_provenance_is_filled_in_every_row(frame: pd.DataFrame) -> None:
    filled = [name for name in NAMES if name not in EMPTY_AT_TIMES]
    commits = frame["git_commit"].unique()  # empty where the package is no checkout
    assert [re.fullmatch(r"([0-9a-f]{40}(\+dirty)?)?", commit) for commit in commits] != [None]
    for column in filled:
        assert frame[column].notna().all(), column
        assert (frame[column].astype(str) != "").all(), column
    assert set(frame["schema_version"]) == {VERSION}
    assert all(weights.startswith("sha256:") for weights in frame["weights"])
    assert frame["cell_error"].isna().all()


def test_stack_and_sampling_are_told_in_full(frame: pd.DataFrame) -> None:
    rows: dict[Any, dict[Any, Any]]
    rows = frame.drop_duplicates("stack").set_index("stack").to_dict("index")
    thought = rows["few_shot+chain_of_thought"]
    assert list(thought["ptes"]) == ["few_shot", "chain_of_thought"]
    assert list(thought["categories"]) == ["prompting", "prompting"]
    assert list(rows["model_judge+self_consistency"]["categories"]) == ["selection"] * 2
    assert list(thought["table_rows"]) == ["few_shot", "chain_of_thought"]
    assert list(rows["model_judge+self_consistency"]["table_rows"]) == [None, "self_consistency"]
    assert not thought["toy"]
    assert json.loads(thought["stack_config"])[0] == ["few_shot", {"k": 2, "seed": 0}]
    greedy = rows["base (greedy)"]
    assert greedy["greedy"]
    assert json.loads(greedy["sampling"])["solve"]["temperature"] == 0
    assert json.loads(rows["base"]["sampling"])["solve"]["temperature"] == 0.7


def test_the_submitted_answer_is_graded_and_so_is_every_candidate(frame: pd.DataFrame) -> None:
    targets = {item.problem.id: item.target for item in ToyBenchmark().load().items}
    for _, row in frame.iterrows():
        assert row["score"] == float(row["answer"] == targets[row["problem"]])
        assert len(row["candidates"]) == (3 if "self_consistency" in row["ptes"] else 1)
        for candidate in row["candidates"]:
            assert candidate["score"] == float(candidate["answer"] == targets[row["problem"]])
            assert candidate["error"] is None
    voted = frame[frame["stack"].str.contains("self_consistency")]
    scores = {c["score"] for pool in voted["candidates"] for c in pool}
    assert scores == {0.0, 1.0}


def test_candidates_stand_in_address_order(frame: pd.DataFrame) -> None:
    voted = frame[frame["stack"].str.contains("self_consistency")]
    for _, row in voted.iterrows():
        stem = "replicate=1" if row["replicate"] else ""
        rest = [",".join(filter(None, [stem, f"selection={n}"])) for n in (1, 2)]
        assert [c["address"] for c in row["candidates"]] == [stem, *rest]


def test_every_draw_that_was_used_is_in_the_journal_with_that_content(
    folder: Path, frame: pd.DataFrame
) -> None:
    journal = Journal.open(folder.parents[1] / "journal")
    for draws in frame["draws"]:
        assert len(draws)
        for draw in draws:
            assert journal.digest(bytes.fromhex(draw["key"])) == draw["content"]
    journal.close()


def test_roles_add_up_to_the_row(frame: pd.DataFrame) -> None:
    for _, row in frame.iterrows():
        for column in ("calls", "prompt_tokens", "generated_tokens", "flop", "own_prefix_flop"):
            assert row[column] == sum(role[column] for role in row["roles"])


def test_two_runs_give_identical_records(tmp_path: Path) -> None:
    slow = FakeConfig(delay=0.002, max_concurrency=1)
    first = run(tmp_path / "a", tmp_path).records.frame()
    second = run(tmp_path / "b", tmp_path, engine=slow).records.frame()
    pd.testing.assert_frame_equal(first, second)
    for file in sorted((tmp_path / "a" / "run" / "records").iterdir()):
        other = tmp_path / "b" / "run" / "records" / file.name
        assert pq.read_table(file).equals(pq.read_table(other))


def test_a_run_from_the_journal_gives_the_records_of_the_first(tmp_path: Path) -> None:
    first = run(tmp_path, tmp_path).records.frame()
    for file in (tmp_path / "run" / "records").iterdir():
        file.unlink()
    engine = FakeConfig()
    again = run(tmp_path, tmp_path, engine=engine).records.frame()
    assert not engine.asked
    pd.testing.assert_frame_equal(first, again)


def test_what_is_not_known_is_null(tmp_path: Path) -> None:
    unknown = TrainingCompute(1e15, "a paper", False)
    model: ModelSpec = toy_model(tmp_path / "w", training_tokens=None, training=unknown)
    seeded = replace(model, name="seeded", training_seed=3)
    both = toy_run(tmp_path / "s", [[]], models=[seeded], benchmark=ToyBenchmark(size=1))
    assert both.records.frame()["training_seed"].tolist() == [3]
    frame = toy_run(tmp_path, [[]], models=[model], benchmark=ToyBenchmark(size=1)).records.frame()
    (row,) = frame.to_dict("records")
    assert pd.isna(row["training_tokens"])
    assert pd.isna(row["training_seed"])
    assert not row["valid_for_ceg"]
    assert row["training_flop_source"] == "a paper"
    assert row["metrics"] == {}


def test_other_schema_versions_are_refused(folder: Path, tmp_path: Path) -> None:
    table = pq.read_table(next(folder.glob("*.parquet")))
    for version in (str(VERSION + 1), None):
        metadata = {"pte_records_version": version} if version else {}
        pq.write_table(table.replace_schema_metadata(metadata), tmp_path / "x.parquet")
        named = re.escape(version or "?")
        with pytest.raises(UserError, match=f"schema version {named}, .* {VERSION}"):
            read([tmp_path])


def as_older(file: Path) -> None:
    """Rewrite records as a harness without the later columns would have left them."""
    table = pq.read_table(file)
    pq.write_table(table.drop_columns(["experiment", "chance", "categories"]), file)


def test_records_without_later_columns_are_read_with_nulls_in_their_place(tmp_path: Path) -> None:
    runner = run(tmp_path, tmp_path)
    files = sorted(runner.records.folder.iterdir())
    as_older(files[0])
    frame = runner.records.frame()
    assert list(frame.columns) == NAMES
    old = frame["cell"] == files[0].stem
    for column in ("experiment", "chance", "categories"):
        assert frame.loc[old, column].isna().all()
        assert frame.loc[~old, column].notna().all()


def test_records_without_later_columns_are_made_anew_from_the_journal(tmp_path: Path) -> None:
    runner = toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=2))
    (cell,) = runner.plan.cells
    assert kept(runner, cell) is not None
    as_older(runner.records.path(cell.id))
    role_models = role_models_text({"solve": runner.loader.identity(cell.answering_model)})
    assert runner.records.kept(cell.id, 2, role_models, "same") is None
    engine = FakeConfig()
    frame = toy_run(tmp_path, [[]], engine, ToyBenchmark(size=2)).records.frame()
    assert not engine.asked
    assert frame["experiment"].notna().all()


@pytest.mark.parametrize(("readout", "chance"), [("generation", 0.0), ("loglikelihood", 0.5)])
def test_the_score_of_a_guess_is_told(tmp_path: Path, readout: str, chance: float) -> None:
    benchmark = ToyBenchmark(size=2, readout=readout)
    frame = toy_run(tmp_path, [[]], FakeConfig(), benchmark).records.frame()
    assert set(frame["chance"]) == {chance}


def test_no_records_at_all_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="has a cell finished"):
        read([tmp_path])


def test_a_row_that_does_not_fit_the_schema_leaves_no_file(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    records = Records(tmp_path / "records")
    with pytest.raises(pa.ArrowInvalid):
        records.write("cell", [dict.fromkeys(NAMES) | {"calls": "many"}])
    assert not records.path("cell").exists()
    assert list((tmp_path / "records").glob("*.parquet")) == []


def test_a_cell_is_finished_with_every_problem_and_no_failure(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        if request.tag.problem == "toy-1":
            raise EngineError("gone")
        return " 4."

    runner = toy_run(tmp_path, [[]], FakeConfig(script), ToyBenchmark(size=2))
    (cell,) = runner.plan.cells
    assert kept(runner, cell) is None
    runner = toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=2))
    assert kept(runner, cell) is not None
    assert kept(runner, cell, problems=3) is None
    assert kept(runner, replace(cell, id="another")) is None
    assert kept(runner, cell, code="other") is None


def kept(runner: Runner, cell: Cell, problems: int = 2, code: str = "same") -> Any:
    """The cell's rows as a run would find them, as if this checkout were at commit `same`."""
    path = runner.records.path(cell.id)
    if path.exists():
        rows = pq.read_table(path).to_pylist()
        runner.records.write(cell.id, [row | {"git_commit": "same"} for row in rows])
    role_models = role_models_text({"solve": runner.loader.identity(cell.answering_model)})
    return runner.records.kept(cell.id, problems, role_models, code)


def test_records_of_other_weights_are_not_kept(tmp_path: Path) -> None:
    model = toy_model(tmp_path / "toy")
    toy_run(tmp_path, [[]], FakeConfig(), ToyBenchmark(size=2), models=[model])
    (tmp_path / "toy" / "config.json").write_text('{"trained": "further"}')
    again = FakeConfig()
    runner = toy_run(tmp_path, [[]], again, ToyBenchmark(size=2), models=[model])
    assert len(again.asked) == 2
    assert set(runner.records.frame()["weights"]) == {runner.loader.identity(model).weights}


def test_a_failed_attempt_says_what_went_wrong(tmp_path: Path) -> None:
    def script(request: CompletionRequest, prompt: str) -> str:
        raise EngineError("gone")

    frame = toy_run(tmp_path, [[]], FakeConfig(script), ToyBenchmark(size=1)).records.frame()
    (row,) = frame.to_dict("records")
    assert (row["status"], row["error"], row["failures"]) == ("error", "gone", 1)
    assert pd.isna(row["score"])
    assert row["candidates"][0]["error"] == "gone"


def test_schema_fields_and_metadata_agree() -> None:
    assert SCHEMA.names == NAMES
    assert len(set(NAMES)) == len(NAMES)
    assert SCHEMA.metadata == {b"pte_records_version": str(VERSION).encode()}
    assert all(text for _, _, text in COLUMNS)
