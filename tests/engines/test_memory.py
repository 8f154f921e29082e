"""A model that does not fit is named before anything is loaded."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.engines import memory
from harness.engines.memory import shortage
from harness.engines.transformers import TransformersConfig
from tests.toys import toy_model


@pytest.fixture
def _ten_gigabytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_memory", lambda devices: (devices * 10e9, "this machine"))


@pytest.mark.usefixtures("_ten_gigabytes")
class TestOnTenGigabytes:
    def test_the_message_has_both_figures_and_a_mend(self, tmp_path: Path) -> None:
        model = toy_model(tmp_path, "giant", parameters=70e9)
        reason = shortage(model, "bfloat16", None)
        assert reason is not None
        for part in ("giant", "154.0 GB", "10.0 GB", "smaller rung", "engine.quantisation"):
            assert part in reason

    def test_what_fits_is_no_shortage(self, tmp_path: Path) -> None:
        assert shortage(toy_model(tmp_path, parameters=4e9), "bfloat16", None) is None

    def test_the_number_format_counts(self, tmp_path: Path) -> None:
        model = toy_model(tmp_path, parameters=4e9)
        assert shortage(model, "float32", None)
        assert shortage(model, "float32", "fp8") is None

    def test_several_devices_count_together(self, tmp_path: Path) -> None:
        model = toy_model(tmp_path, parameters=8e9)
        assert shortage(model, "bfloat16", None)
        assert shortage(model, "bfloat16", None, 2) is None


def test_without_a_gpu_the_machines_memory_counts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    torch = SimpleNamespace(cuda=SimpleNamespace(is_available=lambda: False))
    monkeypatch.setitem(__import__("sys").modules, "torch", torch)
    monkeypatch.setattr("psutil.virtual_memory", lambda: SimpleNamespace(total=3e9))
    reason = shortage(toy_model(tmp_path, parameters=7e9), "bfloat16", None)
    assert reason is not None
    assert "this machine (no GPU found) has 3.0 GB" in reason


def test_more_devices_than_there_are_do_not_add_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def properties(device: int) -> SimpleNamespace:
        if device > 0:
            raise AssertionError("Invalid device id")
        return SimpleNamespace(total_memory=24e9)

    cuda = SimpleNamespace(
        is_available=lambda: True, device_count=lambda: 1, get_device_properties=properties
    )
    monkeypatch.setitem(__import__("sys").modules, "torch", SimpleNamespace(cuda=cuda))
    reason = shortage(toy_model(tmp_path, parameters=20e9), "bfloat16", None, 4)
    assert reason is not None
    assert "1 GPU(s) has 24.0 GB" in reason


def test_an_engine_asks_for_its_packages_and_then_for_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("harness.engines.transformers.require", lambda name, _: asked.append(name))
    monkeypatch.setattr(memory, "_memory", lambda _: (1e9, "this machine"))
    reason = TransformersConfig().check([toy_model(tmp_path, parameters=7e9)], 1000)
    assert asked == ["transformers", "torch"]
    assert reason is not None
    assert "15.4 GB" in reason
