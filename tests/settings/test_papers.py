"""`budget=paper`: each PTE with its paper's settings, but for what the user sets."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.contracts.pte import PTE
from harness.settings.checking import problems_of
from harness.settings.composing import composed
from harness.settings.experiment import load
from tests.plan.test_every_pair import all_ptes
from tests.settings.conftest import SEARCH, TOY

PAPERS = sorted(
    path.stem
    for path in (Path(__file__).resolve().parents[2] / "configs" / "pte").glob("*.yaml")
    if path.stem not in ("lora_adapter", "web")  # have a setting that must be given
)


def test_every_paper_setting_is_one_of_its_pte_and_in_range(tmp_path: Path) -> None:
    config = composed(
        ["benchmark=[humaneval]", f"pte=[{','.join(PAPERS)}]", "budget=paper", "sweep=singles"]
    )
    assert not problems_of(config)
    told = 0
    for name, pte in all_ptes(tmp_path).items():
        for key, value in pte.paper.values.items() if pte.paper else ():
            assert config.pte[name][key] == value, f"{name}.{key}"
            assert type(getattr(pte, key)) is type(value), f"{name}.{key}"
            assert pte.paper is not None
            assert pte.paper.where[key], f"{name}.{key} has no place in the paper"
            told += 1
    assert told > 20


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("self_consistency", "n", 40),
        ("codet", "n", 100),
        ("codet", "tests", 100),
        ("react", "steps", 7),
        ("react", "ask_at_end", False),  # no line of the shipped file
        ("reflexion", "trials", 10),
        ("lats", "program_iterations", 8),
        ("lats", "weight", 0.5),
        ("toolformer", "calls", 1),
        ("model_judge", "n", 100),
        ("verifier", "n", 100),
        ("process_verifier", "aggregate", "product"),
    ],
)
def test_what_the_papers_set(name: str, key: str, value: object) -> None:
    assert composed([f"pte=[{name}]", "budget=paper"]).pte[name][key] == value


def pte(*words: str) -> PTE:
    (stack,) = load([*TOY, "pte=[self_consistency]", *words]).request.stacks
    (only,) = stack.ptes
    return only


def test_without_it_the_configured_settings_stand() -> None:
    assert pte().samples == 5
    assert pte("budget=paper").samples == 40
    assert pte("budget.paper=true").samples == 40
    assert pte("budget=paper", "budget.paper=false").samples == 5


@pytest.mark.parametrize(
    "word",
    ["pte.self_consistency.n=12", "pte.self_consistency={n: 12}", "++pte.self_consistency.n=12"],
)
def test_the_users_words_win(word: str) -> None:
    for words in ((word, "budget=paper"), ("budget=paper", word)):
        assert pte(*words).samples == 12


def test_the_users_words_win_where_the_file_has_no_line() -> None:
    words = ["pte=[react]", "budget=paper", "pte.react.ask_at_end=true"]
    assert composed(words).pte.react.ask_at_end is True


def test_a_file_of_the_users_own_wins(tmp_path: Path) -> None:
    (tmp_path / "pte").mkdir()
    (tmp_path / "pte" / "votes.yaml").write_text(
        "# @package pte.votes\n_target_: ptes.selection.self_consistency.SelfConsistency\nn: 9\n"
    )
    places = f"hydra.searchpath=[file://{tmp_path},{SEARCH.partition('[')[2]}"
    config = composed([places, *TOY[1:], "pte=[votes]", "budget=paper"])
    assert config.pte.votes.n == 9


def test_the_plan_says_what_is_the_papers_and_what_is_yours() -> None:
    words = ["pte=[self_consistency,plain]", "pte.self_consistency.n=12", "budget=paper"]
    lines = load([*TOY, *words]).notes
    assert any(
        "self_consistency (Wang et al. 2022): n=12 as you set it, where the paper has 40" in line
        and "adaptive=false (section 3.1" in line
        for line in lines
    )
    assert any("no paper sets what can be set of plain" in line for line in lines)
    assert not load([*TOY, *words[:2]]).notes


def test_a_run_is_found_again_under_its_name() -> None:
    """What it sets lies in the PTEs: the same settings given one by one are the same run."""
    by_paper = load([*TOY, "pte=[self_consistency]", "budget=paper"])
    by_hand = load(
        [*TOY, "pte=[self_consistency]", "pte.self_consistency.n=40", "budget.multiplier=null"]
    )
    assert by_paper.folder == by_hand.folder
