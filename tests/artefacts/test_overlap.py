"""What counts as the same text, and as nearly the same."""

from __future__ import annotations

import pytest

from harness.artefacts.overlap import Texts

LONG = (
    "A farmer has seventeen sheep and buys nine more at the market on Monday. "
    "How many sheep does the farmer have on Tuesday if he sells four of them in the morning?"
)


@pytest.mark.parametrize(
    "text",
    [
        "47+85",
        " 47 + 85",
        LONG,
        LONG.upper().replace(".", " !"),
        LONG.replace("Monday", "Friday"),
    ],
)
def test_like(text: str) -> None:
    assert Texts(["47+85", LONG]).like(text) is not None


@pytest.mark.parametrize("text", ["47+86", "85+47", LONG.replace("s", "z"), LONG[:60], ""])
def test_not_like(text: str) -> None:
    assert Texts(["47+85", LONG]).like(text) is None
