"""Slot weights: another checkpoint or adapter answers; the rung and its compute stay."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from harness.engines.fake import FakeConfig
from harness.engines.protocol import RewardRequest
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import UserError
from harness.models.resolve import adapter_identity
from harness.models.spec import Adapter, ModelSpec
from harness.models.spec import SiblingCheckpoint as Sibling
from ptes.data.instruct_sibling import InstructSibling
from ptes.data.lora_adapter import LoraAdapter
from tests.toys import ToyBenchmark, toy_model, toy_run

ONE = ToyBenchmark(size=1)


@pytest.fixture
def base(tmp_path: Path) -> ModelSpec:
    toy_model(tmp_path / "tuned", "tuned")
    return toy_model(tmp_path / "weights", instruct_sibling=Sibling(str(tmp_path / "tuned")))


@pytest.fixture
def adapter(tmp_path: Path) -> Path:
    folder = tmp_path / "adapter"
    folder.mkdir()
    (folder / "adapter_config.json").write_text("{}")
    return folder


@pytest.mark.parametrize(("template", "in_turns"), [("plain", {False}), ("own", {True, False})])
def test_the_sibling_answers_under_the_template_that_is_set(
    tmp_path: Path, base: ModelSpec, template: Any, in_turns: set[bool]
) -> None:
    engine = FakeConfig()
    sibling = InstructSibling(template=template)
    runner = toy_run(tmp_path, [[], [sibling]], engine, ONE, models=[base])
    frame = runner.records.frame().set_index("stack")
    assert len(engine.asked) == 2
    asked = {ByteTokenizer().decode(request.ids).startswith("<user>") for request in engine.asked}
    assert asked == in_turns
    assert frame["speaker"].to_dict() == {
        "base": "toy_model",
        "instruct_sibling": "toy_model+instruct",
    }
    assert frame["weights"].nunique() == frame["revision"].nunique() == 2
    for column in ("model", "stage", "parameters", "training_flop"):
        assert frame[column].nunique() == 1, column


def test_what_tuning_cost_is_unknown_until_somebody_says(tmp_path: Path, base: ModelSpec) -> None:
    stacks = [[], [InstructSibling()]]
    frame = toy_run(tmp_path, stacks, benchmark=ONE, models=[base]).records.frame()
    once = frame.set_index("stack")["one_time_flop"]
    assert once["base"] == 0
    assert pd.isna(once["instruct_sibling"])
    assert InstructSibling(one_time=7.0).one_time_flop == 7.0


def test_an_adapter_is_part_of_every_request_and_of_the_identity(
    tmp_path: Path, base: ModelSpec, adapter: Path
) -> None:
    engine = FakeConfig()
    stack = [LoraAdapter(str(adapter), one_time=3.0)]
    frame = toy_run(tmp_path, [[], stack], engine, ONE, models=[base]).records.frame()
    adapters = [r.adapter for r in engine.asked if not isinstance(r, RewardRequest)]
    names = [each and each.name for each in adapters]
    assert sorted(names, key=str) == [None, "adapter"]
    rows: dict[Any, dict[Any, Any]] = frame.set_index("stack").to_dict("index")
    assert rows["base"]["adapter"] == ""
    assert rows["lora_adapter"]["adapter"].startswith("sha256:")
    assert rows["lora_adapter"]["one_time_flop"] == 3.0
    assert frame["weights"].nunique() == 1


@pytest.mark.parametrize("file", ["adapter_config.json", "adapter_model.safetensors"])
def test_an_adapter_with_other_content_is_another_adapter(adapter: Path, file: str) -> None:
    """The configuration, too, decides what is drawn: it holds the adapter's scaling."""
    spec = Adapter("adapter", str(adapter))
    (adapter / file).write_text('{"lora_alpha": 16}')
    first = adapter_identity(spec)
    assert adapter_identity(spec) == first
    (adapter / file).write_text('{"lora_alpha": 32}')
    assert adapter_identity(spec) != first


def test_a_folder_without_an_adapter_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"adapter_config\.json"):
        LoraAdapter(str(tmp_path))
