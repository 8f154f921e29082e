"""Ids as they were first made: they outlive refactorings, new fields and renamed classes.

Do not mend a failure here by writing the new value down, unless what is measured has really become
something else: every record made so far would lose its base.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, make_dataclass, replace
from typing import Any

import pytest

from benchmarks.pocket.arithmetic import PocketArithmetic
from benchmarks.sources import HubRef
from benchmarks.word_problems import GSM8K
from harness.contracts.benchmark import Dataset, DataSource, Task
from harness.contracts.problem import Item, Problem
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig, Sampling
from harness.engines.vllm.config import VllmConfig
from harness.identity import description, identify, tables
from harness.identity.tables import Rules
from harness.models.spec import ModelSpec, TrainingCompute
from harness.plan.cell import Cell, Setting
from harness.plan.plan import engine_text, make
from harness.plan.request import LoadedBenchmark, Request
from harness.plan.shard import Shard
from harness.run.work_unit import Division, WorkUnit
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.stack import Stack
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.selection.self_consistency import SelfConsistency
from tests.identity.exemplars import EXEMPLARS

MODEL = ModelSpec(
    name="model_1b",
    weights="org/model-1b",
    family="Model",
    stage="base",
    parameters=1.2e9,
    training_tokens=3e11,
    training=TrainingCompute(2.16e21, "6ND", True, note="for people"),
    context_window=4096,
    revision="0" * 40,
)
ITEMS = tuple(Item(Problem(f"p{n}", f"What is {n}?"), str(n)) for n in range(3))
DATA = Dataset(ITEMS, DataSource("set", "", "5" * 64, 3))
SAMPLING = {"solve": Sampling(0.7), "judge": Sampling(0.0)}


@dataclass
class Parts:
    """What a request is made of, to be exchanged one by one."""

    model: ModelSpec = MODEL
    benchmark: Any = PocketArithmetic(size=3)  # noqa: RUF009
    task: Any = None
    few_shot: PTE = FewShot(4)  # noqa: RUF009
    engine: EngineConfig = VllmConfig()  # noqa: RUF009
    sampling: Mapping[str, Sampling] | None = None
    setting: type[Setting] = Setting

    def first_task(self) -> Task:
        """The benchmark's task with the exemplars that the ids were made with."""
        task: Task = self.benchmark.task()
        return replace(task, exemplars=EXEMPLARS)

    def request(self) -> Request:
        task = self.task or self.first_task()
        setting = self.setting(engine_text(self.engine), self.sampling or SAMPLING, 2048, seed=0)
        return Request(
            models=[self.model],
            benchmarks={"pocket_arithmetic": LoadedBenchmark(self.benchmark, task, DATA)},
            stacks=[
                Stack.of([]),
                Stack.of([self.few_shot, ChainOfThought(), SelfConsistency(5)]),
            ],
            engine=self.engine,
            setting=setting,
        )

    def cells(self) -> tuple[Cell, ...]:
        return make(self.request()).cells


def said(parts: Parts) -> list[tuple[str, ...]]:
    return [(c.id, c.setting, c.experiment, c.stack.id) for c in parts.cells()]


GOLD = [
    ("e8e4d35f6dc9206a", "d614be11018fd9c8", "8cb6348a0ec2c30b", "8c262b0e6d4c9594"),
    ("48f8a21862475f1f", "d614be11018fd9c8", "8cb6348a0ec2c30b", "8c262b0e6d4c9594"),
    ("62caa03daccf0e43", "d614be11018fd9c8", "8cb6348a0ec2c30b", "b6dbd8355c48838b"),
]


def test_cells() -> None:
    assert said(Parts()) == GOLD


def test_run_folders() -> None:
    words = ["benchmark=pocket_arithmetic", "ladder=pocket", "pte=[few_shot,self_consistency]"]
    folder = run_folder(composed([*words, "sweep=factorial", "limit=20"]))
    # Of the ladder's second edition: the same words mean other models.
    assert folder.name == "pocket_arithmetic-factorial-252944d0"


def test_divisions() -> None:
    work_units = (WorkUnit(0, (("org/model-1b", None),), Shard(1, 3), 0.25),)
    assert Division(work_units).id == "8a8641360350af96"


