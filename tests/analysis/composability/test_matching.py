"""What was matched by settings, and what could not be computed where settings differ."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from analysis.composability.matching import matching
from analysis.contracts.experiment import Arm, Experiment
from analysis.contracts.finding import Finding, Severity
from analysis.pipeline import AnalysisSettings, analyse
from analysis.simulation import Truth, composed, simulate

Settings = Mapping[str, Mapping[str, int]]


def arm(label: str, **settings: Mapping[str, int]) -> Arm:
    config = json.dumps([[name, values] for name, values in settings.items()])
    return Arm(label=label, ptes=tuple(settings), config=config)


def experiment(*arms: Arm) -> Experiment:
    gains = {frozenset({f"p{number}"}): 0.1 for number in range(len(arms) - 1)}
    return replace(simulate(Truth(gains=gains, items=40), 1), arms=arms)


FEW, VOTES = {"k": 4}, {"n": 60}


def found(*arms: Arm) -> list[Finding]:
    return list(matching(experiment(Arm(label="base", config="[]"), *arms)))


def test_a_pair_that_was_cut_by_itself() -> None:
    (finding,) = found(
        arm("few", few=FEW), arm("vote", vote=VOTES), arm("few+vote", few=FEW, vote={"n": 45})
    )
    assert finding.severity is Severity.WARNING
    for part in (
        "in few+vote vote has n 45 in them, 60 without the others",
        "Matched by name and settings: few.",
        "Not computed because of it: the exponent and the interaction of few with vote",
        "pte run sweep=list 'sweep.stacks=[[vote]]' pte.vote.n=45",
    ):
        assert part in finding.message


def test_all_that_differs_is_named_and_the_same_difference_once() -> None:
    cut = {"few": {"k": 2}, "vote": {"n": 45}}
    findings = found(
        arm("few", few=FEW),
        arm("vote", vote=VOTES),
        arm("judge", judge={}),
        arm("few+vote", **cut),
        arm("judge+vote", judge={}, vote={"n": 45}),
    )
    texts = [each.message for each in findings]
    assert len(texts) == 2
    assert any("in few+vote few has k 2" in text for text in texts)
    both = next(text for text in texts if "vote has n 45" in text)
    assert "few+vote, judge+vote" in both
    assert "few with vote, judge with vote" in both


def test_a_triple_whose_pair_has_other_settings() -> None:
    cut = {"n": 45}
    findings = found(
        arm("a", a={}),
        arm("b", b={}),
        arm("vote 60", vote=VOTES),
        arm("vote 45", vote=cut),
        arm("a+b", a={}, b={}),
        arm("a+vote", a={}, vote=VOTES),
        arm("b+vote", b={}, vote=cut),
        arm("a+b+vote", a={}, b={}, vote=cut),
    )
    (warning,) = (each for each in findings if each.severity is Severity.WARNING)
    assert "in a+b+vote vote has n 45 in them, 60" in warning.message
    assert "sweep.stacks=[[a,vote]]" in warning.message
    assert "the exponent" not in warning.message


def test_which_of_two_settings_a_pair_is_compared_with() -> None:
    (note,) = found(
        arm("few", few=FEW),
        arm("vote[n=45]", vote={"n": 45}),
        arm("vote[n=60]", vote=VOTES),
        arm("few+vote", few=FEW, vote={"n": 45}),
    )
    assert note.severity is Severity.NOTE
    assert "few+vote: compared with vote[n=45]" in note.message
    assert "vote[n=60] stands by itself" in note.message


def test_a_lattice_of_one_setting_says_nothing() -> None:
    assert not found(
        arm("few", few=FEW), arm("vote", vote=VOTES), arm("few+vote", few=FEW, vote=VOTES)
    )


def test_the_analysis_says_it() -> None:
    made = simulate(Truth(gains=composed({"a": 4.0, "b": 2.0}), items=40), 1)
    pair = made.arm("a+b")
    cut = replace(made.arms[pair], config=json.dumps([["a", {"n": 45}], ["b", {}]]))
    arms = (*made.arms[:pair], cut, *made.arms[pair + 1 :])
    (result,) = analyse([replace(made, arms=arms)], AnalysisSettings(replicates=100))
    assert not result.pairs
    assert any("the exponent and the interaction of a with b" in f.message for f in result.findings)
