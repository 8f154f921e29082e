"""Results of others item by item: pairing, what is left out, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.contracts.finding import Severity
from analysis.reading.records import read
from analysis.uncertainty.resample import resample
from harness.errors import UserError
from tests.analysis.reading.told import said

MODELS = {"small": 1e21, "large": 1e23}
STACKS = ("base", "few_shot", "few_shot+self_consistency")
ITEMS = 30


def results(items: int = ITEMS) -> pd.DataFrame:
    """Two models, three stacks; what is right for one stack tends to be right for all."""
    rng = np.random.default_rng(4)
    easy = rng.standard_normal(items)
    rows = [
        {
            "model": model,
            "family": "F",
            "stage": "base",
            "training_flop": flop,
            "benchmark": "quiz",
            "stack": stack,
            "item": f"q{number}",
            "score": float(
                easy[number] + 0.3 * rng.standard_normal() > 0.5 - 0.5 * size - 0.4 * arm
            ),
        }
        for size, (model, flop) in enumerate(MODELS.items())
        for arm, stack in enumerate(STACKS)
        for number in range(items)
    ]
    return pd.DataFrame(rows)


@pytest.fixture
def frame() -> pd.DataFrame:
    return results()


def csv(folder: Path, frame: pd.DataFrame, name: str = "items.csv") -> Path:
    frame.to_csv(folder / name, index=False)
    return folder / name


def means(frame: pd.DataFrame) -> np.ndarray:
    """[arm, rung], as an experiment has them."""
    table = frame.astype({"score": float}).pivot_table(
        index="stack", columns="model", values="score", sort=False
    )
    return np.asarray(table.loc[list(STACKS), list(MODELS)])


def test_arms_share_items_and_intervals_are_paired(tmp_path: Path, frame: pd.DataFrame) -> None:
    told: list[str] = []
    (experiment,) = read([csv(tmp_path, frame.sample(frac=1, random_state=0))], tell=told.append)
    assert told == [
        "items.csv: scores item by item, a row an item, model and stack; intervals are paired"
    ]
    assert [arm.label for arm in experiment.arms] == list(STACKS)
    assert [rung.model for rung in experiment.rungs] == list(MODELS)
    assert experiment.means == pytest.approx(means(frame))
    assert experiment.scores is not None
    assert experiment.scores.shape == (3, 2, ITEMS)
    assert (experiment.counts == ITEMS).all()
    said(experiment, Severity.NOTE, "item by item", "items.csv")
    drawn = resample(experiment, 2000).means
    apart = np.sqrt(drawn[:, 0, 0].var() + drawn[:, 1, 0].var())
    assert (drawn[:, 1, 0] - drawn[:, 0, 0]).std() < 0.8 * apart


def test_an_item_that_an_arm_lacks_is_left_out_of_all(tmp_path: Path, frame: pd.DataFrame) -> None:
    missing = (frame["item"] == "q3") & (frame["stack"] == "few_shot") & (frame["model"] == "large")
    frame.loc[(frame["item"] == "q5") & (frame["stack"] == "base"), "score"] = None
    (experiment,) = read([csv(tmp_path, frame[~missing])])
    assert len(experiment.items) == ITEMS - 2
    kept = frame[~frame["item"].isin(["q3", "q5"])]
    assert experiment.means == pytest.approx(means(kept))
    said(experiment, Severity.WARNING, "2 of 30 problems", "few_shot on large 1", "published")


def test_an_arm_with_few_of_the_items_does_not_cost_the_others(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    few = (frame["stack"] == "few_shot") & (frame["item"] > "q2")
    (experiment,) = read([csv(tmp_path, frame[~few])])
    assert [arm.label for arm in experiment.arms] == ["base", "few_shot+self_consistency"]
    assert len(experiment.items) == ITEMS
    said(experiment, Severity.REFUSED, "few_shot is left out", "add the rows")


def test_runs_of_one_compute_have_their_seeds(tmp_path: Path, frame: pd.DataFrame) -> None:
    runs = [
        frame.assign(model=frame["model"] + f"-{seed}", seed=seed) for seed in ("first", "second")
    ]
    (experiment,) = read([csv(tmp_path, pd.concat(runs))])
    assert {rung.model: rung.seed for rung in experiment.rungs} == {
        f"{model}-{seed}": seed for model in MODELS for seed in ("first", "second")
    }


def test_a_column_says_which_draw_it_is(tmp_path: Path, frame: pd.DataFrame) -> None:
    again = pd.concat([frame.assign(replicate=n) for n in (10, 9)])
    again.loc[again["replicate"] == 9, "score"] = 1.0
    (experiment,) = read([csv(tmp_path, again)])
    assert experiment.replicates is not None
    assert experiment.replicates.shape == (3, 2, 2, ITEMS)
    assert (experiment.replicates[:, :, 0] == 1).all()
    assert experiment.means == pytest.approx((1 + means(frame)) / 2)


def test_names_of_digits_keep_their_zeros(tmp_path: Path, frame: pd.DataFrame) -> None:
    named = frame.assign(item=frame["item"].map({"q0": "007", "q1": "07"}).fillna("1.50"))
    (experiment,) = read([csv(tmp_path, named.drop_duplicates(["model", "stack", "item"]))])
    assert sorted(experiment.items) == ["007", "07", "1.50"]


def test_chance_is_the_mean_over_items(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame["chance"] = np.where(frame["item"] < "q2", 0.5, 0.25)
    (experiment,) = read([csv(tmp_path, frame)])
    share = np.mean([f"q{n}" < "q2" for n in range(ITEMS)])
    assert experiment.chance == pytest.approx(0.25 + 0.25 * share)


@pytest.mark.parametrize(
    ("right", "wrong", "more"),
    [
        ("true", "false", {}),
        ("Right", "WRONG", {}),
        ("1", "0", {}),
        ("100", "0", {"unit": "points"}),
        ("1.0", "0", {"unit": "fraction"}),
    ],
)
def test_right_and_wrong_in_words_or_numbers(
    tmp_path: Path, frame: pd.DataFrame, right: str, wrong: str, more: dict[str, Any]
) -> None:
    said_so = frame.assign(score=np.where(frame["score"] == 1, right, wrong), **more)
    (experiment,) = read([csv(tmp_path, said_so)])
    assert experiment.means == pytest.approx(means(frame))


def test_families_are_ladders_of_their_own(tmp_path: Path, frame: pd.DataFrame) -> None:
    both = pd.concat([frame, frame.assign(family="G", score=1.0)])
    first, second = read([csv(tmp_path, both)])
    assert first.means == pytest.approx(means(frame))
    assert (second.means == 1).all()
    assert first.shares_items_with == (second.name,)
    (mixed,) = read([csv(tmp_path, both)], mixed=True)
    assert len(mixed.rungs) == 4


COUNT = len(MODELS) * len(STACKS) * ITEMS
CHANGES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "an item twice": ({"item": (7, "q6")}, ["row 9", "item q6", "row 8 again", "replicate"]),
    "a score of 56": ({"score": (4, "56")}, ["row 6", "'56'", "0 to 1", "points"]),
    "a negative score": ({"score": (4, "-1")}, ["row 6", "'-1'"]),
    "a word": ({"score": (4, "maybe")}, ["row 6", "'maybe'", "true or false"]),
    "not a number": ({"score": (4, "nan")}, ["row 6", "'nan'"]),
    "no item": ({"item": (4, "")}, ["row 6", "item is empty"]),
    "no model": ({"model": (4, " ")}, ["row 6", "model is empty"]),
    "log10 compute": ({"training_flop": (4, "21")}, ["row 6", "training_flop is 21"]),
    "another compute": ({"training_flop": (4, "2e21")}, ["row 6", "another training_flop"]),
    "another spelling": ({"stack": (35, "Few_Shot")}, ["row 37", "'Few_Shot'", "'few_shot'"]),
    "an item spelled anew": ({"item": (35, "Q5")}, ["row 37", "'Q5'", "row 7", "'q5'"]),
    "a stack that is none": ({"stack": (35, "few shot!")}, ["row 37", "stack is 'few shot!'"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_value_that_is_wrong_is_named_with_its_row(
    tmp_path: Path, frame: pd.DataFrame, change: str
) -> None:
    values, parts = CHANGES[change]
    text = frame.astype(str)
    if change == "an item spelled anew":  # no arm has both spellings
        text.loc[text["stack"] != "base", "item"] = text["item"].str.replace("q5", "Q5")
    for column, (row, value) in values.items():
        text.loc[row, column] = value
    with pytest.raises(UserError) as refused:
        read([csv(tmp_path, text)])
    for part in ("items.csv", *parts):
        assert part in str(refused.value)


def test_an_arm_in_another_unit_is_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    arm = frame["stack"] == "few_shot"
    frame.loc[arm, "score"] = frame.loc[arm, "score"] / 100
    with pytest.raises(UserError, match=r"row \d+: the score is 0.01, .*one unit"):
        read([csv(tmp_path, frame)])


@pytest.mark.parametrize(("row", "line"), [("x,y", 3), ("a,b,c,d,e,f,g,h,i,j", 3)])
def test_a_row_of_another_length_is_named(
    tmp_path: Path, frame: pd.DataFrame, row: str, line: int
) -> None:
    path = csv(tmp_path, frame)
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[: line - 1], row, *lines[line - 1 :]]))
    with pytest.raises(UserError, match=f"row {line}: it has not as many values"):
        read([path])


def test_blank_rows_spaces_and_a_byte_order_mark_do_no_harm(
    tmp_path: Path, frame: pd.DataFrame
) -> None:
    path = csv(tmp_path, frame)
    lines = [line.replace(",", " , ") for line in path.read_text().splitlines()]
    path.write_text("\ufeff" + "\n".join([lines[0], "", *lines[1:], "", ""]))
    (experiment,) = read([path])
    assert experiment.means == pytest.approx(means(frame))


def test_quotes_and_line_breaks_within_them(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame["item"] = frame["item"].replace({"q1": "what, exactly?", "q2": "two\nlines"})
    (experiment,) = read([csv(tmp_path, frame)])
    assert {"what, exactly?", "two\nlines"} < set(experiment.items)
    frame.loc[len(frame) - 1, "score"] = 7
    with pytest.raises(UserError, match=f"row {len(frame) + 1 + 6}: score is '7.0'"):
        read([csv(tmp_path, frame)])


def test_a_column_that_is_missing_or_unknown_is_named(tmp_path: Path, frame: pd.DataFrame) -> None:
    with pytest.raises(UserError, match="no column training_flop"):
        read([csv(tmp_path, frame.drop(columns="training_flop"))])
    with pytest.raises(UserError, match=r"the column .n. is unknown"):
        read([csv(tmp_path, frame.assign(n=1))])


class TestParquet:
    @pytest.mark.parametrize("typed", ["bool", "decimal", "float32", "int8", "category", "large"])
    def test_types_of_others_are_read(
        self, tmp_path: Path, frame: pd.DataFrame, typed: str
    ) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=True)
        place = table.column_names.index("score")
        scores = frame["score"]
        column = {
            "bool": pa.array(scores == 1),
            "decimal": pa.array([Decimal(f"{score:.2f}") for score in scores]),
            "float32": pa.array(scores, pa.float32()),
            "int8": pa.array(scores.astype(int), pa.int8()),
            "category": pa.array([str(score) for score in scores]).dictionary_encode(),
            "large": pa.array([str(int(score)) for score in scores], pa.large_string()),
        }[typed]
        table = table.set_column(place, "score", column)
        table = table.append_column("chance", pa.nulls(len(frame)))
        table = table.set_column(
            table.column_names.index("item"), "item", table.column("item").dictionary_encode()
        )
        pq.write_table(table, tmp_path / "items.parquet")
        (experiment,) = read([tmp_path / "items.parquet"])
        assert experiment.means == pytest.approx(means(frame))
        assert experiment.chance == 0

    @pytest.mark.parametrize(
        "values",
        [
            pa.array([b"x"] * COUNT),
            pa.array([["x"]] * COUNT),
            pa.array([0] * COUNT, pa.timestamp("s")),
            pa.array([{"a": 1}] * COUNT),
        ],
        ids=["bytes", "lists", "times", "structs"],
    )
    def test_a_type_that_is_no_value_is_named(
        self, tmp_path: Path, frame: pd.DataFrame, values: pa.Array
    ) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        table = table.set_column(table.column_names.index("stack"), "stack", values)
        pq.write_table(table, tmp_path / "items.parquet")
        with pytest.raises(UserError, match=r"items\.parquet: the column stack is of type"):
            read([tmp_path / "items.parquet"])

    def test_a_null_score_was_not_graded(self, tmp_path: Path, frame: pd.DataFrame) -> None:
        frame.loc[3, "score"] = None
        frame.to_parquet(tmp_path / "items.parquet")
        (experiment,) = read([tmp_path / "items.parquet"])
        assert len(experiment.items) == ITEMS - 1

    def test_whole_numbers_are_one_name_whatever_keeps_them(
        self, tmp_path: Path, frame: pd.DataFrame
    ) -> None:
        number = frame["item"].str[1:].astype(int)
        base = frame["stack"] == "base"
        for name, own, items in (
            ("a.parquet", frame[base], number[base]),
            ("b.parquet", frame[~base], number[~base].astype(float)),
        ):
            own.assign(item=items).to_parquet(tmp_path / name)
        (experiment,) = read([tmp_path])
        assert len(experiment.items) == ITEMS
        assert experiment.means == pytest.approx(means(frame))

    def test_parts_of_a_folder_or_named_apart_are_one_table(
        self, tmp_path: Path, frame: pd.DataFrame
    ) -> None:
        for number, (_, part) in enumerate(frame.groupby("stack")):
            part.to_parquet(tmp_path / f"part-{number}.parquet")
        whole = [tmp_path], sorted(tmp_path.iterdir())
        for paths in whole:
            (experiment,) = read(list(paths))
            assert experiment.means == pytest.approx(means(frame))

    def test_a_row_that_two_parts_have_is_named_in_both(
        self, tmp_path: Path, frame: pd.DataFrame
    ) -> None:
        frame.to_parquet(tmp_path / "a.parquet")
        frame[10:].to_parquet(tmp_path / "b.parquet")
        with pytest.raises(UserError) as refused:
            read([tmp_path])
        assert "b.parquet row 1:" in str(refused.value)
        assert "a.parquet row 11 again" in str(refused.value)

    def test_a_file_that_is_none_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "items.parquet").write_bytes(b"PAR1 is not enough")
        with pytest.raises(UserError, match=r"items\.parquet"):
            read([tmp_path / "items.parquet"])

    def test_published_scores_are_taken_too(self, tmp_path: Path) -> None:
        rows = pd.DataFrame(
            {
                "model": ["s", "s", "l", "l"],
                "family": "F",
                "stage": "base",
                "training_flop": [1e21, 1e21, 1e22, 1e22],
                "benchmark": "quiz",
                "stack": ["base", "few_shot"] * 2,
                "score": [20, 30, 40, 50],
                "n": [100, 100, 100, np.nan],
            }
        )
        rows.to_parquet(tmp_path / "scores.parquet")
        (experiment,) = read([tmp_path / "scores.parquet"])
        assert experiment.means == pytest.approx(np.array([[0.2, 0.4], [0.3, 0.5]]))
        assert np.isnan(experiment.counts[1, 1])
        rows.loc[2, "score"] = 140
        rows.to_parquet(tmp_path / "scores.parquet")
        with pytest.raises(UserError, match=r"scores\.parquet row 3: score is 140"):
            read([tmp_path / "scores.parquet"])


def test_many_rows_are_read_in_seconds(tmp_path: Path) -> None:
    path = csv(tmp_path, results(5000))
    begun = process_time()
    (experiment,) = read([path])
    assert len(experiment.items) == 5000
    assert process_time() - begun < 3  # 30,000 rows; row by row checks would take ten times that
