"""Published scores from a table, and what a table may not hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.contracts.finding import Severity
from analysis.reading.published import published
from analysis.reading.records import read
from harness.errors import UserError

HEADER = "model,family,stage,training_flop,benchmark,stack,score,n,task_type,source"
COBBE = "Cobbe et al. 2021; compute of GPT-3 6.7B and 175B: Brown et al. 2020 table D.1"
GSM8K = f"""{HEADER}
6B fine-tuned,GPT-3,finetuned,1.2e22,gsm8k,base,21.68,1319,math,{COBBE}
6B fine-tuned,GPT-3,finetuned,1.2e22,gsm8k,verifier,39.04,1319,math,{COBBE}
175B fine-tuned,GPT-3,finetuned,3.14e23,gsm8k,base,34.72,1319,math,{COBBE}
175B fine-tuned,GPT-3,finetuned,3.14e23,gsm8k,verifier,56.25,1319,math,{COBBE}
"""
NEEDED = "model,family,stage,training_flop,benchmark,stack,score"


def table(folder: Path, text: str) -> Path:
    path = folder / "scores.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_two_models_with_and_without_a_verifier(tmp_path: Path) -> None:
    (experiment,) = read([table(tmp_path, GSM8K)])
    assert experiment.name == experiment.benchmark == "gsm8k"
    assert experiment.task_type == "math"
    assert [rung.model for rung in experiment.rungs] == ["6B fine-tuned", "175B fine-tuned"]
    assert experiment.x == pytest.approx(np.log10([12.0, 314.0]))
    assert [arm.label for arm in experiment.arms] == ["base", "verifier"]
    assert experiment.means == pytest.approx(np.array([[0.2168, 0.3472], [0.3904, 0.5625]]))
    assert (experiment.counts == 1319).all()
    assert experiment.items == ()
    assert experiment.scores is None
    assert experiment.findings == ()
    assert experiment.provenance["sources"] == [COBBE]
    assert experiment.means[1, 0] > experiment.means[0, 1]  # the smaller model with it beats


def test_what_is_not_said_is_not_known(tmp_path: Path) -> None:
    rows = "small,f,base,1e21,b,base,10\nlarge,f,base,,b,few_shot+chain_of_thought,30\n"
    (experiment,) = published([table(tmp_path, f"{NEEDED}\n{rows}")])
    assert [rung.model for rung in experiment.rungs] == ["small", "large"]
    assert np.isnan(experiment.x).tolist() == [False, True]
    assert experiment.means == pytest.approx(np.array([[0.1, np.nan], [np.nan, 0.3]]), nan_ok=True)
    assert np.isnan(experiment.counts).all()
    assert experiment.chance == 0.0
    assert experiment.arms[1].ptes == ("few_shot", "chain_of_thought")
    assert experiment.multiples is not None
    assert experiment.multiples[0, 0] == 1.0
    assert np.isnan(experiment.multiples[1]).all()
    messages = " | ".join(finding.message for finding in experiment.findings)
    for part in ("base is missing on large", "compute of large is not known", "fill in n"):
        assert part in messages
    assert {finding.subject for finding in experiment.findings} == {"b"}


def test_columns_that_may_be_there(tmp_path: Path) -> None:
    text = f"""{NEEDED},chance,multiple,valid_for_ceg
