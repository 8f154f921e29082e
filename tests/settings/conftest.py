"""What tests of settings share: a toy sweep, and what is said where it is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.errors import UserError
from harness.plan.plan import make
from harness.settings.experiment import load

CONF = Path(__file__).resolve().parents[1] / "conf"
SEARCH = f"hydra.searchpath=[file://{CONF}]"
TOY = (SEARCH, "engine=fake", "benchmark=toy", "model=toy_model")

Refused = Callable[..., list[str]]


@pytest.fixture(autouse=True)
def _toy_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))
    monkeypatch.delenv("PTE_DATA", raising=False)


@pytest.fixture
def refused() -> Refused:
    """The lines in which a command is refused, each about a setting; `toy` puts a toy sweep
    before the words."""

    def plan(*words: str, toy: bool = True) -> list[str]:
        with pytest.raises(UserError) as caught:
            make(load([*(TOY if toy else ()), *words]).request)
        return str(caught.value).splitlines()

    return plan
