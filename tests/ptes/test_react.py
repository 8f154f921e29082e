"""ReAct finds what takes two searches, and fails where its script does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.react import ReAct
from ptes.selection.self_consistency import SelfConsistency
from ptes.tools.calculator import Calculator
from tests.acting_toys import PAGES, STEPS, Pages, ToyHops, observed
from tests.program_toys import ToyPrograms, prompts_of, scripted
from tests.refusals import refusal
from tests.toys import ToyBenchmark, toy_plan, toy_run

THINKING = [ReAct(), Pages()]


def stepwise(steps: Sequence[str]) -> Callable[[CompletionRequest, str], str]:
    """Says the next step; the last one again and again."""
    return lambda request, prompt: steps[min(observed(prompt), len(steps) - 1)]


def run(
    folder: Path,
    steps: Sequence[str],
    stack: Sequence[PTE] = THINKING,
    benchmark: ToyHops | None = None,
) -> tuple[Mapping[str, Any], FakeConfig]:
    engine = scripted(solve=stepwise(steps))
    (row,) = rows(folder, [stack], engine, benchmark or ToyHops())
    return row, engine


def rows(
    folder: Path, stacks: Sequence[Sequence[PTE]], engine: FakeConfig, benchmark: ToyHops
) -> list[Mapping[str, Any]]:
    frame = toy_run(folder, stacks, engine, benchmark, budget=None).records.frame()
    assert not frame["cell_error"].notna().any(), frame["cell_error"]
    assert not frame["error"].notna().any(), frame["error"]
    return [dict(row) for _, row in frame.iterrows()]


def test_two_searches_lead_to_the_answer(tmp_path: Path) -> None:
    row, engine = run(tmp_path, STEPS)
    assert (row["answer"], row["score"]) == ("Ireland", 1.0)
    called = [call for each in row["called"] for call in each["calls"]]
    assert called == ["solve", "tool:search", "solve", "tool:search", "solve"]
    assert list(row["invoked"]) == ["react", "pages"]
    last = prompts_of(engine)["solve"][-1]
    assert last.endswith(
        "Answer: Thought: I need the inventor first.\nAction: search[glass harp]\n"
        f"Observation: {PAGES['glass harp']}\n"
        "Thought: Now where Orla Finn was born.\nAction: search[Orla Finn]\n"
        f"Observation: {PAGES['Orla Finn']}\nThought:"
    )


def test_a_context_is_extended_and_never_rendered_again(tmp_path: Path) -> None:
    _, engine = run(tmp_path, STEPS)
    first, second, third = prompts_of(engine)["solve"]
    assert second.startswith(first)
    assert third.startswith(second)


def test_it_fails_where_its_script_fails(tmp_path: Path) -> None:
    """It looks for the wrong person, finds nothing, and guesses."""
    steps = [STEPS[0], " Who?\nAction: search[Orla Fynn]", " Spain then.\nAction: finish[Spain]"]
    row, engine = run(tmp_path, steps)
    assert (row["answer"], row["score"]) == ("Spain", 0.0)
    assert "Observation: Nothing about Orla Fynn." in prompts_of(engine)["solve"][-1]


def test_the_prompt_tells_tools_and_form(tmp_path: Path) -> None:
    _, engine = run(tmp_path, STEPS)
    shown = prompts_of(engine)["solve"][0]
    assert "search[Ada Lovelace]: Finds a page by its title." in shown
    assert "finish[a few words]: ends the work with your answer." in shown
    assert "Thought: what you know" in shown
    assert "Write the answer like this" not in shown


def test_without_thoughts_it_acts_and_does_not_think(tmp_path: Path) -> None:
    steps = [" search[glass harp]\nAction: search[trap]", " search[Orla Finn]", " finish[Ireland]"]
    row, engine = run(tmp_path, steps, [ReAct(thoughts=False), Pages(), FewShot(1)])
    assert row["score"] == 1.0
    last = prompts_of(engine)["solve"][-1]
    assert "Thought:" not in last
    assert "Action: search[Bern]\nObservation: Bern lies on the Aare.\nAction: finish[Aare]" in last
    assert "trap" not in last


def test_exemplars_show_their_trajectories_as_they_are(tmp_path: Path) -> None:
    _, engine = run(tmp_path, STEPS, [*THINKING, FewShot(1)])
    shown = prompts_of(engine)["solve"][0]
    acted = "Answer: Thought: I need the river of Bern.\nAction: search[Bern]\n"
    assert f"{acted}Observation: {PAGES['Bern']}\nThought: It is the Aare.\n" in shown
    assert "Action: finish[Aare]\n\nQuestion:" in shown


def test_a_step_without_an_action_is_told_how_to_write_one(tmp_path: Path) -> None:
    row, engine = run(tmp_path, [" I would rather search.", *STEPS[1:]])
    assert row["score"] == 1.0
    assert "Observation: There was no action to read. Write one" in prompts_of(engine)["solve"][1]


def test_a_tool_that_is_not_there_costs_one_observation(tmp_path: Path) -> None:
    row, engine = run(tmp_path, [" Hm.\nAction: browse[glass harp]", *STEPS[1:]])
    assert row["score"] == 1.0
    assert "There is no tool 'browse'; there is search." in prompts_of(engine)["solve"][1]


def test_after_the_last_step_the_answer_is_asked_for_with_the_cue(tmp_path: Path) -> None:
    steps = [*STEPS[:2], " Ireland."]
    row, engine = run(tmp_path, steps, [ReAct(steps=2), Pages()])
    assert (row["answer"], row["score"]) == ("Ireland", 1.0)
    assert prompts_of(engine)["solve"][-1].endswith("\nThe answer is")


def test_without_asking_at_the_end_there_is_no_answer(tmp_path: Path) -> None:
    """The paper's code takes the last action to be finish[] then."""
    row, engine = run(tmp_path, STEPS[:2], [ReAct(steps=2, ask_at_end=False), Pages()])
    assert (row["status"], row["score"]) == ("no_answer", 0.0)
    assert len(prompts_of(engine)["solve"]) == 2


