"""LATS finds the leaf where the first child fails, by legal signals, in any order of arrival."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.engines.fake import FakeConfig, FakeEngine
from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LoadRequest,
    LogLikelihood,
    LogLikelihoodRequest,
    Sampling,
)
from harness.plan.cell import Setting
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.lats import LATS
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.self_consistency import SelfConsistency
from tests.acting_toys import PAGES, Pages, ToyHops, observed
from tests.program_toys import (
    LARGEST,
    RIGHT,
    ROLES,
    UNSORTED,
    ToyPrograms,
    program_rows,
    prompts_of,
    scripted,
)
from tests.refusals import refusal
from tests.toys import (
    Logprob,
    ScoringConfig,
    ScoringEngine,
    ToyBenchmark,
    toy_plan,
    toy_run,
    verdict,
)

TESTS = "middle([3, 1, 2]) == 2\nassert middle([1, 2, 3]) == 2"
LESSON = "The items have to be sorted first."
SETTING = Setting("fake", dict.fromkeys(ROLES, Sampling()), 100_000, 0)
SMALL = LATS(iterations=3, program_iterations=3, breadth=3)


def by_node(programs: Sequence[str]) -> Callable[[CompletionRequest, str], str]:
    """What each node of the tree says, by its number."""
    return lambda request, prompt: programs[request.tag.address["search"]]


def on_programs(
    folder: Path, programs: Sequence[str], search: LATS = SMALL
) -> tuple[Mapping[str, Any], FakeConfig]:
    engine = scripted(solve=by_node(programs), test=[TESTS], reflect=LESSON)
    (row,) = program_rows(folder, [[search]], engine)
    return row, engine


def asked(engine: FakeConfig, role: str) -> int:
    said = (each for each in engine.asked if isinstance(each, CompletionRequest))
    return [request.tag.role for request in said].count(role)


def tree_of(row: Mapping[str, Any]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(row["search"])
    return result


def test_a_sibling_is_found_where_the_first_child_fails(tmp_path: Path) -> None:
    """The first child is the base's own draw: six draws would be one too many."""
    engine = scripted(solve=by_node([UNSORTED, RIGHT, LARGEST]), test=[TESTS], reflect=LESSON)
    base, lats = sorted(
        program_rows(tmp_path, [[], [SMALL]], engine), key=lambda row: len(row["ptes"])
    )
    assert (base["score"], lats["score"]) == (0.0, 1.0)
    assert asked(engine, "solve") == 3
    assert asked(engine, "reflect") == 0
    tree = tree_of(lats)
    assert (tree["submitted"], tree["ended"]) == (1, "passed")
    assert [node["reward"] for node in tree["nodes"]] == [0.5, 1.0, 0.0]
    assert list(lats["signals"]) == ["own_judgement", "own_tests", "visible_tests"]
    assert not lats["oracle"]


def test_a_failed_program_is_mended_with_what_was_learnt(tmp_path: Path) -> None:
    programs = [LARGEST, UNSORTED, LARGEST, LARGEST, RIGHT, LARGEST]
    search = replace(SMALL, program_weight=0.0)
    row, engine = on_programs(tmp_path, programs, search)
    assert row["score"] == 1.0
    nodes = tree_of(row)["nodes"]
    assert [node["parent"] for node in nodes] == [None, None, None, 1, 1, 1]
    assert nodes[1]["reflection"] == LESSON
    assert nodes[2]["twin"] == 0
    retry = prompts_of(engine)["solve"][4]
    assert "return xs[len(xs) // 2]" in retry
    assert f"# {LESSON}" in retry


def test_the_most_tests_passed_are_submitted_where_none_passes_all(tmp_path: Path) -> None:
    row, _ = on_programs(tmp_path, [LARGEST, UNSORTED, LARGEST] + [LARGEST] * 20)
    assert tree_of(row)["submitted"] == 1
    assert row["score"] == 0.0


def test_it_sees_no_hidden_test(tmp_path: Path) -> None:
    _, engine = on_programs(tmp_path, [LARGEST] * 9)
    shown = "".join(text for texts in prompts_of(engine).values() for text in texts)
    assert "candidate" not in shown


# Questions, in steps.


def step_of(node: int, prompt: str) -> str:
    """The first child goes astray; what looks up the inventor comes to the answer, and only with
    advice is the right page read to the end."""
    seen = observed(prompt)
    if seen == 0:
        right = node % 3 == 1
        return f" One.\nAction: search[{'glass harp' if right else 'harp'}]"
    if PAGES["glass harp"] in prompt and seen == 1:
        return " Two.\nAction: search[Orla Finn]"
    if PAGES["Orla Finn"] in prompt:
        return " Born there.\nAction: finish[Ireland]"
    return " Guess.\nAction: finish[Spain]"


