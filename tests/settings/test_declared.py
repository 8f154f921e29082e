"""Slips in the class of a PTE of one's own are told before anything runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest

from harness.contracts.pte import PTE, Slot
from harness.errors import UserError
from harness.settings.declared import declared
from tests.plan.test_every_pair import all_ptes

PROMPT = frozenset({Slot.PROMPT})


def made(**members: Any) -> PTE:
    """A PTE with these members, each of which may be left out by None."""
    kept = {"name": "mine", "category": "x", "slots": PROMPT, "prompt": lambda *_: None} | members
    return dataclass(frozen=True)(type("Mine", (PTE,), {k: v for k, v in kept.items() if v}))()  # type: ignore[no-any-return]


def test_what_is_whole_passes() -> None:
    pte = made()
    assert declared("pte.mine", pte) is pte


def test_all_of_ours_pass(tmp_path: Path) -> None:
    for name, pte in all_ptes(tmp_path).items():
        assert declared(f"pte.{name}", pte) is pte


@pytest.mark.parametrize(
    ("members", "reason"),
    [
        ({"name": None}, "declares no name"),
        ({"category": None}, "declares no category"),
        ({"slots": None}, "declares no slots"),
        ({"slots": frozenset({"prompt"})}, "members of Slot"),
        ({"policy": lambda *_: None}, "has the hook policy, which is never called"),
        ({"slots": frozenset({Slot.PROMPT, Slot.TOOLS})}, "fills Slot.TOOLS and has no hook"),
        ({"replaces": frozenset({Slot.SEARCH})}, "replaces Slot.SEARCH, which it does not fill"),
    ],
)
def test_what_is_missing_or_never_called_is_named(members: dict[str, Any], reason: str) -> None:
    with pytest.raises(UserError, match=reason) as caught:
        declared("pte.mine", made(**members))
    assert str(caught.value).startswith("pte.mine: Mine ")


@dataclass(frozen=True)
class Whole(PTE):
    words: str = "Please."
    name: ClassVar[str] = "whole"
    category: ClassVar[str] = "prompting"
    slots: ClassVar[frozenset[Slot]] = PROMPT

    def prompt(self, *_: Any) -> Any:
        return None


class Undecorated(Whole):
    more: int = 2


class Plain(PTE):
    name = "plain"
    category = "prompting"
    slots = PROMPT

    def __init__(self, more: int = 2) -> None:
        self.more = more

    prompt = Whole.prompt


@pytest.mark.parametrize("pte", [Undecorated(), Plain()])
def test_a_setting_that_no_hash_covers_is_refused(pte: PTE) -> None:
    with pytest.raises(UserError, match=r"add @dataclass\(frozen=True\)"):
        declared("pte.mine", pte)


def test_what_is_no_pte_is_refused() -> None:
    with pytest.raises(UserError, match="makes a dict, which is no PTE"):
        declared("pte.mine", {})
