"""Slips in the class of a PTE of one's own are told before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.paper import PaperSettings
from harness.contracts.pte import PTE, Slot
from harness.settings.pte_declarations import declaration_problems
from tests.plan.test_every_pair import all_ptes

PROMPT = frozenset({Slot.PROMPT})


def made(**members: Any) -> PTE:
    """A PTE of the prompt slot with these members."""
    kept = {"name": "mine", "category": "x", "slots": PROMPT, "prompt": lambda *_: None} | members
    kind: Any = type("Mine", (PTE,), kept)
    pte: PTE = dataclass(frozen=True)(kind)()
    return pte


def test_what_is_whole_passes() -> None:
    assert not [*declaration_problems("pte.mine", made())]


def test_all_of_ours_pass(tmp_path: Path) -> None:
    assert not [
        line for name, pte in all_ptes(tmp_path).items() for line in declaration_problems(name, pte)
    ]


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"slots": frozenset()}, "give members of Slot"),
        ({"slots": frozenset({"prompt"})}, "give members of Slot"),
        ({"policy": lambda *_: None}, "Mine.policy is never called: add Slot.POLICY"),
        ({"slots": frozenset({Slot.PROMPT, Slot.TOOLS})}, "fills Slot.TOOLS and has no hook"),
        ({"replaces": frozenset({Slot.SEARCH})}, "replaces Slot.SEARCH, which it does not fill"),
        ({"paper": {"n": 40}}, "paper is {'n': 40}: give PaperSettings"),
        ({"paper": PaperSettings("Me 2026", {"n": 40})}, "paper sets n, which is no setting of it"),
    ],
)
def test_what_is_never_called_or_missing_is_named(members: dict[str, Any], reason: str) -> None:
    (line,) = declaration_problems("pte.mine", made(**members))
    assert line.startswith("pte.mine: Mine")
    assert reason in line


def test_settings_that_can_be_changed_are_refused() -> None:
    @dataclass
    class Loose(PTE):
        name: ClassVar[str] = "loose"
        category: ClassVar[str] = "x"
        slots: ClassVar[frozenset[Slot]] = PROMPT

        def prompt(self, *_: Any) -> Any:
            return None

    (line,) = declaration_problems("pte.loose", Loose())
    assert "decorate it with @dataclass(frozen=True)" in line
