"""A plan's checkpoints held against its settings before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.engines.memory import GIB, AvailableMemory
from harness.engines.protocol import EngineConfig
from harness.engines.server.config import ServerConfig
from harness.engines.vllm.config import VllmConfig
from harness.errors import UserError
from harness.models import hub
from harness.models.inspection import read_facts
from harness.models.spec import Adapter, ModelSpec, TrainingCompute
from harness.plan.plan import Plan
from harness.run.checkpoints import Examined, examine
from pocket.ladder import RECIPES
from ptes.data.lora_adapter import LoraAdapter
from ptes.selection.model_judge import ModelJudge
from tests.checkpoints import PARAMETERS, checkpoint, tensors, write_safetensors
from tests.configs.test_models import MODEL_FILES, build
from tests.toys import toy_model, toy_plan

WIDE = 20_000
ROOMY = AvailableMemory("one big GPU", 80 * GIB, gpu=True)
POCKET = [path for path in MODEL_FILES if path.stem.startswith("pocket_")]


@pytest.fixture(autouse=True)
def _no_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(hub, "cached", lambda *_: None)


def model(folder: Path, name: str = "toy_model", **changes: Any) -> ModelSpec:
    """A model whose checkpoint is as its config says."""
    made = checkpoint(folder / name, max_position_embeddings=WIDE)
    declared: dict[str, Any] = {
        "weights": str(made),
        "parameters": PARAMETERS,
        "context_window": WIDE,
        "training": TrainingCompute(6.0 * PARAMETERS * 1e9, "6ND", True),
    }
    return toy_model(folder / "unused", name, **{**declared, **changes})


def plan(folder: Path, *models: ModelSpec, ptes: tuple[Any, ...] = ()) -> Plan:
    result, _ = toy_plan(folder, [[], [*ptes]], VllmConfig(), models=list(models))
    return result


def examined(
    plan: Plan, engine: EngineConfig | None = None, memory: AvailableMemory = ROOMY
) -> Examined:
    return examine(plan, engine or VllmConfig(dtype="float32"), memory)


def refusal(plan: Plan, engine: EngineConfig | None = None, memory: AvailableMemory = ROOMY) -> str:
    with pytest.raises(UserError) as caught:
        examined(plan, engine, memory)
    return str(caught.value)


class TestExamined:
    def test_what_agrees_is_described_and_not_mentioned(self, tmp_path: Path) -> None:
        result = examined(plan(tmp_path, model(tmp_path)))
        assert result.notices == ()
        [described] = result.models
        assert described["model"] == "toy_model"
        assert described["read"]["parameters"] == described["parameters"] == PARAMETERS
        assert described["read"]["architecture"] == "LlamaForCausalLM"
        assert described["read"]["dtype"] == "float32"
        json.dumps(result.models)

    def test_everything_that_is_wrong_is_told_at_once(self, tmp_path: Path) -> None:
        one = model(tmp_path, "one", parameters=1e9, training=None)
        two = model(tmp_path, "two", chat=True)
        lines = refusal(plan(tmp_path, one, two)).splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("model one: its config declares 1,000,000,000 parameters")
        assert lines[1].startswith("model two: ")
        assert "no chat template" in lines[1]

    def test_a_judges_checkpoint_is_looked_at_too(self, tmp_path: Path) -> None:
        judge = model(tmp_path, "judge", parameters=1e9, training=None)
        message = refusal(plan(tmp_path, model(tmp_path), ptes=(ModelJudge(model=judge),)))
        assert message.startswith("model judge: ")

    def test_notices_of_one_kind_are_one_line(self, tmp_path: Path) -> None:
        rungs = [model(tmp_path, f"rung_{n}") for n in range(4)]
        [notice] = examined(plan(tmp_path, *rungs), VllmConfig(dtype="bfloat16")).notices
        assert notice.startswith("model rung_0, rung_1 and 2 more: weights are stored in float32")

    def test_unknown_compute_is_told_with_its_reason(self, tmp_path: Path) -> None:
        unknown = TrainingCompute(None, "unknown: other weights", True, "Say so.")
        rungs = [
            model(tmp_path, "one", training=unknown),
            model(tmp_path, "two", training=None),
            model(tmp_path, "three"),
        ]
        assert examined(plan(tmp_path, *rungs)).notices == (
            "model one: training compute unknown (other weights): no CEG. Say so.",
            "model two: training compute unknown: no CEG.",
        )

    def test_a_compute_that_is_not_the_product_it_says_it_is(self, tmp_path: Path) -> None:
        odd = model(tmp_path, training=TrainingCompute(1e20, "6ND", True))
        assert "training.source is 6ND" in refusal(plan(tmp_path, odd))
        published = model(tmp_path, training=TrainingCompute(1e20, "a paper", True))
        assert examined(plan(tmp_path, published)).notices == ()

    def test_a_model_that_cannot_be_seen_yet_is_told(self, tmp_path: Path) -> None:
        far = model(tmp_path, weights="maker/name", parameters=None, context_window=None)
        notices = examined(plan(tmp_path, far)).notices
        assert "not known yet" in notices[0]
        assert "hf download maker/name" in notices[0]

    def test_servers_hold_the_weights_themselves(self, tmp_path: Path) -> None:
        there = model(tmp_path)
        (Path(there.weights) / "model.safetensors").unlink()
        served = ServerConfig(urls=("http://localhost:1",))
        small = AvailableMemory("nothing", 1.0, gpu=True)
        assert examined(plan(tmp_path, there), served, small).notices == ()
        assert "it has no weights" in refusal(plan(tmp_path, there))


class TestMemory:
    def test_a_model_that_does_not_fit(self, tmp_path: Path) -> None:
        message = refusal(
            plan(tmp_path, model(tmp_path)), memory=AvailableMemory("one A1", GIB, gpu=True)
        )
        assert "0.9 GiB of one A1 may be taken" in message

    def test_a_judge_shares_the_gpu(self, tmp_path: Path) -> None:
        judged = plan(tmp_path, model(tmp_path), ptes=(ModelJudge(model=model(tmp_path, "judge")),))
        assert "engine.gpu_memory_fraction=0.47" in refusal(judged)
        shared = VllmConfig(dtype="float32", gpu_memory_fraction=0.45)
        assert examined(judged, shared).notices == ()

    def test_rungs_are_loaded_one_after_the_other(self, tmp_path: Path) -> None:
        rungs = [model(tmp_path, f"rung_{n}") for n in range(3)]
        assert examined(plan(tmp_path, *rungs)).notices == ()


class TestAdapters:
    def test_an_adapter_is_looked_at(self, tmp_path: Path) -> None:
        folder = tmp_path / "adapter"
        folder.mkdir()
        config = {"peft_type": "LORA", "r": 8, "target_modules": ["q_proj"]}
        (folder / "adapter_config.json").write_text(json.dumps(config))
        adapted = plan(tmp_path, model(tmp_path), ptes=(LoraAdapter(path=str(folder)),))
        assert "has no weights" in refusal(adapted)
        write_safetensors(folder / "adapter_model.safetensors", tensors())
        assert examined(adapted).notices == ()
        message = refusal(adapted, VllmConfig(dtype="float32", lora_rank=4))
        assert "is of rank 8, and engine.lora_rank is 4" in message
        assert Adapter("adapter", str(folder)) in {
            cell.answering_model.adapter for cell in adapted.cells
        }


@pytest.mark.parametrize("path", POCKET, ids=lambda path: path.stem)
def test_a_pocket_model_is_what_its_config_says(path: Path, tmp_path: Path) -> None:
    spec = build(path)
    result = read_facts(spec, ask=False)
    assert result is not None
    assert result.parameters == spec.parameters
    assert result.architecture.window == spec.context_window
    assert result.dtype == "float16"
    assert not result.faults


def test_there_are_pocket_models() -> None:
    assert len(POCKET) == len(RECIPES)