def likes(*words: str) -> Logprob:
    """A judge that says yes to work with one of these words in it."""

    def logprob(context: str, option: str) -> float:
        work = context.rpartition("Work:")[2]
        good = any(word in work for word in words)
        return verdict(option, *((-0.01, -6.0) if good else (-6.0, -0.01)))

    return logprob


def solve(request: CompletionRequest, prompt: str) -> str:
    if request.tag.role == "reflect":
        return "Look for the inventor."
    return step_of(request.tag.address["search"], prompt)


STACK = [ReAct(), Pages()]


def on_questions(
    folder: Path, stacks: Sequence[Sequence[PTE]], engine: FakeConfig, **changes: Any
) -> list[Mapping[str, Any]]:
    settings = {"setting": SETTING, "budget": None} | changes
    benchmark: Benchmark = settings.pop("benchmark", ToyHops())
    frame = toy_run(folder, stacks, engine, benchmark, **settings).records.frame()
    assert not frame["cell_error"].notna().any(), frame["cell_error"]
    assert not frame["error"].notna().any(), frame["error"]
    return sorted((dict(row) for _, row in frame.iterrows()), key=lambda row: len(row["ptes"]))


def test_steps_are_branched_where_plain_react_goes_astray(tmp_path: Path) -> None:
    engine = ScoringConfig(solve, logprob=likes("Orla Finn", "finish[Ireland]"))
    react, lats = on_questions(tmp_path, [STACK, [*STACK, SMALL]], engine)
    assert (react["answer"], lats["answer"]) == ("Spain", "Ireland")
    tree = tree_of(lats)
    assert tree["ended"] == "passed"
    chosen = next(n for n in tree["nodes"] if n["number"] == tree["submitted"])
    assert chosen["parent"] is not None
    called = [call for each in lats["called"] for call in each["calls"]]
    assert {"solve", "tool:search", "value:score"} <= set(called)
    assert list(lats["invoked"]) == ["react", "lats", "pages"]
    assert list(lats["signals"]) == ["own_judgement", "tools"]


def test_it_fails_where_the_judgement_is_wrong(tmp_path: Path) -> None:
    engine = ScoringConfig(solve, logprob=likes("search[harp]", "finish[Spain]"))
    (row,) = on_questions(tmp_path, [[*STACK, SMALL]], engine)
    assert (row["answer"], row["score"]) == ("Spain", 0.0)


def test_a_failure_is_reflected_on_and_later_steps_are_shown_the_lesson(tmp_path: Path) -> None:
    """The prompt is rendered anew, with the steps so far opening the reply."""
    engine = ScoringConfig(solve, logprob=likes("nothing at all"))
    search = LATS(iterations=4, breadth=2, depth=4)
    (row,) = on_questions(tmp_path, [[*STACK, search]], engine)
    nodes = tree_of(row)["nodes"]
    assert any(node["reflection"] == "Look for the inventor." for node in nodes)
    later = [text for text in prompts_of(engine)["solve"] if "What to do differently:" in text]
    assert later
    assert any(text.endswith("\nThought:") and observed(text) for text in later)
    assert all(text.count("You can use tools.") == 1 for text in later)


def test_agreement_alone_finds_what_most_siblings_say(tmp_path: Path) -> None:
    """With a judge that says the same of everything the siblings' vote decides."""

    def say(request: CompletionRequest, prompt: str) -> str:
        if request.tag.role == "reflect":
            return "Hm."
        answer = "Spain" if request.tag.address["search"] in (0, 3) else "Ireland"
        return f" {answer}."

    engine = ScoringConfig(say, logprob=lambda context, option: -1.0)
    search = LATS(iterations=1, breadth=5)
    base, lats = on_questions(tmp_path, [[], [search]], engine)
    assert (base["answer"], lats["answer"]) == ("Spain", "Ireland")
    agreements = [node["agreement"] for node in tree_of(lats)["nodes"]]
    assert agreements == [0.4, 0.6, 0.6, 0.4, 0.6]
    assert tree_of(lats)["nodes"][3]["twin"] == 0


@dataclass(frozen=True)
class LateConfig(ScoringConfig):
    """Answers after a random while, so that they arrive in another order each time."""

    seed: int = 0

    async def load(self, request: LoadRequest) -> FakeEngine:
        return LateEngine(self, request, random.Random(self.seed))


