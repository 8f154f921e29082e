"""Every pair of all the project's PTEs, found in its configs: it runs, or it says why not."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hydra.utils import instantiate

import configs
from harness.contracts.benchmark import Benchmark, FreeReply, Task
from harness.contracts.passage import Corpus, Passage
from harness.contracts.pte import PTE, Slot
from harness.engines.fake import FakeConfig, number
from harness.engines.protocol import CompletionRequest, Sampling
from harness.models.reward_head import RewardHead
from harness.models.spec import SiblingCheckpoint
from harness.plan.cell import Setting
from harness.plan.plan import Plan
from harness.run.runner import Runner
from harness.settings.composing import composed
from ptes.tools.call_syntax import ARROW
from tests.acting_toys import PAGES, QUESTION, ToyHops
from tests.program_toys import RIGHT, UNSORTED, ToyPrograms
from tests.toys import toy_model, toy_runner

NAMES = sorted(path.stem for path in (Path(configs.__file__).parent / "pte").glob("*.yaml"))
TRAINED = {"self_generated_data", "teacher"}
"""PTEs that are refused until they were trained; `tests/training/` trains and runs them."""
SMALL = {
    "few_shot.k": "1",
    "codet.n": "2",
    "codet.tests": "1",
    "alphacode.n": "2",
    "alphacode.inputs": "1",
    "parsel.k": "2",
    "self_consistency.n": "2",
    "model_judge.n": "2",
    "program_verifier.n": "2",
    "verifier.n": "2",
    "process_verifier.n": "2",
    "reflexion.trials": "2",
    "lats.iterations": "2",
    "lats.program_iterations": "2",
    "lats.breadth": "2",
    "lats.depth": "2",
    "react.steps": "3",
    "webgpt.steps": "3",
    "web.fetch": "tests.plan.test_every_pair.fetched",
}
"""Settings with which a pair takes few calls; a PTE that is not named runs with its own."""


async def fetched(query: str) -> str:
    """What the live web would say, were there one."""
    return f"Nothing about {query}."


def sound(question: str, work: str, answer: str) -> bool:
    """A checker of worked answers that lets every second through."""
    return len(work) % 2 == 0


def corpus() -> Corpus:
    return Corpus.of("pages", tuple(Passage(title, (text,)) for title, text in PAGES.items()))


@dataclass(frozen=True)
class Questions(ToyHops):
    """Questions with pages to search and a checker."""

    name: ClassVar[str] = "questions"  # type: ignore[misc]

    def task(self) -> Task:
        return replace(super().task(), corpus=corpus(), tools=("search", "lookup"), sound=sound)


@dataclass(frozen=True)
class InTurns(Questions):
    """The same of models that answer in turns of their own."""

    name: ClassVar[str] = "turns"  # type: ignore[misc]

    def task(self) -> Task:
        return replace(super().task(), free=FreeReply(600))


BENCHMARKS: dict[str, Benchmark] = {
    "questions": Questions(),
    "options": Questions(readout="loglikelihood"),
    "programs": ToyPrograms(),
    "turns": InTurns(),
}


def all_ptes(folder: Path) -> dict[str, PTE]:
    """One of each, as Hydra builds it from its YAML."""
    adapter = folder / "adapter"
    adapter.mkdir()
    (adapter / "adapter_config.json").write_text("{}")
    settings = {**SMALL, "lora_adapter.path": str(adapter)}
    config = composed(
        [f"pte=[{','.join(NAMES)}]", *(f"pte.{key}={value}" for key, value in settings.items())]
    )
    built: dict[str, PTE] = {
        name: instantiate(node, _convert_="all") for name, node in config.pte.items()
    }
    judge = toy_model(folder / "judge", "judge")
    heads = {"verifier": RewardHead("outcome"), "process_verifier": RewardHead("process", " #")}
    models = {name: toy_model(folder / name, name, reward=head) for name, head in heads.items()}
    return {
        name: replace(pte, model=models.get(name, judge)) if hasattr(pte, "model") else pte  # type: ignore[type-var]
        for name, pte in built.items()
    }


def said(request: CompletionRequest, prompt: str) -> str:
    """What a model says that does as it is told: acts, calls, writes tests and programs."""
    role, last = request.tag.role, prompt.rpartition("\n")[2]
    if role == "test":
        return "middle([3, 1, 2]) == 2"
    if role == "decompose":
        return " at once."
    if "def middle" in prompt or role == "implement":
        if role in ("reflect", "value"):
            return "Sort first."
        if "Reason step by step" in prompt and not last.startswith("def"):
            return "Sort them. ```python" if "```python\ndef middle" not in last else RIGHT
        return UNSORTED if request.tag.address["search"] == 0 else RIGHT
    if role != "solve":
        return number(request, prompt)
    in_turn = prompt.endswith("<assistant>\n") and re.search(r"^\w+\[[^\n]*\]:", prompt, re.M)
    if in_turn or prompt.endswith(("Thought:", "Action:")):
        return _action(prompt)
    example = re.search(r"^(\[\w+\(.*\)\]):", prompt, re.MULTILINE)
    if example and ARROW not in prompt.rpartition(QUESTION)[2]:
        return f" {example[1]}"
    return " It is Ireland. The answer is Ireland." if request.max_tokens > 64 else " Ireland."


def _action(prompt: str) -> str:
    """Each of the actions that are offered once, as their examples have it, then the end."""
    message, _, own = prompt.rpartition(QUESTION)
    offered = re.findall(r"^(\w+\[[^\n]*?\]):", message, re.MULTILINE)
    taken = own.count("\nObservation:")
    thought = " " if prompt.endswith("Action:") else " Hm.\nAction: "
    if taken >= len(offered) - 1:
        return f"{thought}finish[Ireland]"
    return f"{thought}{offered[taken]}"


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Runner]:
    """All PTEs alone and in pairs, run on each benchmark."""
    folder = tmp_path_factory.mktemp("pairs")
    ptes = all_ptes(folder)
    stacks = [[pte] for pte in ptes.values()]
    stacks += [list(pair) for pair in combinations(ptes.values(), 2)]
    tuned = toy_model(folder / "tuned", "tuned")
    model = toy_model(folder / "weights", instruct_sibling=SiblingCheckpoint(tuned.weights))
    roles = {role for pte in ptes.values() for role in (*pte.own_roles, *pte.roles)}
    setting = Setting("fake", dict.fromkeys({"solve", *roles}, Sampling()), 100_000, 0)
    done = {}
    for name, benchmark in BENCHMARKS.items():
        done[name] = toy_runner(
            folder / name,
            stacks,
            FakeConfig(said),
            benchmark,
            models=[model],
            setting=setting,
            budget=None,
        )
        asyncio.run(done[name].run())
    return done


@pytest.fixture(scope="module")
def rows(runs: dict[str, Runner]) -> list[dict[str, Any]]:
    """All their records."""
    frames = (runner.records.frame() for runner in runs.values())
    whole = (frame.astype(object).where(frame.notna(), None) for frame in frames)
    return [dict(row) for frame in whole for _, row in frame.iterrows()]


def test_every_pair_runs_somewhere_or_says_why_not(runs: dict[str, Runner]) -> None:
    plans: list[Plan] = [runner.plan for runner in runs.values()]
    ran = {cell.stack.names for plan in plans for cell in plan.cells}
    refused: dict[frozenset[str], set[str]] = {}
    for plan in plans:
        for each in plan.refusals:
            refused.setdefault(frozenset(each.stack.split("+")), set()).add(each.reason.strip())
    pairs = [frozenset(pair) for pair in combinations(NAMES, 2)]
    silent = [set(pair) for pair in pairs if pair not in ran and not refused.get(pair)]
    assert not silent
    assert all(len(reason) > 20 for reasons in refused.values() for reason in reasons)
    assert len(ran) + len(refused) >= len(pairs)


def test_every_pte_takes_part_in_some_legal_stack(rows: list[dict[str, Any]]) -> None:
    seen = {name for row in rows for name in row["invoked"]}
    assert seen == set(NAMES) - TRAINED


def test_what_ran_has_a_record_without_a_fault(
    runs: dict[str, Runner], rows: list[dict[str, Any]]
) -> None:
    assert len(rows) == sum(len(runner.plan.cells) for runner in runs.values())
    message = ("stack", "benchmark", "status", "cell_error", "error")
    faults = [
        [row[name] for name in message]
        for row in rows
        if row["cell_error"] is not None or row["status"] not in ("answered", "no_answer")
    ]
    assert faults == []


def test_the_record_says_who_took_part_and_what_was_called_in_order(
    rows: list[dict[str, Any]],
) -> None:
    for row in rows:
        where = (row["stack"], row["benchmark"])
        assert set(row["invoked"]) == set(row["ptes"]), where
        assert len(row["invoked"]) == len(set(row["invoked"])), where
        by_address = {each["address"]: list(each["calls"]) for each in row["called"]}
        assert by_address, where
        models = [call for calls in by_address.values() for call in calls if call != "sandbox"]
        asked = [call for call in models if not call.startswith("tool:")]
        assert asked, where
        for calls in by_address.values():
            tools = [n for n, call in enumerate(calls) if call.startswith("tool:")]
            assert all(n and calls[n - 1] for n in tools), where  # a call is written before it runs


def test_a_stack_with_a_tool_calls_it(rows: list[dict[str, Any]]) -> None:
    acting = [row for row in rows if {"react", "toolformer", "webgpt"} & set(row["ptes"])]
    assert acting
    for row in acting:
        calls = {call for each in row["called"] for call in each["calls"]}
        assert any(call.startswith("tool:") for call in calls), row["stack"]


@pytest.mark.parametrize(
    ("pair", "reason"),
    [
        (("react", "toolformer"), "replaces"),
        (("parsel", "react"), "replaces"),
        (("react", "webgpt"), "replaces"),
        (("toolformer", "webgpt"), "replaces"),
        (("parsel", "toolformer"), "replaces"),
        (("parsel", "webgpt"), "replaces"),
        (("lats", "reflexion"), "ignore the other search"),
        (("calculator", "few_shot"), "no PTE of this stack calls tools"),
    ],
)
def test_what_cannot_stand_together_says_so(
    runs: dict[str, Runner], pair: tuple[str, str], reason: str
) -> None:
    results = {
        each.reason
        for runner in runs.values()
        for each in runner.plan.refusals
        if set(each.stack.split("+")) == set(pair)
    }
    assert any(reason in each for each in results), results


def test_every_slot_is_filled(runs: dict[str, Runner]) -> None:
    cells = [cell for runner in runs.values() for cell in runner.plan.cells]
    assert {slot for cell in cells for pte in cell.stack.ptes for slot in pte.slots} == set(Slot)
