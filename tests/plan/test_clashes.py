"""What PTEs declare of themselves decides which of them clash: no list names the rival."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.benchmark import Task
from harness.contracts.pte import PTE, Capabilities, Slot
from harness.contracts.sampling import GREEDY, Sampling
from harness.contracts.solver import Policy
from harness.contracts.tool import Tool
from harness.models.spec import ModelSpec
from harness.solvers.compose import compose
from harness.stack import Stack, refusal
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.scaffolding.lats import LATS
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from ptes.tools.calculator import Calculator
from ptes.tools.toolformer import Toolformer
from tests.plan.test_every_pair import Questions
from tests.toys import toy_model

WHOLE = Capabilities(score=True, adapters=True)
SEARCH, POLICY, TOOLS = (frozenset({slot}) for slot in (Slot.SEARCH, Slot.POLICY, Slot.TOOLS))


def own(slots: frozenset[Slot], name: str = "mine", **members: Any) -> PTE:
    """A PTE of a user's own."""
    kept = {"name": name, "category": "x", "slots": slots, **members}
    kind: Any = type(name.title(), (PTE,), kept)
    pte: PTE = dataclass(frozen=True)(kind)()
    return pte


def reason(folder: Path, *ptes: PTE, task: Task | None = None) -> str | None:
    """Why a stack is refused on questions with tools, or None."""
    stack = Stack.of(ptes)
    site = stack.site(toy_model(folder / "weights"), WHOLE, task or Questions().task())
    return refusal(stack, site, greedy=False)


@pytest.mark.parametrize("ours", [ReAct(), Toolformer()])
def test_a_policy_that_replaces_clashes_with_each_of_ours_that_does(
    tmp_path: Path, ours: PTE
) -> None:
    said = reason(tmp_path, own(POLICY, replaces=POLICY), ours)
    assert said is not None
    assert "mine" in said
    assert ours.name in said
    assert "replaces the other's policy" in said
    assert reason(tmp_path, own(POLICY), ours) is None


@pytest.mark.parametrize("ours", [Reflexion(), LATS()])
def test_a_search_that_replaces_clashes_with_each_of_ours_that_does(
    tmp_path: Path, ours: PTE
) -> None:
    said = reason(tmp_path, own(SEARCH, replaces=SEARCH), ours)
    assert said is not None
    assert "would ignore the other search's" in said
    assert reason(tmp_path, own(SEARCH), ours) is None


def test_two_of_a_users_own_clash_likewise(tmp_path: Path) -> None:
    one, other = own(POLICY, "one", replaces=POLICY), own(POLICY, "other", replaces=POLICY)
    assert "one conflicts with other" in str(reason(tmp_path, one, other))


def test_what_wraps_stands_outside_what_replaces_whatever_its_order() -> None:
    nested: list[str] = []

    def policy(self: PTE, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        nested.append(self.name)
        return inner

    wrapper = own(POLICY | frozenset({Slot.PROMPT}), "first", order=-9, policy=policy)
    replacer = own(POLICY, "last", order=9, policy=policy, replaces=POLICY)
    compose(Stack.of([wrapper, replacer]), Questions().task())
    assert nested == ["last", "first"]
    assert Stack.of([wrapper, replacer]).label == "first+last"


def test_two_tools_of_one_name_clash_whoever_offers_them(tmp_path: Path) -> None:
    rival = own(TOOLS, offers=frozenset({"calculator", "abacus"}))
    said = reason(tmp_path, rival, Calculator(), ReAct())
    assert said == (
        "calculator conflicts with mine: both offer a tool of the name calculator, and a call "
        "could mean either"
    )
    assert reason(tmp_path, own(TOOLS, offers=frozenset({"abacus"})), Calculator(), ReAct()) is None
    assert "the name calculator" in str(
        reason(tmp_path, own(TOOLS, "calculator"), own(TOOLS, offers=frozenset({"calculator"})))
    )


def test_a_tool_is_taken_to_have_its_ptes_name() -> None:
    assert own(TOOLS, "abacus").tool_names == {"abacus"}
    assert own(POLICY, "abacus").tool_names == frozenset()


@dataclass(frozen=True)
class SecondJudge(PTE):
    """Binds a model of its own to a role that ours has."""

    model: ModelSpec
    name: ClassVar[str] = "second_judge"
    category: ClassVar[str] = "selection"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.SELECTION})
    role_sampling: ClassVar[Mapping[str, Sampling]] = {"judge": GREEDY}

    @property
    def roles(self) -> Mapping[str, ModelSpec]:
        return {"judge": self.model}


def test_one_role_has_one_model(tmp_path: Path) -> None:
    judge = toy_model(tmp_path / "judge", "judge")
    other = toy_model(tmp_path / "other", "other")
    assert reason(tmp_path, ModelJudge(judge), SecondJudge(judge)) is None
    said = str(reason(tmp_path, ModelJudge(judge), SecondJudge(other)))
    assert "each has another model speak in the role judge" in said
    solver = own(SEARCH, role_sampling={"judge": GREEDY})
    assert "the role judge" in str(reason(tmp_path, ModelJudge(judge), solver))


def test_a_pte_stands_once_in_a_stack(tmp_path: Path) -> None:
    said = str(reason(tmp_path, SelfConsistency(3), SelfConsistency(5)))
    assert "self_consistency conflicts with self_consistency: it stands twice" in said


def test_reasoning_may_be_a_users_own(tmp_path: Path) -> None:
    options = Questions(readout="loglikelihood").task()
    votes, thinks = SelfConsistency(3), own(frozenset({Slot.PROMPT}), writes_reasoning=True)
    assert "needs chain_of_thought" in str(reason(tmp_path, votes, task=options))
    assert reason(tmp_path, votes, thinks, task=options) is None


def test_exemplars_may_be_shown_by_a_users_own(tmp_path: Path) -> None:
    task = Questions().task()
    bare = tuple(replace(each, forms={"answer": each.answer}) for each in task.exemplars)
    task = replace(task, exemplars=bare)
    shows = own(frozenset({Slot.PROMPT}), shows_exemplars=True)
    assert "have none" in str(reason(tmp_path, ChainOfThought(), shows, task=task))
    assert "have none" in str(reason(tmp_path, ReAct(), shows, task=task))
    assert reason(tmp_path, ChainOfThought(), task=task) is None
