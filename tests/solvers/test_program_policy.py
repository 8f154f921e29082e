"""How a program is asked for: the same header comes last in every arm, for base and chat models."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from math import isnan
from pathlib import Path

import pytest

from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE
from harness.engines.protocol import CompletionRequest
from harness.engines.rendering import Renderer
from harness.engines.tokenizer import ByteTokenizer
from harness.solvers.programs import ProgramPolicy
from harness.solvers.rollout import Rollout
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.program_toys import (
    HEADER,
    LARGEST,
    RIGHT,
    ToyPrograms,
    program_rows,
    prompts_of,
    scripted,
)
from tests.toys import toy_handle, toy_model

RATIONALE = " Sorting puts the middle item in the middle.\n```python\ndef somethingelse(): pass"


def shown(prompt: Prompt, chat: bool, lead: str = "") -> str:
    renderer = Renderer(ByteTokenizer(), chat)
    return ByteTokenizer().decode(renderer.render(prompt, lead)[0])


def reasoned(request: CompletionRequest, prompt: str) -> str:
    return RIGHT if prompt.endswith('"""') else RATIONALE


def test_a_base_model_completes_the_header_and_sees_nothing_else(tmp_path: Path) -> None:
    engine = scripted(solve=[RIGHT])
    program_rows(tmp_path, [[]], engine)
    assert prompts_of(engine)["solve"] == [HEADER]


def test_a_chat_model_is_asked_in_a_turn_and_completes_the_header(tmp_path: Path) -> None:
    engine = scripted(solve=[RIGHT])
    models = [toy_model(tmp_path / "chat", chat=True)]
    (row,) = program_rows(tmp_path, [[]], engine, models=models)
    assert row["score"] == 1.0
    fenced = f"```python\n{HEADER}"
    expected = f"<user>\nComplete the Python function.\n\n{fenced}\n```\n<assistant>\n{fenced}"
    assert prompts_of(engine)["solve"] == [expected]


@pytest.mark.parametrize("chat", [False, True])
def test_after_a_rationale_the_header_is_written_for_the_model(tmp_path: Path, chat: bool) -> None:
    engine = scripted(solve=reasoned)
    models = [toy_model(tmp_path / "model", chat=chat)]
    (row,) = program_rows(tmp_path, [[ChainOfThought()]], engine, models=models)
    assert (row["score"], row["answer"]) == (1.0, f"{HEADER}{RIGHT}".rstrip())
    first, second = prompts_of(engine)["solve"]
    assert first.endswith("Let's think step by step.")
    assert second == f"{first}{RATIONALE.partition('```')[0]}```python\n{HEADER}"


@pytest.mark.parametrize("chat", [False, True])
@pytest.mark.parametrize(
    "stack", [[], [FewShot(1)], [ChainOfThought()], [FewShot(1), ChainOfThought()]]
)
def test_the_body_follows_the_same_header_in_every_arm(
    tmp_path: Path, stack: list[PTE], chat: bool
) -> None:
    engine = scripted(solve=reasoned)
    models = [toy_model(tmp_path / "model", chat=chat)]
    (row,) = program_rows(tmp_path, [stack], engine, models=models)
    assert row["score"] == 1.0
    assert prompts_of(engine)["solve"][-1].endswith(HEADER)


def test_exemplars_are_whole_functions_of_one_file_to_a_base_model() -> None:
    exemplar = Exemplar("def twice(x):", {"answer": "    return 2 * x", "rationale": "Two times."})
    prompt = Prompt("def f(x):", header="def f(x):", exemplars=(exemplar,), notes=("One.\nTwo.",))
    text = shown(prompt, chat=False)
    assert text == "def twice(x):\n    return 2 * x\n\n\n# One.\n# Two.\n\n\ndef f(x):"


def test_exemplars_are_turns_with_fences_to_a_chat_model() -> None:
    exemplar = Exemplar("def twice(x):", {"answer": "    return 2 * x", "rationale": "Two times."})
    prompt = Prompt(
        "def f(x):",
        "Go.",
        header="def f(x):",
        exemplars=(exemplar,),
        form="rationale",
        reasoning="Why?",
    )
    text = shown(prompt, chat=True)
    assert text == (
        "<user>\nGo. Why?\n\n```python\ndef twice(x):\n```\n"
        "<assistant>\nTwo times.\n```python\ndef twice(x):\n    return 2 * x\n```\n"
        "<user>\n```python\ndef f(x):\n```\n<assistant>\n"
    )


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("\n    return 1\n\n\ndef g():\n    pass", "\n    return 1"),
        ("\n    return 1\n```\nIt works.", "\n    return 1"),
        ("\n    return 1\nprint(middle([1]))", "\n    return 1"),
        ("\n    # why\n    return 1\n# done", "\n    # why\n    return 1"),
    ],
)
def test_a_body_ends_where_something_else_begins(tmp_path: Path, said: str, kept: str) -> None:
    (row,) = program_rows(tmp_path, [[]], scripted(solve=[said]))
    assert row["answer"] == f"{HEADER}{kept}"