def grown(value: Any, name: str = "unread", default: Any = 0, **changes: Any) -> Any:
    """The same value of a class that has one more field, as a later version's may."""
    cls = type(value)
    kind = make_dataclass(
        f"Renamed{cls.__name__}",
        [(name, type(default), default)],
        bases=(cls,),
        frozen=True,
        kw_only=True,
    )
    held = {f.name: getattr(value, f.name) for f in fields(value) if f.init}
    return kind(**held, **changes)


@pytest.fixture
def everything() -> Callable[..., Parts]:
    def with_field(**changes: Any) -> Parts:
        few = Parts()
        return Parts(
            model=grown(replace(MODEL, training=grown(MODEL.training, **changes)), **changes),
            benchmark=grown(few.benchmark, **changes),
            task=grown(few.first_task(), **changes),
            few_shot=grown(few.few_shot, **changes),
            engine=grown(few.engine, **changes),
            sampling={role: grown(each, **changes) for role, each in SAMPLING.items()},
            setting=make_dataclass("Later", [("unread", int, 0)], bases=(Setting,), frozen=True),
        )

    return with_field


def test_a_new_field_with_a_default_and_a_new_name_keep_every_id(
    everything: Callable[..., Parts],
) -> None:
    assert said(everything()) == GOLD


PLACES = ("model", "benchmark", "task", "few_shot", "engine", "sampling")


@pytest.mark.parametrize("place", PLACES)
def test_another_value_of_a_new_field_is_another_cell(
    everything: Callable[..., Parts], place: str
) -> None:
    changed = replace(everything(), **{place: getattr(everything(unread=1), place)})
    ours, gold = said(changed)[-1], GOLD[-1]
    assert ours[0] != gold[0]
    assert (ours[3] != gold[3]) is (place == "few_shot")  # its stack
    assert (ours[1] != gold[1]) is (place != "few_shot")  # its setting
    assert (ours[2] != gold[2]) is (place not in ("few_shot", "model"))  # its experiment


def test_a_default_that_changes_changes_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table says what was implied, whatever the default is by now."""
    known = tables.table("ptes")["pte.few_shot"]
    later = Rules(known.fields, added={"unread": 0})
    monkeypatch.setattr(tables, "table", lambda package: {"pte.few_shot": later})
    implied, other = (Stack.of([grown(FewShot(4), default=d)]).id for d in (0, 1))
    assert implied == Stack.of([FewShot(4)]).id
    assert other != implied


def test_a_renamed_field_and_one_that_is_gone_keep_the_id(monkeypatch: pytest.MonkeyPatch) -> None:
    before = Stack.of([FewShot(4)]).id
    later = Rules(frozenset(("number", "seed")), renamed={"number": "k"}, removed={"seed": 0})
    monkeypatch.setattr(tables, "table", lambda package: {"pte.few_shot": later})

    kind = make_dataclass("Shots", [("number", int, 8)], frozen=True)
    kind.__module__ = FewShot.__module__
    assert identify(ptes=[description(kind(4), "pte.few_shot")]) == before


def test_where_data_lie_and_what_is_shown_decide_nothing() -> None:
    one = GSM8K(data="/here", hub=HubRef("openai/gsm8k", "main", "test", "1" * 40))
    other = GSM8K(data="/there", hub=HubRef("somebody/gsm8k", "other", "test", "2" * 40))
    assert MODEL.training is not None
    noted = replace(MODEL, training=replace(MODEL.training, note="another"))
    assert noted != MODEL
    assert said(Parts(model=noted)) == GOLD
    assert description(one, "benchmark.gsm8k") == description(other, "benchmark.gsm8k")
    assert description(one, "benchmark.gsm8k") != description(
        replace(one, limit=3), "benchmark.gsm8k"
    )


@pytest.mark.parametrize(
    "engine",
    [VllmConfig(max_num_seqs=7), VllmConfig(gpu_memory_fraction=0.5), VllmConfig(block_size=16)],
)
def test_how_fast_an_engine_is_decides_nothing(engine: VllmConfig) -> None:
    assert said(Parts(engine=engine)) == GOLD


def test_a_number_format_decides() -> None:
    assert not {each[1] for each in said(Parts(engine=VllmConfig(dtype="float32")))} & {
        each[1] for each in GOLD
    }
