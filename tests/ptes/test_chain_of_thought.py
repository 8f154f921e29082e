"""Chain of thought edits the prompt's fields, and costs what it adds."""

from __future__ import annotations

import pytest

from harness.contracts.prompt import Prompt
from harness.stack import Stack
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from tests.refusals import refusal
from tests.rehearsing import PASSING, price, worst
from tests.toys import ToyBenchmark

TASK = ToyBenchmark().task()


def test_alone_it_asks_for_reasoning_and_opens_the_reply() -> None:
    prompt = ChainOfThought().prompt(Prompt("What?", "Add.", cue="So"), TASK, 0)
    assert prompt.reasoning == ChainOfThought().reasoning
    assert prompt.opening == ChainOfThought().opening
    assert (prompt.question, prompt.instruction, prompt.cue) == ("What?", "Add.", "So")


def test_after_exemplars_it_shows_their_rationales_and_opens_nothing() -> None:
    shown = FewShot(2).prompt(Prompt("What?"), TASK, 0)
    prompt = ChainOfThought().prompt(shown, TASK, 0)
    assert (prompt.form, prompt.opening) == ("rationale", "")
    assert prompt.exemplars == shown.exemplars


def test_it_comes_after_few_shot_in_the_prompt_slot() -> None:
    assert Stack.of([ChainOfThought(), FewShot(2)]).label == "few_shot+chain_of_thought"


def test_it_costs_a_rationale_and_those_of_the_exemplars() -> None:
    base, alone = worst([]), worst([ChainOfThought()])
    assert alone.generated_tokens == base.generated_tokens + TASK.reasoning_tokens
    assert (base.calls, alone.calls) == (1, 2)
    both = price([ChainOfThought(), FewShot(2)])
    assert both.prompt_tokens > 2 * price([FewShot(2)]).prompt_tokens


def test_a_rationale_that_comes_to_its_answer_is_one_call() -> None:
    assert price([ChainOfThought()], lengths=PASSING).calls == 1


@pytest.mark.parametrize("reasoning", ["", "  \n"])
def test_an_empty_request_to_reason_is_refused(reasoning: str) -> None:
    assert "give text that is not blank" in refusal(ChainOfThought, reasoning=reasoning)
