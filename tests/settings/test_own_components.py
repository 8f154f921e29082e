"""A user's own components and files: their type hints are what their settings are held against,
and what they lack is told in a line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.settings.experiment import load
from tests.settings.conftest import CONF, TOY, Refused
from tests.settings.own import Shout

Write = Callable[..., tuple[str, ...]]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Put a configuration file into a folder of the user's own; the words of a toy sweep there."""

    def written(file: str, text: str | bytes) -> tuple[str, ...]:
        path = tmp_path / "own" / f"{file}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return (f"hydra.searchpath=[file://{CONF},file://{tmp_path}/own]", *TOY[1:])

    return written


def own(group: str, target: str, further: str = "") -> str:
    name = f"@package {group}.own\n" if group != "engine" else ""
    return f"# {name}\n_target_: tests.settings.own.{target}\n{further}"


SHOUT = "marks: 1\nloud: false\nhow: soft\nshare: 0.5\n"


def test_settings_are_held_against_type_hints(write: Write, refused: Refused) -> None:
    words = (*write("pte/own", own("pte", "Shout", SHOUT)), "pte=[own]")
    [stack] = load([*words, "pte.own.marks=3"]).request.stacks
    assert stack.ptes == (Shout(marks=3),)
    wrong = ("marks=2.5", "loud=yes", "how=Hard", "share=2", "mark=3")
    said = refused(*words, *(f"pte.own.{each}" for each in wrong), toy=False)
    assert said == [
        "pte.own.mark: there is no such setting; pte.own has marks, loud, how and share; "
        "did you mean marks?",
        "pte.own.marks is 2.5: give a whole number",
        "pte.own.loud is 'yes': give true or false",
        "pte.own.how is 'Hard': give soft or hard; did you mean hard?",
        "pte.own.share is 2: give a number from 0 to 1",
    ]


def test_a_setting_that_the_file_does_not_list_can_be_set(write: Write) -> None:
    words = (*write("pte/own", own("pte", "Shout")), "pte=[own]")
    [stack] = load([*words, "pte.own.marks=3"]).request.stacks
    assert stack.ptes == (Shout(marks=3),)


@pytest.mark.parametrize(
    ("group", "target", "line"),
    [
        ("pte", "WithoutSlots", "its class WithoutSlots does not set slots"),
        ("pte", "NoDataclass", "decorate it with @dataclass(frozen=True)"),
        ("pte", "Failing", "pte.own cannot be made (ValueError: out of luck, at own.py line"),
        ("pte", "three", "it makes a int, which is no PTE"),
        ("pte", "WithoutTask", "it names WithoutTask, which is no PTE"),
        ("pte", "Absent", "cannot be imported"),
        ("benchmark", "WithoutMethods", "does not define grade, load and task"),
        ("benchmark", "WithoutExemplars", "no exemplars are written for 'without_exemplars'"),
        ("benchmark", "WithoutFile", "does not set file, instruction, last and lengths"),
        ("benchmark", "Nameless", "does not set name and task_type"),
        ("benchmark", "WithoutTask", "gives a int where a Task is needed"),
        ("engine", "NoEngine", "lacks capabilities, max_concurrency, identity"),
    ],
)
def test_what_a_class_lacks_is_told(
    group: str, target: str, line: str, write: Write, refused: Refused
) -> None:
    words = write(f"{group}/own", own(group, target))
    (said,) = refused(*words, f"{group}={'own' if group == 'engine' else '[own]'}", toy=False)
    assert line in said


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# @package pte.own\n_target_: a.B\n marks: [1\n", "own.yaml, line 3, column 7: this is"),
        ("# @package pte.own\n_target_: a.B\nk: 1\nk: 2\n", "own.yaml, line 4, column 1"),
        ("# @package pte.own\n- a\n- b\n", "own.yaml holds a list: give settings"),
        ("3\n", "own.yaml holds a int: give settings"),
        ("", "own.yaml is empty: give settings"),
        (b"# @package pte.own\n# \xe9\n", "own.yaml: this is no UTF-8"),
        ("_target_: tests.settings.own.Shout\n", "must be '# @package pte.NAME'"),
        ("# @package pte.other\n_target_: tests.settings.own.Shout\n", "'# @package pte.own'"),
        ("# @package pte.own\ndefaults: [/modle@model: x]\n", "modle/x: there is no such modle"),
        ("# @package pte.own\ndefaults: [/model@model: x]\n", "model/x: there is no such model"),
        ("# @package pte.own\nmarks: 1\n", "pte.own has no _target_"),
        ("# @package pte.own\n_target_: nowhere.At\n", "No module named 'nowhere'"),
    ],
)
def test_a_file_that_is_wrong_is_named(
    text: str | bytes, line: str, write: Write, refused: Refused
) -> None:
    (said,) = refused(*write("pte/own", text), "sweep=singles", "sweep.ptes=[own]", toy=False)
    assert line in said


def test_training_compute_without_its_class_is_refused(write: Write, refused: Refused) -> None:
    model = (
        "# @package model.own\n_target_: harness.models.spec.ModelSpec\nname: own\nweights: a/b\n"
        "family: own\nstage: base\nparameters: 1.0e+6\ntraining_tokens: null\n"
        "training: {flop: 3, source: none, valid_for_ceg: true}\ncontext_window: 4096\n"
    )
    (said,) = refused(*write("model/own", model), "model=own", toy=False)
    assert "model.own.training is {flop: 3" in said
    assert "give a TrainingCompute (settings with _target_)" in said
