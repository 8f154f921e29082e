"""An illegal stack is listed with its reason, which names the PTE; never skipped silently."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.pte import PTE, Capabilities, Slot, StackContext
from harness.engines.fake import FakeConfig
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.models.spec import SiblingCheckpoint as Sibling
from harness.plan.cell import Setting
from harness.plan.plan import Plan
from ptes.data.instruct_sibling import InstructSibling
from ptes.data.lora_adapter import LoraAdapter
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.scaffolding.react import ReAct
from ptes.selection.model_judge import ModelJudge
from ptes.selection.self_consistency import SelfConsistency
from tests.toys import Adder, CallTool, ToyBenchmark, toy_model, toy_plan


def pte(name: str, **members: Any) -> PTE:
    """A PTE that declares something."""
    slots = frozenset({Slot.SEARCH})
    declared = {"name": name, "category": "x", "slots": slots, **members}
    made: PTE = type(name, (PTE,), declared)()
    return made


def unfit(self: PTE, site: StackContext) -> str | None:
    return f"choosy dislikes {site.task.name} with {', '.join(sorted(site.stack))}"


PLAIN = pte("plain")


def plan(folder: Path, *stacks: list[PTE], **changes: Any) -> Plan:
    engine = changes.pop("engine", FakeConfig())
    return toy_plan(folder, stacks, engine, changes.pop("benchmark", None), **changes)[0]


def reasons(made: Plan) -> dict[str, str]:
    return {refused.stack: refused.reason for refused in made.refusals}


@pytest.mark.parametrize(
    ("declared", "reason"),
    [
        ({"requires": frozenset({"react", "search"})}, "choosy requires react, search"),
        ({"conflicts": {"plain": "both search"}}, "choosy conflicts with plain: both search"),
        ({"subsumes": frozenset({"plain"})}, "choosy already does what plain does"),
        ({"applies_to": unfit}, "choosy dislikes toy with choosy, plain"),
    ],
)
def test_each_kind_of_refusal_says_why(
    tmp_path: Path, declared: dict[str, Any], reason: str
) -> None:
    made = plan(tmp_path, [pte("choosy", **declared), PLAIN], [PLAIN])
    assert reasons(made) == {"choosy+plain": reason}
    assert [cell.label for cell in made.cells] == ["plain"]
    (refused,) = made.refusals
    assert (refused.model, refused.benchmark) == ("toy_model", "toy")


@pytest.mark.parametrize(
    "declared",
    [
        {"requires": frozenset({"plain"})},
        {"conflicts": {"other": "both search"}},
        {"subsumes": frozenset({"other"})},
        {"needs_sampling": True},
    ],
)
def test_what_is_declared_and_met_refuses_nothing(tmp_path: Path, declared: dict[str, Any]) -> None:
    assert not plan(tmp_path, [pte("choosy", **declared), PLAIN]).refusals


def test_greedy_decoding_refuses_what_needs_sampling(tmp_path: Path) -> None:
    greedy = Setting("fake", {"solve": Sampling(0.0)}, 10_000, 0)
    made = plan(tmp_path, [SelfConsistency(3)], [], setting=greedy)
    assert "self_consistency needs sampling" in reasons(made)["self_consistency"]
    assert [cell.label for cell in made.cells] == ["base"]


def test_an_adapter_and_a_sibling_conflict_in_either_order(tmp_path: Path) -> None:
    sibling = Sibling(str(tmp_path / "tuned"))
    models = [toy_model(tmp_path / "weights", instruct_sibling=sibling)]
    both = [InstructSibling(), LoraAdapter(adapter(tmp_path))]
    for stack in (both, both[::-1]):
        made = plan(tmp_path, stack, [], models=models)
        (reason,) = reasons(made).values()
        assert "instruct_sibling conflicts with lora_adapter: each decides which weights" in reason


def adapter(folder: Path) -> str:
    made = folder / "adapter"
    made.mkdir(exist_ok=True)
    (made / "adapter_config.json").write_text("{}")
    return str(made)


@pytest.mark.parametrize(
    ("stack", "part"),
    [
        ([CallTool()], "call_tool requires adder"),
        ([InstructSibling()], "instruct_sibling: toy_model names no instruct sibling"),
    ],
)
def test_an_illegal_stack_alone_ends_in_an_error_with_the_reason(
    tmp_path: Path, stack: list[PTE], part: str
) -> None:
    with pytest.raises(UserError, match=part):
        plan(tmp_path, stack)


def test_a_tool_and_its_policy_are_legal_together(tmp_path: Path) -> None:
    assert not plan(tmp_path, [Adder(), CallTool()]).refusals


def test_votes_over_log_likelihoods_need_a_sampled_rationale(tmp_path: Path) -> None:
    choice = ToyBenchmark(readout="loglikelihood")
    votes = SelfConsistency(3)
    made = plan(tmp_path, [votes], [votes, ChainOfThought()], benchmark=choice)
    assert list(reasons(made)) == ["self_consistency"]
    assert "needs chain_of_thought" in reasons(made)["self_consistency"]
    assert not plan(tmp_path, [votes]).refusals


def test_adaptive_votes_refuse_another_selection(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=3)
    made = plan(tmp_path, [SelfConsistency(3, adaptive=True), judge], [judge])
    (reason,) = reasons(made).values()
    assert "model_judge would weight" in reason


def test_rationales_are_asked_of_exemplars_only_where_they_have_some(tmp_path: Path) -> None:
    bare = ToyBenchmark(rationales=False)
    both = [FewShot(2), ChainOfThought()]
    made = plan(tmp_path, both, [FewShot(2)], [ChainOfThought()], benchmark=bare)
    (reason,) = reasons(made).values()
    assert "10 exemplars of toy have none" in reason


@dataclass(frozen=True)
class BareConfig(FakeConfig):
    """An engine that completes text and no more."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(score=False, adapters=False)


