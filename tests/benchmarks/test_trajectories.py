"""Exemplars that act: labelled lines, one action a step, observations that the tools make."""

from __future__ import annotations

import re

import pytest

from benchmarks import own_exemplars
from benchmarks.game24 import Game24
from harness.contracts.passage import Passage
from harness.contracts.problem import Exemplar
from ptes.common.acting.actions import first_action
from ptes.tools.arithmetic import evaluate
from ptes.tools.quantities import shown

POOLS: dict[str, tuple[Exemplar, ...]] = {
    "multi_hop": own_exemplars.searched("multi_hop", shown=False),
    "strategyqa": own_exemplars.plain("strategyqa"),
    "word_problems": own_exemplars.plain("word_problems"),
    "game24": Game24().task().exemplars,
}
TOOLS = {
    "multi_hop": {"search", "lookup"},
    "strategyqa": {"search"},
    "word_problems": {"calculator"},
    "game24": {"calculator"},
}
CASES = [(name, exemplar) for name, pool in POOLS.items() for exemplar in pool]
STEP = re.compile(r"Thought: \S.*\nAction: \S.*(?:\nObservation: \S.*)?(?:\n|$)")


def steps(exemplar: Exemplar) -> list[str]:
    return [found[0].rstrip("\n") for found in STEP.finditer(exemplar.forms["trajectory"])]


@pytest.mark.parametrize(("name", "exemplar"), CASES)
def test_steps_think_act_and_observe_and_the_last_one_finishes(
    name: str, exemplar: Exemplar
) -> None:
    result = steps(exemplar)
    assert "\n".join(result) == exemplar.forms["trajectory"]
    *acted, last = [first_action(step) for step in result]
    assert acted
    for action, step in zip(acted, result[:-1], strict=True):
        assert action is not None
        assert action.name in TOOLS[name]
        assert step.count("Action:") == step.count("\nObservation: ") == 1
    assert last is not None
    assert (last.name, last.argument) == ("finish", exemplar.answer)
    assert "Observation" not in result[-1]
    assert len(result) <= 7  # the steps that ReAct has on HotpotQA


@pytest.mark.parametrize(
    ("name", "exemplar"), [case for case in CASES if "calculator" in TOOLS[case[0]]]
)
def test_calculations_come_to_what_is_observed(name: str, exemplar: Exemplar) -> None:
    for step in steps(exemplar)[:-1]:
        action = first_action(step)
        assert action is not None
        assert step.endswith(f"\nObservation: {shown(evaluate(action.argument))}")


def test_searches_of_several_hops_show_passages_and_look_ups_their_sentences() -> None:
    shown_before = own_exemplars.searched("multi_hop", shown=True)
    for bare, full in zip(POOLS["multi_hop"], shown_before, strict=True):
        texts = [line.partition(": ")[2] for line in full.question.split("\n")[:-1]]
        seen: list[str] = []
        for step in steps(bare)[:-1]:
            observation = step.rpartition("\nObservation: ")[2]
            if "Action: lookup" in step:
                assert observation.removeprefix("(Result 1 / 1) ") in seen[-1]
            else:
                seen.append(observation)
        assert seen == texts


def test_a_passage_stands_before_its_question() -> None:
    passage = Passage("Otter", ("Otters swim.", "They eat."))
    assert own_exemplars.with_passages("Who?", [passage]) == "Otter: Otters swim. They eat.\nWho?"
