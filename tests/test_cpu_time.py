"""Work has so much CPU time: sleep does not count, calls nest, and nothing is left ticking."""

from __future__ import annotations

import signal
import threading
import time

import pytest

from harness.cpu_time import OutOfCpuTimeError, within


def loop() -> None:
    while True:
        pass


def test_what_takes_longer_is_given_up_whatever_it_catches() -> None:
    def stubborn() -> None:
        while True:
            try:
                loop()
            except Exception:
                continue

    begun = time.thread_time()
    with pytest.raises(OutOfCpuTimeError):
        within(0.2, stubborn)
    assert 0.15 < time.thread_time() - begun < 1.0
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_sleep_does_not_count() -> None:
    def sleeper() -> int:
        time.sleep(0.3)
        return 5

    assert within(0.1, sleeper) == 5


def test_inner_work_has_its_own_time_and_never_more_than_the_outer() -> None:
    def outer() -> str:
        with pytest.raises(OutOfCpuTimeError):
            within(0.1, loop)
        return "went on"

    assert within(5.0, outer) == "went on"
    with pytest.raises(OutOfCpuTimeError):
        within(0.1, lambda: within(60.0, loop))


def test_in_another_thread_there_is_no_limit() -> None:
    said: list[int] = []
    thread = threading.Thread(target=lambda: said.append(within(0.0, lambda: sum(range(10**6)))))
    thread.start()
    thread.join()
    assert len(said) == 1
