"""A configuration that was put down is read back under the same rules."""

from __future__ import annotations

import re

import pytest

from harness.errors import UserError
from harness.plan.plan import make
from harness.settings.changes import changed
from harness.settings.composing import composed, expand
from harness.settings.experiment import load, stored
from tests.settings.conftest import TOY, Refused

SWEEP = (*TOY, "sweep=pairs", "sweep.ptes=[few_shot,self_consistency]", "pte.few_shot.k=3")


def test_what_was_put_down_makes_the_same_plan() -> None:
    first = load(SWEEP)
    again = stored(first.config, SWEEP)
    assert [cell.id for cell in make(again.request).cells] == [
        cell.id for cell in make(first.request).cells
    ]
    assert again.folder == first.folder
    assert again.config == first.config


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("k: 3", "k: three", "pte.few_shot.k is 'three': give a whole number from 1"),
        ("adaptive: false", "adaptive: 'no'", "adaptive is 'no': give true or false"),
        ("kind: pairs", "kind: pair", "did you mean pairs?"),
    ],
)
def test_what_was_spoilt_since_is_told(old: str, new: str, line: str) -> None:
    config = load(SWEEP).config
    assert old in config
    with pytest.raises(UserError, match=re.escape(line)):
        stored(config.replace(old, new), SWEEP)


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [1\n", "3", ""])
def test_what_is_no_configuration_is_told(text: str) -> None:
    with pytest.raises(UserError):
        stored(text, ())


def test_a_stored_configuration_is_changed_by_words() -> None:
    config = composed(TOY)
    assert changed(config, ["cluster.minutes=60"]).cluster.minutes == 60
    assert config.cluster.minutes == 240
    with pytest.raises(UserError, match=r"did you mean minutes\?"):
        changed(config, ["cluster.minuts=60"])
    with pytest.raises(UserError, match="cannot be read"):
        changed(config, ["cluster.minutes=[60"])


def test_each_job_of_a_multirun_is_held_against_the_rules(refused: Refused) -> None:
    first, second = expand([*TOY, "pte=[few_shot]", "pte.few_shot.k=3,2.5"])
    load(first)
    (said,) = refused(*second, toy=False)
    assert said.startswith("pte.few_shot.k is 2.5")


@pytest.mark.parametrize(
    ("word", "line"),
    [
        ("seed=range(0,100000000000)", "more than 10000 runs"),
        ("seed=range(3,1)", "no run at all"),
        ("seed=interval(0,1)", "cannot be composed"),
        ("seed=range(1,x)", "cannot be read"),
    ],
)
def test_words_that_stand_for_no_runs_or_too_many(word: str, line: str) -> None:
    with pytest.raises(UserError, match=line):
        expand([*TOY, word])
