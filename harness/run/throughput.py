"""How fast work goes."""

from __future__ import annotations

import time

SMOOTHING = 0.1
"""Weight of the latest reading; at one every two seconds it looks back about half a minute."""
STANDSTILL = 1 / 86400
"""Attempts or tokens a second (one a day) below which a speed that fades counts as none: what is
left of it says nothing of when work will be done."""


class Throughput:
    """Attempts and generated tokens a second, smoothed."""

    def __init__(self) -> None:
        self.attempts = 0.0
        self.tokens = 0.0
        self._last: tuple[float, int, int] | None = None

    def update(self, done: int, tokens: int) -> None:
        """Take another reading of attempts done and tokens generated so far."""
        now = (time.monotonic(), done, tokens)
        if self._last:
            seconds = now[0] - self._last[0]
            self.attempts = _smooth(self.attempts, (done - self._last[1]) / seconds)
            self.tokens = _smooth(self.tokens, (tokens - self._last[2]) / seconds)
        self._last = now


def _smooth(before: float, now: float) -> float:
    smoothed = before + (now - before) * (SMOOTHING if before else 1.0)
    return smoothed if smoothed > STANDSTILL else 0.0
