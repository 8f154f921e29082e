"""The same containment for an ordinary user, with user namespaces and with Landlock alone."""

from __future__ import annotations

import json
import platform
import subprocess
import sys

import pytest

from tests.sandbox.attacks import ATTACKS

DIFFERENT = {
    # Nothing is writable there, so what a program may do in its own tmpfs is refused instead.
    "landlock": {"huge file", "many files"},
}


@pytest.mark.parametrize("tier", ["namespaces", "landlock"])
def test_every_attack_is_contained(tier: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.nobody", "tests.sandbox.survey", tier],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    survey = json.loads(done.stdout)
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