small,f,base,1e21,b,base,30,0.25,,
small,f,base,1e21,b,vote,40,0.25,5,
large,f,base,1e22,b,base,50,0.25,,false
"""
    (experiment,) = published([table(tmp_path, text)])
    assert experiment.chance == 0.25
    assert experiment.multiples is not None
    assert experiment.multiples[:, 0].tolist() == [1.0, 5.0]
    assert [rung.valid for rung in experiment.rungs] == [True, False]
    assert np.isnan(experiment.x[1])


def test_a_table_may_say_which_training_run_a_model_is(tmp_path: Path) -> None:
    rows = "\n".join(
        f"{size}-{seed},f,base,1e2{size},b,base,{10 * size + seed},{seed}"
        for size in (1, 2, 3)
        for seed in (0, 1)
    )
    (experiment,) = published([table(tmp_path, f"{NEEDED},seed\n{rows}\n")])
    assert [rung.seed for rung in experiment.rungs] == ["0", "1"] * 3
    other = rows + "\n1-0,f,base,1e21,b,vote,30,1"
    with pytest.raises(UserError, match=r"seed than row 2.*a training run is a model of its own"):
        published([table(tmp_path, f"{NEEDED},seed\n{other}\n")])


def test_families_are_ladders_of_their_own_unless_mixed(tmp_path: Path) -> None:
    rows = "a,f,base,1e21,b,base,10\nb,g,base,1e22,b,base,20\nc,g,chat,1e23,b,base,30\n"
    path = table(tmp_path, f"{NEEDED}\n{rows}")
    apart = read([path])
    assert [e.name for e in apart] == ["b (f, base)", "b (g, base)", "b (g, chat)"]
    for experiment in apart:
        assert len(experiment.rungs) == 1
        assert any(
            f.severity is Severity.NOTE and "f base" in f.message for f in experiment.findings
        )
        assert {finding.subject for finding in experiment.findings} == {experiment.name}
    (together,) = read([path], mixed=True)
    assert len(together.rungs) == 3
    assert any(
        f.severity is Severity.WARNING and "share one ladder" in f.message
        for f in together.findings
    )


@pytest.mark.parametrize("scores", [("0.5", "1.5"), ("0", "1"), ("0", "0")])
def test_low_scores_are_points_where_nothing_says_otherwise(
    tmp_path: Path, scores: tuple[str, str]
) -> None:
    rows = "m,f,base,1e21,b,base,{}\nm,f,base,1e21,b,x,{}\n".format(*scores)
    (experiment,) = published([table(tmp_path, f"{NEEDED}\n{rows}")])
    assert experiment.means[:, 0] == pytest.approx([float(score) / 100 for score in scores])


def test_models_of_one_name_are_rungs_of_their_own_names(tmp_path: Path) -> None:
    rows = [
        "7B,f,base,1e21,b,base,10",
        "7B,f,chat,2e21,b,base,20",
        "13B,f,base,3e21,b,base,30",
        "13B,g,base,4e21,b,base,40",
        "13B (g),g,base,5e21,b,base,50",
        "1B,f,base,1e20,b,base,1",
    ]
    text = "\n".join([NEEDED, *rows])
    (experiment,) = published([table(tmp_path, text)], mixed=True)
    names = ["1B", "7B (base)", "7B (chat)", "13B (f, base)", "13B (g, base)", "13B (g)"]
    assert [rung.model for rung in experiment.rungs] == names
    assert experiment.means[0] == pytest.approx([0.01, 0.1, 0.2, 0.3, 0.4, 0.5])
    first, *_ = published([table(tmp_path, text)])
    assert [rung.model for rung in first.rungs] == ["1B", "7B", "13B"]


def test_scores_without_items_beside_others_are_named(tmp_path: Path) -> None:
    rows = "a,f,base,1e21,b,base,10,100\na,f,base,1e21,b,x,20,\nb,f,base,1e22,b,base,30,\n"
    (experiment,) = published([table(tmp_path, f"{NEEDED},n\n{rows}")])
    (message,) = [f for f in experiment.findings if "fill in n" in f.message]
    assert message.severity is Severity.WARNING
    assert "2 of 3 scores" in message.message
    assert "(base on b, x on a)" in message.message


def test_scores_of_several_sources_are_told(tmp_path: Path) -> None:
    rows = "a,f,base,1e21,b,base,10,100,,one\nb,f,base,1e22,b,base,20,100,,two\n"
    (experiment,) = published([table(tmp_path, f"{HEADER}\n{rows}")])
    (finding,) = experiment.findings
    assert finding.severity is Severity.WARNING
    assert "2 sources share the ladder (one; two)" in finding.message


def test_without_a_base_there_are_still_scores(tmp_path: Path) -> None:
    (experiment,) = published([table(tmp_path, f"{NEEDED}\na,f,base,1e21,b,few_shot,10\n")])
    assert experiment.base is None
    assert experiment.means == pytest.approx(np.array([[0.1]]))
    assert any(
        f.severity is Severity.REFUSED and "there is no base" in f.message
        for f in experiment.findings
    )


def test_spaces_and_a_byte_order_mark_do_no_harm(tmp_path: Path) -> None:
    path = table(tmp_path, f"\ufeff{NEEDED.replace(',', ', ')}\n a , f,base, 1e21,b, x + y ,10 \n")
    (experiment,) = published([path])
    assert experiment.rungs[0].model == "a"
    assert experiment.arms[0].ptes == ("x", "y")


ROW = {
    "model": "m",
    "family": "f",
    "stage": "base",
    "training_flop": "1e21",
    "benchmark": "b",
    "stack": "base",
    "score": "50",
}


@pytest.mark.parametrize(
    ("changes", "parts"),
    [
        ({"score": "high"}, ["score is 'high'", "give a number"]),
        ({"score": "nan"}, ["score is 'nan'"]),
        ({"score": ""}, ["score is empty"]),
        ({"score": "101"}, ["score is 101", "from 0 to 100"]),
        ({"score": "-1"}, ["score is -1", "from 0 to 100"]),
        ({"training_flop": "0"}, ["training_flop is 0", "give FLOP"]),
        ({"training_flop": "21"}, ["training_flop is 21", "not log10"]),
        ({"training_flop": "0.3"}, ["training_flop is 0.3", "no other unit"]),
        ({"training_flop": "3e40"}, ["training_flop is 3e40", "give FLOP"]),
        ({"unit": "percent"}, ["unit is 'percent'", "points, fraction or nothing"]),
        ({"unit": "fraction"}, ["score is 50", "from 0 to 1"]),
        ({"training_flop": "inf"}, ["training_flop is inf"]),
        ({"model": ""}, ["model is empty"]),
        ({"stack": "few_shot,cot"}, ["'few_shot,cot'", "joined by +"]),
        ({"stack": "few_shot & cot"}, ["'few_shot & cot'", "joined by +"]),
        ({"stack": "few_shot/cot"}, ["joined by +"]),
        ({"stack": "few_shot+"}, ["joined by +"]),
        ({"stack": "few shot"}, ["joined by +"]),
        ({"stack": "base+few_shot"}, ["base alone"]),
        ({"stack": "few_shot+few_shot"}, ["each PTE once"]),
        ({"n": "0"}, ["n is 0", "at least 1"]),
        ({"n": "many"}, ["n is 'many'"]),
        ({"chance": "25"}, ["chance is 25", "from 0 to 1"]),
        ({"chance": "1"}, ["chance is 1", "from 0 to 1, but not 1"]),
        ({"multiple": "-2"}, ["multiple is -2"]),
        ({"multiple": "0"}, ["multiple is 0", "but not 0"]),
        ({"valid_for_ceg": "perhaps"}, ["valid_for_ceg is 'perhaps'", "true or false"]),
    ],
)
def test_a_value_that_is_wrong_is_named_with_its_row(
    tmp_path: Path, changes: dict[str, str], parts: list[str]
) -> None:
    wrong = ROW | changes
    good = dict.fromkeys(wrong, "") | ROW | {"model": "other"}
    lines = [",".join(f'"{value}"' for value in row.values()) for row in (good, wrong)]
    path = table(tmp_path, "\n".join([",".join(wrong), *lines]) + "\n")
    with pytest.raises(UserError) as refused:
        published([path])
    for part in (f"{path} row 3: ", *parts):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (NEEDED.replace(",score", ""), ["row 1", "no column score"]),
        (f"{NEEDED},accuracy", ["row 1", "'accuracy'", "unknown"]),
        (f"{NEEDED},score", ["row 1", "twice"]),
        (NEEDED, ["no scores"]),
        ("", ["row 1", "no column model"]),
        (f"{NEEDED}\nm,f,base,1e21,b,base", ["row 2", "as many values"]),
        (f"{NEEDED}\nm,f,base,1e21,b,base,1,2", ["row 2", "as many values"]),
        (
            f"{NEEDED}\nm,f,base,1e21,b,x+y,1\nm,f,base,1e21,b,y+x,2",
            ["row 3", "score of row 2 again"],
        ),
        (
            f"{NEEDED}\nm,f,base,1e21,b,base,1\nm,f,base,1e22,b,x,2",
            ["row 3", "m another training_flop", "row 2"],
        ),
        (
            f"{NEEDED},chance\nm,f,base,1e21,b,base,1,0.1\nm,f,base,1e21,b,x,2,0.2",
            ["row 3", "b another chance", "row 2"],
        ),
        (
            f"{NEEDED}\nm,f,base,1e21,a,base,60\nm,f,base,1e21,b,base,1\nm,f,base,1e21,b,x,0.6",
            ["row 4", "score of x on b is above 1", "fraction", "a column unit"],
        ),
        (
            f"{NEEDED}\nm,f,base,1e21,b,base,0.4\nl,f,base,1e22,b,base,0.7\nm,f,base,1e21,b,x,8",
            ["row 2", "score is 0.4", "score of base on b is above 1", "a column unit"],
        ),
        (
            f"{NEEDED},n\nm,f,base,1e21,b,base,0.05,500\nl,f,base,1e22,b,base,70,500",
            ["row 2", "score is 0.05", "of 500 items", "less than one"],
        ),
        (
            f"{NEEDED}\nm,f,base,1e21,b,few_shot,10\nl,f,base,1e22,b,Few-Shot,20",
            ["row 3", "a PTE 'Few-Shot'", "row 2 calls it 'few_shot'"],
        ),
        (
            f"{NEEDED}\nm-1B,f,base,1e21,b,base,10\nM 1b,f,base,1e21,b,x,20",
            ["row 3", "a model 'M 1b'", "row 2 calls it 'm-1B'"],
        ),
        (
            f"{NEEDED}\nm,f,base,1e21,GSM8K,base,10\nl,f,base,1e22,gsm8k,base,20",
            ["row 3", "a benchmark 'gsm8k'"],
        ),
    ],
)
def test_a_table_that_is_wrong_is_refused(tmp_path: Path, text: str, parts: list[str]) -> None:
    path = table(tmp_path, text)
    with pytest.raises(UserError) as refused:
        published([path])
    for part in (str(path), *parts):
        assert part in str(refused.value)


@pytest.mark.parametrize(
    ("rows", "means"),
    [
        ("m,f,base,1e21,b,base,0.4,points\nl,f,base,1e22,b,base,0.7,points", [0.004, 0.007]),
        ("m,f,base,1e21,b,base,0.4,fraction\nl,f,base,1e22,b,base,70,", [0.4, 0.7]),
        ("m,f,base,1e21,b,base,0.4,\nl,f,base,1e22,b,base,7,", [0.004, 0.07]),
    ],
)
def test_scores_below_a_point_and_fractions_are_told_apart(
    tmp_path: Path, rows: str, means: list[float]
) -> None:
    (experiment,) = published([table(tmp_path, f"{NEEDED},unit\n{rows}\n")])
    assert experiment.means[0] == pytest.approx(means)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "scores.csv"
    with pytest.raises(UserError, match=r"scores.csv cannot be read"):
        read([path])
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="UTF-8"):
        read([path])
