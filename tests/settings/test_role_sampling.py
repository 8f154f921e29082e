"""Sampling of further roles comes with the PTEs that have them; the sweep may set another."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contracts.sampling import GREEDY, Sampling
from harness.errors import UserError
from harness.settings.composing import composed
from harness.settings.experiment import load, stored

CONF = Path(__file__).resolve().parents[1] / "conf"
CRITIC = """
from dataclasses import dataclass
from typing import ClassVar

from harness.contracts.pte import PTE, Slot
from harness.contracts.sampling import Sampling


@dataclass(frozen=True)
class {name}(PTE):
    warmth: float = 0.2
    name: ClassVar[str] = "{lower}"
    category: ClassVar[str] = "scaffolding"
    slots: ClassVar[frozenset[Slot]] = frozenset({{Slot.SEARCH}})
    {declared}

    def search(self, inner, task):
        return inner
"""


def sampling(*overrides: str) -> dict[str, Sampling]:
    search = f"hydra.searchpath=[file://{CONF}]"
    toy = [search, "engine=scripted", "benchmark=toy", "model=toy_model"]
    return dict(load([*toy, *overrides]).request.setting.sampling)


@pytest.fixture(autouse=True)
def _toy_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setenv("PTE_TOY_WEIGHTS", str(tmp_path))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """PTEs of a user's own, each with a role `critic`: the override that finds them."""
    ways = {
        "Cool": 'role_sampling: ClassVar = {"critic": Sampling(0.1)}',
        "Warm": 'role_sampling: ClassVar = {"critic": Sampling(0.9)}',
        "Late": '@property\n    def role_sampling(self): return {"critic": Sampling(self.warmth)}',
        "Solver": 'role_sampling: ClassVar = {"solve": Sampling(0.9)}',
        "Number": 'role_sampling: ClassVar = {"critic": 0.9}',
    }
    texts = [CRITIC.format(name=n, lower=n.lower(), declared=d) for n, d in ways.items()]
    (tmp_path / "critics.py").write_text("\n".join(texts))
    (tmp_path / "conf" / "pte").mkdir(parents=True)
    for name in ways:
        node = f"# @package pte.{name.lower()}\n_target_: critics.{name}\nwarmth: 0.2\n"
        (tmp_path / "conf" / "pte" / f"{name.lower()}.yaml").write_text(node)
    monkeypatch.syspath_prepend(tmp_path)
    return f"hydra.searchpath=[file://{CONF},file://{tmp_path}/conf]"


def test_only_roles_that_the_sweep_uses_are_there() -> None:
    assert sampling() == {"solve": Sampling(0.7)}
    assert sampling("pte=[reflexion]") == {
        "solve": Sampling(0.7),
        "test": Sampling(0.8, 0.95),
        "value": GREEDY,
        "reflect": Sampling(0.7),
    }


def test_a_further_models_role_comes_with_the_pte_that_binds_it() -> None:
    judged = ["pte=[model_judge]", "model@pte.model_judge.model=toy_model"]
    assert sampling(*judged)["judge"] == GREEDY
    assert sampling(*judged, "sampling.judge.temperature=0.2")["judge"] == Sampling(0.2)


@pytest.mark.parametrize(
    "words",
    [
        ["pte=[reflexion]", "sampling.reflect.temperature=0.2"],
        ["sampling.reflect.temperature=0.2", "pte=[reflexion]"],
        ["sweep=list", "sweep.stacks=[[],[reflexion]]", "sampling.reflect={temperature: 0.2}"],
        ["sweep=singles", "sweep.ptes=[reflexion]", "sampling={reflect: {temperature: 0.2}}"],
    ],
)
def test_the_sweep_may_set_another_in_any_place_of_the_command(words: list[str]) -> None:
    result = sampling(*words)
    assert result["reflect"] == Sampling(0.2)
    assert result["test"] == Sampling(0.8, 0.95)


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["sampling.reflct.temperature=0.2"], ["sampling.reflct", "did you mean reflect?"]),
        (["+sampling.reflct.temperature=0.2"], ["sampling.reflct", "did you mean reflect?"]),
        (["sampling.judge.temperature=0.2"], ["no PTE of this sweep", "solve, reflect, test"]),
        (["sampling.slove.temperature=0.2"], ["did you mean solve?"]),
        (["sampling.reflect.temprature=0.2"], ["sampling.reflect.temprature", "temperature?"]),
        (["sampling={reflct: {temperature: 0.2}}"], ["sampling.reflct"]),
        (["sampling.reflect=0.2"], ["sampling.reflect.temperature"]),
        (["sampling.reflect.temperature=hot"], ["sampling.reflect.temperature", "hot"]),
        (["sampling.reflect.temperature=-1"], ["sampling.reflect.temperature", "-1"]),
    ],
)
def test_what_is_wrong_is_named_with_the_nearest_name(words: list[str], parts: list[str]) -> None:
    with pytest.raises(UserError) as caught:
        sampling("pte=[reflexion]", *words)
    for part in parts:
        assert part in str(caught.value)


def test_an_own_pte_needs_no_edit_of_the_root(own: str) -> None:
    toy = [own, "engine=scripted", "benchmark=toy", "model=toy_model", "pte=[cool]"]
    assert load(toy).request.setting.sampling["critic"] == Sampling(0.1)
    hot = load([*toy, "sampling.critic.temperature=1.5"])
    assert hot.request.setting.sampling["critic"] == Sampling(1.5)
    again = stored(hot.config, hot.overrides)
    assert again.request.setting == hot.request.setting


def test_roles_are_known_before_anything_is_made(own: str) -> None:
    with pytest.raises(UserError, match="role_sampling is a class variable"):
        composed([own, "pte=[late]"])


def test_two_that_share_a_role_must_agree_or_the_sweep_decides(own: str) -> None:
    with pytest.raises(UserError) as caught:
        composed([own, "pte=[cool,warm]"])
    assert "pte.cool and pte.warm share the role critic" in str(caught.value)
    mend = "sampling.critic.temperature=0.1"
    assert mend in str(caught.value)
    assert composed([own, "pte=[cool,warm]", mend]).sampling.critic.temperature == 0.1


@pytest.mark.parametrize("name", ["solver", "number"])
def test_what_is_no_role_or_no_sampling_is_refused(own: str, name: str) -> None:
    with pytest.raises(UserError, match=f"pte.{name} declares role_sampling"):
        composed([own, f"pte=[{name}]"])


def test_a_pte_that_cannot_be_imported_is_one_clear_error(own: str, tmp_path: Path) -> None:
    (tmp_path / "conf" / "pte" / "lost.yaml").write_text(
        "# @package pte.lost\n_target_: nowhere.Lost\n"
    )
    with pytest.raises(UserError, match="nowhere"):
        composed([own, "pte=[lost]"])