def test_what_the_engine_cannot_do_is_refused(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=3)
    made = plan(tmp_path, [judge], [LoraAdapter(adapter(tmp_path))], [], engine=BareConfig())
    assert set(reasons(made)) == {"model_judge", "lora_adapter"}


def test_more_exemplars_than_there_are_is_an_error_not_a_refusal(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="k is 11, and toy has a pool of 10"):
        plan(tmp_path, [FewShot(11)], [])
    assert not plan(tmp_path, [FewShot(10)]).refusals


def test_a_role_without_sampling_is_an_error(tmp_path: Path) -> None:
    judge = ModelJudge(toy_model(tmp_path / "judge", "judge"), n=3)
    setting = Setting("fake", {"solve": Sampling()}, 10_000, 0)
    with pytest.raises(UserError, match="in the role judge, and there is no sampling for it"):
        plan(tmp_path, [judge], setting=setting)
    assert plan(tmp_path, [SelfConsistency(3)], setting=setting).cells


def test_a_window_beyond_a_models_context_is_an_error(tmp_path: Path) -> None:
    models = [toy_model(tmp_path / "weights", context_window=9_999)]
    with pytest.raises(UserError, match="context_window=9999"):
        plan(tmp_path, [], models=models)


def test_a_benchmark_without_problems_and_no_replicates_are_errors(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="benchmark toy has no problems"):
        plan(tmp_path, [], benchmark=ToyBenchmark(size=0))
    with pytest.raises(UserError, match="replicates is 0"):
        plan(tmp_path, [], replicates=0)


def test_a_model_that_reads_one_benchmark_alone_is_kept_from_others(tmp_path: Path) -> None:
    tiny = toy_model(tmp_path / "tiny", "tiny", benchmarks=["sums"])
    with pytest.raises(UserError, match=r"tiny reads sums alone, not toy: set benchmark=\[sums\]"):
        plan(tmp_path, [], models=[tiny])
    own = toy_model(tmp_path / "own", "own", benchmarks=["toy"])
    assert plan(tmp_path, [], models=[own]).cells


def test_a_policy_may_ask_which_tools_the_stack_offers(tmp_path: Path) -> None:
    """ReAct without tools of its benchmark's is refused alone, and legal with a tool's PTE."""
    made = plan(tmp_path, [ReAct()], [ReAct(), Adder()], [])
    assert set(reasons(made)) == {"react"}
    assert "has no tools" in reasons(made)["react"]
