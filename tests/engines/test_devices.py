"""A device that is not there is told before anything is loaded."""

from __future__ import annotations

import pytest

from harness.engines.transformers import TransformersConfig


@pytest.mark.parametrize("device", ["cuda:31", "cuda:1000"])
def test_a_gpu_that_is_not_there(device: str) -> None:
    pytest.importorskip("torch")
    said = TransformersConfig(device=device).check([], 64)
    assert said is not None
    assert said.startswith(f"engine.device is {device}, and torch sees ")


def test_a_device_that_every_machine_has() -> None:
    pytest.importorskip("torch")
    assert TransformersConfig(device="cpu").check([], 64) is None
    assert TransformersConfig(device="auto").check([], 64) is None