@pytest.mark.parametrize("said", ["", "\n", "\ndef middle(xs):\n    return 2"])
def test_no_body_is_no_answer_and_wrong(tmp_path: Path, said: str) -> None:
    (row,) = program_rows(tmp_path, [[]], scripted(solve=[said]))
    assert (row["status"], row["score"]) == ("no_answer", 0.0)
    assert isnan(row["verdict"])  # nothing was run


def test_votes_are_for_programs_that_are_equal_but_for_layout(tmp_path: Path) -> None:
    same = "\n    # the middle\n    return sorted( xs )[ len(xs) // 2 ]\n"
    engine = scripted(solve=[LARGEST, RIGHT, same])
    (row,) = program_rows(tmp_path, [[SelfConsistency(3)]], engine)
    assert (row["score"], row["candidates"][1]["weight"]) == (1.0, 2.0)


def test_verdicts_and_containment_are_recorded(tmp_path: Path) -> None:
    said = [RIGHT, LARGEST, "\n    return [\n", "\n    while True: pass\n", "\n    return 1 / 0\n"]
    (row,) = program_rows(tmp_path, [[SelfConsistency(5)]], scripted(solve=said))
    verdicts = [candidate["verdict"] for candidate in row["candidates"]]
    assert verdicts == ["passed", "failed", "error", "timeout", "error"]
    assert row["verdict"] == "passed"
    assert row["tier"] in ("namespaces", "landlock")


def test_tests_that_are_broken_themselves_are_a_recorded_failure(tmp_path: Path) -> None:
    broken = ToyPrograms(hidden="assert candidate(")
    (row,) = program_rows(tmp_path, [[]], scripted(solve=[RIGHT]), broken)
    assert row["status"] == "error"
    assert "the tests themselves are broken" in row["error"]


def test_without_a_context_a_rationale_opens_the_reply_again(tmp_path: Path) -> None:
    """As a search leaves an attempt whose prompt it has edited."""
    task, problem = ToyPrograms().task(), ToyPrograms().load().items[0].problem
    engine = scripted(solve=reasoned)
    handle = toy_handle(tmp_path, engine, task)
    policy = ProgramPolicy(task)
    started = Rollout(task, policy, (ChainOfThought(),)).start(problem, handle)
    thought = asyncio.run(policy.propose(started, handle))
    noted = replace(thought.prompt, notes=("Take care.",))
    again = replace(thought, prompt=noted, context=None)
    done = asyncio.run(policy.propose(again, handle))
    first, second = prompts_of(engine)["solve"]
    assert "Take care." in second
    assert second.endswith(
        f"{first[first.rindex('Answer:') :]}{thought.steps[0]}```python\n{HEADER}"
    )
    assert done.answer == f"{HEADER}{RIGHT}".rstrip()


@pytest.mark.parametrize(
    ("said", "cut"),
    [
        ("\n    ordered = sorted(xs)\n    ret", True),
        ("\n    return sorted(xs", True),
        ("\n    return sorted(xs)[len(xs) // 2]\n\nassert mid", False),
        ("\n    return sorted(xs)[len(xs) // 2]\n    print(", False),
        ("", True),
    ],
)
def test_a_limit_within_the_function_is_told_from_one_after_it(
    tmp_path: Path, said: str, cut: bool
) -> None:
    def ended(request: CompletionRequest, prompt: str) -> str:
        return said + "\0" * (300 - len(said))  # one token a character, up to the limit

    (row,) = program_rows(tmp_path, [[]], scripted(solve=ended))
    assert (row["finish"], row["cut"]) == ("length", cut)


def test_a_rationale_that_ran_into_its_limit_ends_with_a_whole_sentence_and_is_cut(
    tmp_path: Path,
) -> None:
    long = " Sort the items first. Then take the one that" + " very" * 60

    def reply(request: CompletionRequest, prompt: str) -> str:
        return RIGHT if prompt.endswith('"""') else long

    engine = scripted(solve=reply)
    (row,) = program_rows(tmp_path, [[ChainOfThought()]], engine)
    assert f"Sort the items first.\n```python\n{HEADER}" in prompts_of(engine)["solve"][-1]
    assert (row["status"], row["score"], row["cut"]) == ("answered", 1.0, True)
    assert (row["attempts"], row["cut_attempts"], row["cut_completions"]) == (1, 1, 1)
    assert row["score_if_cut_right"] == 1.0
