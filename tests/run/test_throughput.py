"""How fast work goes, as the ETA takes it."""

from __future__ import annotations

import pytest

from harness.run.throughput import Throughput


def test_a_speed_that_has_faded_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter(range(0, 100_000, 2))
    monkeypatch.setattr("harness.run.throughput.time.monotonic", lambda: float(next(clock)))
    rate = Throughput()
    rate.update(0, 0)
    rate.update(60, 900)  # kept from before, all at once
    assert rate.attempts == 30.0
    for _ in range(300):  # and for ten minutes nothing
        rate.update(60, 900)
    assert (rate.attempts, rate.tokens) == (0.0, 0.0)
