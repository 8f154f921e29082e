"""Reflexion repairs what its tests or its judgement find, and stops where they find nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.codet import CodeT
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from tests.acting_toys import STEPS, Pages, ToyHops, observed
from tests.program_toys import (
    BROKEN,
    LARGEST,
    RIGHT,
    UNSORTED,
    ToyPrograms,
    program_rows,
    prompts_of,
    scripted,
)
from tests.refusals import refusal
from tests.toys import Logprob, ScoringConfig, verdict

TESTS = "middle([3, 1, 2]) == 2\nassert middle([1, 2, 3]) == 2"
LESSON = "The items have to be sorted first."


def by_trial(programs: Sequence[str]) -> Any:
    def say(request: CompletionRequest, prompt: str) -> str:
        return programs[request.tag.address["search"]]

    return say


def run(
    folder: Path, programs: Sequence[str], tests: str = TESTS, *others: PTE, trials: int = 4
) -> tuple[Mapping[str, Any], FakeConfig]:
    engine = scripted(solve=by_trial(programs), test=[tests], reflect=LESSON)
    (row,) = program_rows(folder, [[Reflexion(trials=trials), *others]], engine)
    return row, engine


def asked(engine: FakeConfig, role: str) -> int:
    return [request.tag.role for request in engine.asked].count(role)


def test_a_failed_test_leads_to_another_try(tmp_path: Path) -> None:
    row, engine = run(tmp_path, [UNSORTED, RIGHT])
    assert row["score"] == 1.0
    assert (asked(engine, "solve"), asked(engine, "reflect")) == (2, 1)
    retry = prompts_of(engine)["solve"][1]
    assert f"# {LESSON}" in retry
    assert "# assert middle([3, 1, 2]) == 2  # failed: middle([3, 1, 2]) gives 1" in retry
    assert retry.endswith('2\n    """')


def test_the_reflection_sees_program_and_results_but_no_hidden_test(tmp_path: Path) -> None:
    _, engine = run(tmp_path, [UNSORTED, RIGHT])
    (shown,) = prompts_of(engine)["reflect"]
    assert "return xs[len(xs) // 2]" in shown
    assert "middle([3, 1, 2]) gives 1" in shown
    assert "candidate" not in shown


def test_what_passes_its_tests_is_submitted_at_once(tmp_path: Path) -> None:
    row, engine = run(tmp_path, [RIGHT])
    assert row["score"] == 1.0
    assert (asked(engine, "solve"), asked(engine, "reflect")) == (1, 0)


def test_it_fails_where_its_own_tests_are_too_weak(tmp_path: Path) -> None:
    """The wrong program passes them, so nothing is tried again although more trials are left."""
    row, engine = run(tmp_path, [UNSORTED, RIGHT], "middle([1, 5, 9]) == 5")
    assert row["score"] == 0.0
    assert asked(engine, "solve") == 1


def test_it_fails_where_its_own_tests_are_wrong(tmp_path: Path) -> None:
    """The right program fails them and is given up for one that fits."""
    bent = "\n    return 2 if sorted(xs) == [1, 2, 3] and xs == [1, 2, 3] else max(xs)\n"
    row, _ = run(tmp_path, [RIGHT, bent], "middle([3, 1, 2]) == 3")
    assert row["score"] == 0.0
    assert "max(xs)" in row["answer"]


def test_the_last_program_is_submitted_when_the_trials_are_used_up(tmp_path: Path) -> None:
    row, engine = run(tmp_path, [RIGHT, UNSORTED, LARGEST], "middle([3, 1, 2]) == 0", trials=3)
    assert "max(xs)" in row["answer"]
    assert (asked(engine, "solve"), asked(engine, "reflect")) == (3, 2)


def test_the_statements_examples_are_tests_too(tmp_path: Path) -> None:
    row, _ = run(tmp_path, [LARGEST, RIGHT], "nothing")
    assert row["score"] == 1.0


@pytest.mark.parametrize("first", [BROKEN, ""])
def test_no_program_and_a_broken_one_are_tried_again(tmp_path: Path, first: str) -> None:
    row, _ = run(tmp_path, [first, RIGHT])
    assert (row["status"], row["score"]) == ("answered", 1.0)


def test_the_first_trial_is_the_base_answer(tmp_path: Path) -> None:
    """Its draw is the base's own: nothing is asked for twice."""
    engine = scripted(solve=by_trial([UNSORTED, RIGHT]), test=[TESTS], reflect=LESSON)
    rows = program_rows(tmp_path, [[], [Reflexion(trials=2)]], engine)
    assert sorted(row["score"] for row in rows) == [0.0, 1.0]
    assert asked(engine, "solve") == 2


def test_memory_bounds_the_reflections_shown(tmp_path: Path) -> None:
    engine = scripted(
        solve=by_trial([LARGEST] * 4),
        test=[TESTS],
        reflect=lambda request, prompt: f"Lesson {request.tag.address['search']}.",
    )
    program_rows(tmp_path, [[Reflexion(trials=4, memory=2)]], engine)
    last = prompts_of(engine)["solve"][-1]
    assert [f"Lesson {n}." in last for n in (1, 2, 3)] == [False, True, True]


