"""The same containment for an ordinary user, with user namespaces and with Landlock alone."""

from __future__ import annotations

import json
import platform

import pytest

from tests.sandbox.attacks import ATTACKS
from tests.sandbox.conftest import as_nobody

DIFFERENT = {
    # Nothing is writable there, so what a program may do in its own tmpfs is refused instead.
    "landlock": {"huge file", "many files"},
}


@pytest.mark.parametrize("tier", ["namespaces", "landlock"])
def test_every_attack_is_contained(tier: str) -> None:
    survey = json.loads(as_nobody("tests.sandbox.survey", tier))
    assert survey["user"] != 0
    for attack in ATTACKS:
        if attack.name.startswith("syscall") and platform.machine() != "x86_64":
            continue
        verdict, detail, after = survey["outcomes"][attack.name]
        allowed = attack.verdicts
        if attack.name in DIFFERENT.get(tier, ()):
            allowed = (*allowed, "refused")
        assert verdict in allowed, (attack.name, verdict, detail)
        assert after == "passed", f"after: {attack.name}"
