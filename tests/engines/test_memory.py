"""A model that does not fit is named before anything is loaded."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.engines.memory import (
    GIB,
    AvailableMemory,
    HoldsWeights,
    Need,
    Placement,
    here,
    need,
    shortage,
)
from harness.engines.server.config import ServerConfig
from harness.engines.transformers import TransformersConfig
from harness.engines.vllm.config import VllmConfig
from harness.models.architecture import Architecture
from harness.models.facts import Facts
from tests.toys import toy_model

A100 = AvailableMemory("one A100", 80 * GIB, gpu=True)
MACHINE = AvailableMemory("this machine", 10 * GIB, gpu=False)
LAYERS = {
    "num_hidden_layers": 10,
    "num_attention_heads": 8,
    "num_key_value_heads": 2,
    "hidden_size": 512,
}
PER_TOKEN = 2 * 10 * 2 * 64
"""Numbers that a model of `LAYERS` keeps of each token."""


def needing(weights: float, cache: float = 0.0, name: str = "giant") -> Need:
    return Need(name, weights * GIB, cache * GIB)


class TestNeed:
    def test_weights_are_parameters_in_the_engines_format(self, tmp_path: Path) -> None:
        model = toy_model(tmp_path, parameters=4e9)
        for placement, size in (
            (Placement("float32"), 16e9),
            (Placement("bfloat16"), 8e9),
            (Placement("bfloat16", "fp8"), 4e9),
            (Placement("bfloat16", "gptq_marlin"), 0.56 * 4e9),
        ):
            result = need(model, None, placement, 1000)
            assert result is not None
            assert result.weights == pytest.approx(size)

    def test_the_cache_is_that_of_one_context(self, tmp_path: Path) -> None:
        facts = Facts("here", Architecture.of(LAYERS), parameters=1_000)
        result = need(toy_model(tmp_path), facts, Placement("float32"), 500)
        assert result == Need("toy_model", 4_000.0, 4.0 * PER_TOKEN * 500)

    def test_what_the_files_say_counts_more_than_what_is_declared(self, tmp_path: Path) -> None:
        facts = Facts("here", Architecture.of({}), parameters=7)
        result = need(toy_model(tmp_path, parameters=9e9), facts, Placement("bfloat16"), 1)
        assert result is not None
        assert result.weights == 14.0

    def test_quantised_weights_are_as_large_as_they_are_stored(self, tmp_path: Path) -> None:
        config = {"quantization_config": {"quant_method": "gptq", "bits": 4}}
        facts = Facts("here", Architecture.of(config), parameters=1_000, bytes=600)
        result = need(toy_model(tmp_path), facts, Placement("bfloat16", "gptq"), 1)
        assert result is not None
        assert result.weights == 600.0

    def test_a_model_of_unknown_size_needs_nothing_that_could_be_told(self, tmp_path: Path) -> None:
        assert need(toy_model(tmp_path, parameters=None), None, Placement("float32"), 1) is None


class TestOnGpus:
    def test_the_message_has_the_figures_and_the_mend(self) -> None:
        reason = shortage([needing(756.0)], Placement("bfloat16", fraction=0.9), A100)
        assert reason is not None
        for part in (
            "giant needs 756 GiB for its weights in bfloat16",
            "72 GiB of one A100",
            "0.9 of 80 GiB, engine.gpu_memory_fraction",
            "engine.tensor_parallel_size (to 16 or more)",
            "engine.quantisation",
        ):
            assert part in reason

    def test_more_gpus_share_the_weights(self) -> None:
        for devices, fits in ((1, False), (2, True)):
            placement = Placement("bfloat16", devices=devices, fraction=1.0)
            reason = shortage([needing(130.0)], placement, A100)
            assert (reason is None) == fits

    def test_the_cache_of_one_context_must_fit_too(self) -> None:
        assert shortage([needing(60.0, 5.0)], Placement("bfloat16"), A100) is None
        assert shortage([needing(60.0, 25.0)], Placement("bfloat16"), A100)

    def test_more_gpus_than_there_are_is_told(self) -> None:
        one = AvailableMemory("this machine", 80 * GIB, gpu=True, devices=1)
        reason = shortage([needing(1.0)], Placement("bfloat16", devices=4), one)
        assert reason is not None
        assert "has 1 GPU(s): set engine.tensor_parallel_size=1" in reason

    def test_two_models_must_share_the_gpu(self) -> None:
        both = [needing(1.0), needing(2.0, name="judge")]
        reason = shortage(both, Placement("bfloat16", fraction=0.9), A100)
        assert reason is not None
        assert "giant, judge" in reason
        assert "engine.gpu_memory_fraction=0.47" in reason
        assert shortage(both, Placement("bfloat16", fraction=0.47), A100) is None

    def test_engines_that_take_what_they_need_are_added_up(self) -> None:
        both = [needing(30.0), needing(30.0, name="judge")]
        assert shortage(both, Placement("bfloat16"), A100) is None
        reason = shortage([*both, needing(30.0, name="third")], Placement("bfloat16"), A100)
        assert reason is not None
        assert "one A100 has 80 GiB" in reason
        assert "gpu_memory_fraction" not in reason

    def test_an_engine_on_the_cpu_needs_no_gpu(self) -> None:
        assert shortage([needing(100.0)], Placement("float32", on_cpu=True), A100)
        assert shortage([needing(70.0)], Placement("float32", on_cpu=True, devices=9), A100) is None


class TestInTheMachine:
    def test_models_that_are_loaded_together_are_added_up(self) -> None:
        assert shortage([needing(6.0)], Placement("float32"), MACHINE) is None
        reason = shortage([needing(6.0), needing(6.0, name="judge")], Placement("float32"), MACHINE)
        assert reason is not None
        assert "giant and judge together need 12 GiB" in reason
        assert "this machine has 10 GiB" in reason

    def test_a_cache_that_is_set_aside_counts(self) -> None:
        placement = Placement("float32", cache=4 * GIB)
        assert shortage([needing(5.0)], placement, MACHINE) is None
        assert shortage([needing(7.0)], placement, MACHINE)

    def test_a_cache_too_small_for_one_context_is_told(self) -> None:
        reason = shortage([needing(1.0, 5.0)], Placement("float32", cache=4 * GIB), MACHINE)
        assert reason is not None
        assert "engine.cpu_cache_gib is 4" in reason


class TestWhatThereIs:
    def test_without_a_gpu_the_machines_memory_counts(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False))
        monkeypatch.setitem(sys.modules, "torch", torch)
        monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=3e9))
        result = here(Placement("float32"))
        assert result == AvailableMemory("this machine (no GPU found)", 3e9, gpu=False)

    def test_the_smallest_gpu_counts(self, monkeypatch: pytest.MonkeyPatch) -> None:
        cuda = SimpleNamespace(
            is_available=lambda: True,
            device_count=lambda: 2,
            get_device_properties=lambda place: SimpleNamespace(total_memory=(48e9, 24e9)[place]),
        )
        monkeypatch.setitem(sys.modules, "torch", SimpleNamespace(cuda=cuda))
        assert here(Placement("float32")) == AvailableMemory(
            "this machine", 24e9, gpu=True, devices=2
        )


class TestEngines:
    def test_those_that_load_weights_say_how(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VLLM_CPU_KVCACHE_SPACE", raising=False)
        vllm = VllmConfig(tensor_parallel_size=2, quantisation="fp8", gpu_memory_fraction=0.5)
        assert isinstance(vllm, HoldsWeights)
        assert vllm.placement() == Placement(
            "bfloat16", "fp8", devices=2, fraction=0.5, cache=4 * GIB, lora_rank=64
        )
        assert TransformersConfig(device="cpu").placement().on_cpu
        assert not isinstance(ServerConfig(urls=("http://localhost:1",)), HoldsWeights)

    def test_an_engine_asks_for_its_packages(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        asked: list[str] = []
        monkeypatch.setattr(
            "harness.engines.transformers.require", lambda name, _: asked.append(name)
        )
        assert TransformersConfig().check([toy_model(tmp_path)], 1000) is None
        assert asked == ["transformers", "torch"]
