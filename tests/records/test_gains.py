"""Points over the base that decodes alike, and of a selection over both."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from harness.cli import ended
from harness.cli.results import print_results
from harness.records import summary
from harness.records.gains import gains

SAMPLED, GREEDY = (
    json.dumps({"solve": {"temperature": 0.7}}),
    json.dumps({"solve": {"temperature": 0.0}}),
)


def cell(stack: str, scores: list[float], **changes: Any) -> pd.DataFrame:
    greedy = stack.endswith("(greedy)")
    same = {
        "cell": stack,
        "stack": stack,
        "setting": "s",
        "replicate": 0,
        "greedy": greedy,
        "selects": False,
        "sampling": GREEDY if greedy else SAMPLED,
    }
    rows = [{"problem": str(n), "score": score} for n, score in enumerate(scores)]
    return pd.DataFrame([same | row | changes for row in rows])


BASE, COLD = cell("base", [1, 0, 0, 0]), cell("base (greedy)", [1, 1, 0, 0])
VOTE = cell("vote", [1, 1, 1, 0], selects=True)


def over(of: pd.DataFrame, *others: pd.DataFrame) -> tuple[float | None, float | None]:
    found = gains(of, pd.concat([of, *others]))
    return found["over greedy base"], found["over sampled base"]


def test_a_selection_is_over_both() -> None:
    assert over(VOTE, BASE, COLD) == (25.0, 50.0)


def test_other_arms_are_over_the_base_that_decodes_alike() -> None:
    assert over(cell("few_shot", [1, 1, 1, 1]), BASE, COLD) == (None, 75.0)
    assert over(cell("few_shot (greedy)", [1, 1, 1, 1]), BASE, COLD) == (50.0, None)
    assert over(BASE, COLD) == over(COLD, BASE) == (None, None)


def test_only_problems_with_both_scores_count() -> None:
    half = cell("vote", [1, 1, float("nan"), 0], selects=True)
    assert over(half, BASE, COLD) == (0.0, 33.3)


def test_a_base_of_another_setting_or_replicate_is_none() -> None:
    for changes in ({"setting": "t"}, {"replicate": 1}):
        assert over(VOTE, cell("base", [1, 0, 0, 0], **changes)) == (None, None)


def test_older_records_that_do_not_say_what_selects() -> None:
    pools: Any = [[{}, {}], [{}, {}], None, [{}]]
    single: Any = [[{}]] * 4
    older = VOTE.drop(columns="selects").assign(candidates=pools)
    assert over(older, BASE, COLD) == (25.0, 50.0)
    plain = cell("few_shot", [1, 1, 1, 0]).drop(columns="selects").assign(candidates=single)
    assert over(plain, BASE, COLD) == (None, 50.0)


def test_a_sweep_without_temperature_has_a_greedy_base() -> None:
    cold = cell("base", [1, 0, 0, 0], sampling=GREEDY)
    assert over(cell("few_shot", [1, 1, 0, 0], sampling=GREEDY), cold) == (25.0, None)


def test_results_say_what_is_over_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {"model": "m", "benchmark": "b", "replicate": 0, "engine": "vllm", "interval": "Wilson"}
    row |= {"error": None, "failed": 0, "lost votes": 0, "judge mass": None, "cell": "c"}
    row |= dict.fromkeys(ended.MEANINGS) | {"score": 50.0}
    row |= {"stack": "vote", "over greedy base": 25.0, "over sampled base": 50.0}
    monkeypatch.setattr(
        "harness.cli.results.summarise", lambda folders: [row | {"definition": "inside"}]
    )
    print_results([], "table")
    printed = capsys.readouterr().out
    assert "over greedy base" in printed
    assert "A selection is given over both, the greedy one first" in " ".join(printed.split())
    assert "judged by x base (net)" in " ".join(printed.split())
    assert summary.INFERENCE_LIMIT == 100
