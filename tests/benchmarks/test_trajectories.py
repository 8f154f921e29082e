"""Exemplars that act: labelled lines, one action a step, observations that the tools make."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import own_exemplars
from benchmarks.game24 import Game24
from harness.contracts.address import Address
from harness.contracts.attempt import Attempt
from harness.contracts.passage import Corpus, Passage
from harness.contracts.problem import Exemplar, Problem
from harness.contracts.prompt import Prompt
from harness.contracts.tool import Tool
from harness.engines.fake import FakeConfig
from harness.solvers.tool_use import use
from ptes.common.acting.actions import first_action
from ptes.common.acting.demonstrations import Demonstrations
from ptes.common.acting.trajectories import TrajectoryNotation
from ptes.tools.arithmetic import evaluate
from ptes.tools.calculator import CALCULATOR
from ptes.tools.call_syntax import InlineNotation
from ptes.tools.quantities import shown as shown_number
from ptes.tools.search import search_tools
from tests.toys import toy_handle

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


def tools_for(name: str, sentences: int = 5, nearest: bool = False) -> tuple[Tool, ...]:
    """The stack's tools, as they are over a corpus that has nothing to do with the exemplars."""
    elsewhere = Corpus.of("elsewhere", [Passage("Otter", ("Otters swim.",))])
    search = search_tools(elsewhere, sentences, nearest)
    return (CALCULATOR,) if "calculator" in TOOLS[name] else search


def acted(folder: Path, name: str, exemplar: Exemplar, **settings: Any) -> list[str]:
    """The steps of an exemplar as a model is shown them."""
    handle = toy_handle(folder, FakeConfig())
    attempt = Attempt(Problem("p", "?"), Prompt("?"), Address())
    demonstrations = Demonstrations(tools_for(name, **settings), TrajectoryNotation())
    (shown,) = asyncio.run(demonstrations.of([exemplar], attempt, handle))
    return [found[0].rstrip("\n") for found in STEP.finditer(shown.forms["trajectory"])]


@pytest.mark.parametrize(("name", "exemplar"), CASES)
def test_steps_think_act_and_observe_and_the_last_one_finishes(
    tmp_path: Path, name: str, exemplar: Exemplar
) -> None:
    assert "Observation" not in exemplar.forms["trajectory"]
    steps = acted(tmp_path, name, exemplar)
    done, last = [first_action(step) for step in steps[:-1]], first_action(steps[-1])
    assert done
    for action, step in zip(done, steps[:-1], strict=True):
        assert action is not None
        assert action.name in TOOLS[name]
        assert step.count("Action:") == step.count("\nObservation: ") == 1
    assert last is not None
    assert (last.name, last.argument) == ("finish", exemplar.answer)
    assert "Observation" not in steps[-1]
    assert len(steps) <= 7  # the steps that ReAct has on HotpotQA


@pytest.mark.parametrize(("name", "exemplar"), CASES)
def test_observations_are_word_for_word_what_the_tool_says(
    tmp_path: Path, name: str, exemplar: Exemplar
) -> None:
    """Asked as a model asks: by the action that the step ends in, one after the other."""
    handle = toy_handle(tmp_path, FakeConfig())
    attempt = Attempt(Problem("p", "?"), Prompt("?"), Address())
    tools = tools_for(name)
    if exemplar.passages:
        tools = search_tools(Corpus.of("its own", exemplar.passages))
    for step in acted(tmp_path, name, exemplar)[:-1]:
        action = first_action(step)
        assert action is not None
        attempt, said = asyncio.run(use(tools, action.name, action.argument, attempt, handle))
        assert step.endswith(f"\nObservation: {said}")


@pytest.mark.parametrize(
    ("name", "exemplar"), [case for case in CASES if "search" in TOOLS[case[0]]]
)
def test_searches_find_what_the_next_thought_rests_on(
    tmp_path: Path, name: str, exemplar: Exemplar
) -> None:
    """Every passage is found; where a title is not right, the right one is among those named."""
    steps = acted(tmp_path, name, exemplar)
    seen = [step.rpartition("\nObservation: ")[2] for step in steps[:-1]]
    assert {passage.text for passage in exemplar.passages} <= set(seen)
    for observation, after in zip(seen, steps[1:], strict=True):
        if observation.startswith("Could not find"):
            action = first_action(after)
            assert action is not None
            assert f"[{action.argument}]" in observation.partition("Similar: ")[2]
    assert not any(each.startswith(("No results", "No more", "No passage")) for each in seen)


def test_another_setting_of_the_tool_is_another_demonstration(tmp_path: Path) -> None:
    exemplar = POOLS["multi_hop"][0]
    one = acted(tmp_path / "1", "multi_hop", exemplar, sentences=1)
    assert [step.rpartition("\nObservation: ")[2] for step in one[:-1]] == [
        passage.sentences[0] for passage in exemplar.passages
    ]
    flag = next(each for each in POOLS["multi_hop"] if "cedar" in each.question)
    assert "Could not find" in acted(tmp_path / "2", "multi_hop", flag)[0]
    near = acted(tmp_path / "3", "multi_hop", flag, nearest=True)[0]
    assert near.endswith(f"Observation: {flag.passages[0].text}")


CALLING = [each for each in POOLS["word_problems"] if "calls" in each.forms]


@pytest.mark.parametrize("exemplar", CALLING)
def test_calls_within_a_rationale_hold_what_the_tool_says(
    tmp_path: Path, exemplar: Exemplar
) -> None:
    assert "→" not in exemplar.forms["calls"]
    handle = toy_handle(tmp_path, FakeConfig())
    attempt = Attempt(Problem("p", "?"), Prompt("?"), Address())
    demonstrations = Demonstrations((CALCULATOR,), InlineNotation())
    assert demonstrations.possible([exemplar])
    assert not Demonstrations(tools_for("multi_hop"), InlineNotation()).possible([exemplar])
    (shown,) = asyncio.run(demonstrations.of([exemplar], attempt, handle))
    calls = re.findall(r"\[calculator\((.*?)\) → (.*?)\]", shown.forms["calls"])
    assert len(calls) == exemplar.forms["calls"].count("[calculator(")
    assert [value for _, value in calls] == [value_of(term) for term, _ in calls]


def value_of(term: str) -> str:
    return shown_number(evaluate(term))


def test_a_passage_stands_before_its_question() -> None:
    passage = Passage("Otter", ("Otters swim.", "They eat."))
    assert own_exemplars.with_passages("Who?", [passage]) == "Otter: Otters swim. They eat.\nWho?"