class LateEngine(ScoringEngine):
    def __init__(self, config: ScoringConfig, request: LoadRequest, late: random.Random) -> None:
        super().__init__(config, request)
        self._late = late

    async def complete(self, request: CompletionRequest) -> Completion:
        await asyncio.sleep(self._late.random() / 200)
        return await super().complete(request)

    async def score(self, request: LogLikelihoodRequest) -> LogLikelihood:
        await asyncio.sleep(self._late.random() / 200)
        return await super().score(request)


def test_what_arrives_first_changes_nothing(tmp_path: Path) -> None:
    def outcome(seed: int) -> Any:
        engine = LateConfig(solve, logprob=likes("nothing at all"), seed=seed)
        stack = [*STACK, LATS(iterations=4, breadth=3, depth=3), SelfConsistency(2)]
        (row,) = on_questions(tmp_path / str(seed), [stack], engine)
        drawn = [draw["key"] for draw in row["draws"]]
        calls = {each["address"]: list(each["calls"]) for each in row["called"]}
        return row["search"], row["answer"], drawn, calls, row["flop"], row["own_prefix_flop"]

    first = outcome(0)
    assert len(tree_of({"search": first[0]})["nodes"]) >= 12
    assert [outcome(seed) for seed in (1, 2, 3)] == [first] * 3


def test_a_level_is_asked_for_at_once(tmp_path: Path) -> None:
    flying, most = 0, 0

    class Counting(FakeEngine):
        async def complete(self, request: CompletionRequest) -> Completion:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            await asyncio.sleep(0.01)
            flying -= 1
            return await super().complete(request)

    @dataclass(frozen=True)
    class CountingConfig(FakeConfig):
        async def load(self, request: LoadRequest) -> FakeEngine:
            return Counting(self, request)

    search = LATS(iterations=1, breadth=5)
    on_questions(tmp_path, [[search]], CountingConfig(solve), benchmark=ToyBenchmark(size=4))
    assert most == 4 * 5


def test_the_budget_cuts_iterations(tmp_path: Path) -> None:
    plan, _ = toy_plan(tmp_path, [[LATS()], []], FakeConfig(), setting=SETTING, budget=100.0)
    (cell,) = [cell for cell in plan.cells if cell.stack.ptes]
    (pte,) = cell.stack.ptes
    assert isinstance(pte, LATS)
    assert pte.iterations < 30
    assert any("lats.iterations 30 ->" in note for note in cell.notes)


def test_a_share_below_one_iteration_cuts_the_children() -> None:
    assert LATS().with_share(0.1) == LATS(iterations=3, program_iterations=1)
    assert LATS().with_share(0.02) == LATS(iterations=1, program_iterations=1, breadth=3)
    assert LATS().with_share(0.0) == LATS(iterations=1, program_iterations=1, breadth=2)


def test_what_it_cannot_do_is_refused_with_the_reason(tmp_path: Path) -> None:
    def reason(stack: Sequence[PTE], benchmark: Benchmark) -> str:
        plan, _ = toy_plan(tmp_path, [stack, []], FakeConfig(), benchmark, setting=SETTING)
        return plan.refusals[0].reason

    assert "ignore the other search" in reason([LATS(), Reflexion()], ToyPrograms())
    assert "every child is the same" in reason([LATS()], ToyBenchmark(readout="loglikelihood"))
    assert "by nothing at all" in reason([LATS(weight=0.0)], ToyBenchmark())


@pytest.mark.parametrize(
    "wrong", [{"breadth": 1}, {"iterations": 0}, {"weight": 1.1}, {"exploration": -1.0}]
)
def test_senseless_settings_are_errors(wrong: dict[str, Any]) -> None:
    assert f"its.{next(iter(wrong))} is" in refusal(LATS, **wrong)


def test_few_shot_and_reasoning_stand_in_every_prompt(tmp_path: Path) -> None:
    def say(request: CompletionRequest, prompt: str) -> str:
        if request.tag.role == "reflect":
            return "Hm."
        return " It was Orla Finn. The answer is Spain."

    engine = ScoringConfig(say, logprob=likes("nothing"))
    stack = [LATS(iterations=2, breadth=2), FewShot(1), ChainOfThought()]
    on_questions(tmp_path, [stack], engine)
    prompts = prompts_of(engine)["solve"]
    assert all("Bern lies on the Aare." in prompt for prompt in prompts)
    assert any("An earlier answer: Spain." in prompt for prompt in prompts)
