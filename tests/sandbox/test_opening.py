"""What a machine has is found out and said; nothing unsafe is ever chosen silently."""

from __future__ import annotations

import asyncio
import sys

import pytest

from harness.errors import UserError
from harness.sandbox.contract import SandboxConfig, Tier
from harness.sandbox.pool import Sandbox
from harness.sandbox.tiers import start_workers
from tests.sandbox.conftest import as_nobody


def opened(*arguments: str) -> str:
    """What an ordinary user's attempt comes to, with some tiers switched off."""
    return as_nobody("tests.sandbox.without", *arguments).strip()


def test_the_strongest_tier_is_taken() -> None:
    assert opened("none") == "namespaces namespaces passed"
    assert opened("namespaces") == "landlock landlock passed"


def test_without_a_safe_tier_it_refuses() -> None:
    said = opened("namespaces,landlock")
    assert said.startswith("refused: this machine does not have a safe sandbox tier")
    assert "namespaces: switched off; landlock: switched off" in said
    assert "`unsafe`" in said


def test_the_unsafe_tier_is_there_for_those_who_name_it() -> None:
    assert opened("namespaces,landlock", "unsafe") == "unsafe unsafe passed"


def test_a_tier_that_was_named_is_not_replaced() -> None:
    said = opened("namespaces", "namespaces")
    assert said.startswith("refused: this machine does not have the sandbox tier `namespaces`")


def test_a_package_that_is_not_there_is_named() -> None:
    async def main() -> None:
        async with Sandbox.open(SandboxConfig(Tier.NAMESPACES, 1, ("no_such_package",))):
            pass

    with pytest.raises(UserError, match="no_such_package"):
        asyncio.run(main())


def test_elsewhere_than_on_linux_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UserError, match="contained on Linux alone"):
        asyncio.run(start_workers(SandboxConfig()))
