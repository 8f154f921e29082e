"""Self-consistency: a vote over a prefix of the draws, stopped early where that is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import beta

from harness.contracts.pte import Capabilities, StackContext
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from ptes.selection.self_consistency import SelfConsistency, lead_probability
from tests.refusals import refusal
from tests.toys import ToyBenchmark, toy_model, toy_run

ONE = ToyBenchmark(size=1)
votes = st.integers(0, 300)


@given(votes, votes)
def test_the_lead_is_a_beta_posterior(first: int, second: int) -> None:
    expected = beta.sf(0.5, first + 1, second + 1)
    assert lead_probability(first, second) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(votes, votes)
def test_the_lead_is_symmetric_and_grows_with_every_vote(first: int, second: int) -> None:
    assert lead_probability(first, second) + lead_probability(second, first) == pytest.approx(1)
    assert lead_probability(first + 1, second) >= lead_probability(first, second)


def voted(folder: Path, pte: SelfConsistency, engine: FakeConfig) -> dict[Any, Any]:
    (row,) = toy_run(folder, [[pte]], engine, ONE).records.frame().to_dict("records")
    return row


def agreeing_from(place: int) -> FakeConfig:
    """Votes that disagree up to a place and agree from there on."""

    def script(request: CompletionRequest, prompt: str) -> str:
        n = request.tag.address["selection"]
        return f" {n if n < place else 9}."

    return FakeConfig(script)


@pytest.mark.parametrize(
    ("confidence", "expected"), [(0.7, 1), (0.8, 2), (0.9, 3), (0.95, 4), (0.99, 6)]
)
def test_agreement_stops_as_soon_as_the_lead_is_likely_enough(
    tmp_path: Path, confidence: float, expected: int
) -> None:
    engine = agreeing_from(0)
    row = voted(tmp_path, SelfConsistency(20, adaptive=True, confidence=confidence), engine)
    assert len(engine.asked) == len(row["candidates"]) == expected


def test_cost_alone_counts_votes_up_to_the_stop(tmp_path: Path) -> None:
    """Also where the whole pool lies in the journal already."""
    full = voted(tmp_path, SelfConsistency(20), agreeing_from(0))
    engine = agreeing_from(0)
    runner = toy_run(tmp_path, [[SelfConsistency(20, adaptive=True)]], engine, ONE)
    assert not engine.asked
    frame = runner.records.frame()
    (stopped,) = frame[frame["calls"] < 20].to_dict("records")
    assert (full["calls"], stopped["calls"]) == (20, 4)
    assert stopped["flop"] == pytest.approx(full["flop"] * 4 / 20)
    assert stopped["own_prefix_tokens"] == full["own_prefix_tokens"] / 19 * 3


@pytest.mark.parametrize("place", [0, 1, 3, 30])
def test_a_stopped_pool_is_a_prefix_of_the_full_pool(tmp_path: Path, place: int) -> None:
    full = voted(tmp_path / "a", SelfConsistency(20), agreeing_from(place))
    stopped = voted(tmp_path / "b", SelfConsistency(20, adaptive=True), agreeing_from(place))
    short = [(c["address"], c["canonical"]) for c in stopped["candidates"]]
    whole = [(c["address"], c["canonical"]) for c in full["candidates"]]
    assert short == whole[: len(short)]
    keys = [{draw["key"] for draw in row["draws"]} for row in (stopped, full)]
    assert keys[0] <= keys[1]


def test_adaptive_or_not_the_stage_is_noted_once(tmp_path: Path) -> None:
    row = voted(tmp_path, SelfConsistency(5, adaptive=True), agreeing_from(0))
    assert list(row["invoked"]) == ["self_consistency"]


def test_fewer_samples_only_where_there_are_more() -> None:
    assert SelfConsistency(40).with_samples(7).samples == 7
    assert SelfConsistency(5).with_samples(7).samples == 5
    assert SelfConsistency(5, adaptive=True).with_samples(3).adaptive


@pytest.mark.parametrize(
    "settings",
    [{"n": 1}, {"n": 0}, {"n": 2.5}, {"adaptive": "no"}, {"confidence": 0.5}, {"confidence": 1.0}],
)
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any]) -> None:
    assert f"its.{next(iter(settings))} is" in refusal(SelfConsistency, **settings)


def test_answers_that_cannot_be_counted_are_refused(tmp_path: Path) -> None:
    site = StackContext(
        model=toy_model(tmp_path),
        engine=Capabilities(),
        task=replace(ONE.task(), votable=False),
        stack=frozenset({"self_consistency"}),
        selecting=frozenset({"self_consistency"}),
    )
    reason = SelfConsistency(2).applies_to(site)
    assert reason == (
        "self_consistency counts equal answers, and right answers of toy are many and need not be "
        "equal"
    )
    assert SelfConsistency(2).applies_to(replace(site, task=ONE.task())) is None