def test_with_few_shot_and_reasoning_every_trial_has_them(tmp_path: Path) -> None:
    def solve(request: CompletionRequest, prompt: str) -> str:
        reasoned = prompt.rstrip().endswith('"""')
        return [UNSORTED, RIGHT][request.tag.address["search"]] if reasoned else "Sort. ```python"

    engine = scripted(solve=solve, test=[TESTS], reflect=LESSON)
    stack = [Reflexion(trials=2), FewShot(1), ChainOfThought()]
    (row,) = program_rows(tmp_path, [stack], engine)
    assert row["score"] == 1.0
    assert set(row["invoked"]) == {"reflexion", "few_shot", "chain_of_thought"}
    prompts = prompts_of(engine)["solve"]
    assert len(prompts) == 4
    assert all("Twice a number is the number times 2." in prompt for prompt in prompts)


def test_with_codet_the_pool_is_of_repaired_programs_and_tests_are_written_once(
    tmp_path: Path,
) -> None:
    row, engine = run(tmp_path, [UNSORTED, RIGHT], TESTS, CodeT(n=3, tests=1), trials=2)
    assert row["score"] == 1.0
    assert [candidate["score"] for candidate in row["candidates"]] == [1.0] * 3
    assert (asked(engine, "test"), asked(engine, "reflect")) == (1, 3)


def test_one_trial_is_refused() -> None:
    assert "its.trials is 1: give a whole number from 2" in refusal(Reflexion, trials=1)


# Questions: judged by the model itself.


def likes(right: str) -> Logprob:
    """A judge that thinks this answer right and no other."""

    def logprob(context: str, option: str) -> float:
        good = f"The answer is {right}" in context.rpartition("Work:")[2]
        return verdict(option, *((-0.1, -3.0) if good else (-3.0, -0.1)))

    return logprob


def on_questions(
    folder: Path, answers: Sequence[str], judge: Logprob, *ptes: PTE
) -> tuple[Mapping[str, Any], FakeConfig]:
    def say(request: CompletionRequest, prompt: str) -> str:
        if request.tag.role == "reflect":
            return "It was another country."
        return f" {answers[request.tag.address['search']]}."

    engine = ScoringConfig(say, logprob=judge)
    (row,) = program_rows(folder, [list(ptes)], engine, ToyHops())
    return row, engine


def test_a_wrong_answer_is_mended_where_the_judgement_is_right(tmp_path: Path) -> None:
    answers = ["Spain", "France", "Ireland", "Spain"]
    row, engine = on_questions(tmp_path, answers, likes("Ireland"), Reflexion(trials=4))
    assert (row["answer"], row["score"], row["oracle"]) == ("Ireland", 1.0, False)
    assert list(row["signals"]) == ["own_judgement"]
    solved = prompts_of(engine)["solve"]
    retries = [text for text in solved if "An earlier answer: " in text]
    assert "An earlier answer: Spain. The answer was judged to be wrong." in retries[0]
    assert "What to do differently:\nIt was another country." in retries[0]
    called = [call for each in row["called"] for call in each["calls"]]
    assert [called.count(what) for what in ("solve", "value:score", "reflect")] == [3, 3, 2]


def test_a_right_answer_is_lost_where_the_judgement_is_wrong(tmp_path: Path) -> None:
    answers = ["Ireland", "Spain", "Ireland"]
    row, _ = on_questions(tmp_path, answers, likes("Spain"), Reflexion(trials=3))
    assert (row["answer"], row["score"]) == ("Spain", 0.0)


def test_the_gold_answer_is_an_oracle_that_marks_every_record(tmp_path: Path) -> None:
    """It stops at the right answer although the model's own judgement likes none."""
    answers = ["Spain", "Ireland", "Spain"]
    oracle = Reflexion(trials=3, oracle=True)
    row, engine = on_questions(tmp_path, answers, likes("nothing"), oracle)
    assert (row["score"], row["oracle"], list(row["signals"])) == (1.0, True, ["oracle"])
    called = [call for each in row["called"] for call in each["calls"]]
    assert called.count("oracle") == 2
    assert "value:score" not in called
    assert "Ireland" not in "".join(prompts_of(engine)["reflect"])


def test_it_is_no_oracle_unless_it_is_told_to_be() -> None:
    for task in (ToyHops().task(), ToyPrograms().task()):
        assert "oracle" not in Reflexion().looks_at(task)


def test_with_react_every_trial_acts(tmp_path: Path) -> None:
    def say(request: CompletionRequest, prompt: str) -> str:
        if request.tag.role == "reflect":
            return "Look for the inventor."
        if not request.tag.address["search"]:
            return " Easy.\nAction: finish[Spain]"
        assert "What to do differently:\nLook for the inventor." in prompt
        return STEPS[observed(prompt)]

    def judge(context: str, option: str) -> float:
        right = "[Ireland]" in context
        return verdict(option, *((-0.1, -3.0) if right else (-3.0, -0.1)))

    stack = [Reflexion(trials=2), ReAct(), Pages()]
    (row,) = program_rows(tmp_path, [stack], ScoringConfig(say, logprob=judge), ToyHops())
    assert row["score"] == 1.0
    called = [call for each in row["called"] for call in each["calls"]]
    assert called.count("tool:search") == 2