def test_alone_it_is_what_few_shot_shows_and_what_it_says_to_do(tmp_path: Path) -> None:
    """Thought, action and observation, without chain of thought in the stack."""
    _, engine = run(tmp_path, STEPS, [ReAct(), Pages(), FewShot(1)])
    first, *_, last = prompts_of(engine)["solve"]
    assert first.endswith("Thought:")
    assert re.search(r"Thought:.*\nAction: search\[.*\nObservation: .*\nThought:", last)


def test_chain_of_thought_beside_it_is_refused(tmp_path: Path) -> None:
    both = [Pages(), ChainOfThought()]
    thinks = reason(tmp_path, [ReAct(), *both], ToyHops())
    assert "react thinks before each action" in thinks
    acts = reason(tmp_path / "acts", [ReAct(thoughts=False), *both], ToyHops())
    assert "set pte.react.thoughts=true" in acts


def test_exemplars_that_call_what_is_not_offered_are_refused(tmp_path: Path) -> None:
    stack = [ReAct(), Calculator(), FewShot(1)]
    why = reason(tmp_path, stack, ToyHops())
    assert "those of toy_hops call search, which the tools of this stack are not" in why


def test_what_a_page_says_is_neither_an_action_nor_an_answer(tmp_path: Path) -> None:
    """The page holds an action, the cue with an answer, and the last action."""
    steps = [" Look.\nAction: search[trap]", ""]
    row, _ = run(tmp_path, steps, [ReAct(steps=1), Pages()])
    assert (row["status"], row["score"]) == ("no_answer", 0.0)
    called = [call for each in row["called"] for call in each["calls"]]
    assert called == ["solve", "tool:search", "solve"]


def test_options_are_scored_after_the_steps(tmp_path: Path) -> None:
    row, engine = run(tmp_path, STEPS, benchmark=ToyHops(readout="loglikelihood"))
    called = [call for each in row["called"] for call in each["calls"]]
    assert called[-2:] == ["solve", "solve:score"]
    assert row["status"] == "answered"
    shown = prompts_of(engine)["solve"][-1]
    assert shown.endswith("Action: finish[Ireland]\nThe answer is")


def test_votes_differ_in_every_step(tmp_path: Path) -> None:
    def vote(request: CompletionRequest, prompt: str) -> str:
        wrong = request.tag.address["selection"] == 1 and observed(prompt) == 2
        return " Spain.\nAction: finish[Spain]" if wrong else STEPS[observed(prompt)]

    stack = [*THINKING, SelfConsistency(3)]
    (row,) = rows(tmp_path, [stack], scripted(solve=vote), ToyHops())
    assert [each["answer"] for each in row["candidates"]] == ["Ireland", "Spain", "Ireland"]
    assert row["score"] == 1.0


def reason(folder: Path, stack: Sequence[PTE], benchmark: Any) -> str:
    plan, _ = toy_plan(folder, [stack, []], FakeConfig(), benchmark)
    (refused,) = plan.refusals
    return refused.reason


def test_it_is_refused_without_tools_on_programs_and_without_trajectories(tmp_path: Path) -> None:
    assert "react has no tools: toy brings none" in reason(tmp_path, [ReAct()], ToyBenchmark())
    assert "asks for a program" in reason(tmp_path, [ReAct(), Pages()], ToyPrograms())
    stack = [ReAct(), Pages(), FewShot(1)]
    assert "1 exemplars of toy_hops have none" in reason(
        tmp_path, stack, ToyHops(trajectories=False)
    )


def test_no_step_at_all_is_an_error() -> None:
    assert "its.steps is 0: give a whole number from 1" in refusal(ReAct, steps=0)
