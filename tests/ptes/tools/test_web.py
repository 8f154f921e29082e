"""The web plug: any function of the user's, whatever it does, costs one observation at most."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from harness.errors import UserError
from ptes.tools.web import Web, located
from tests import fetchers
from tests.refusals import refusal
from tests.tool_toys import observations, said
from tests.toys import ToyBenchmark

TASK = ToyBenchmark().task()


def asked(folder: Path, name: str, timeout: float = 20.0, query: str = "Bern") -> str:
    (seen,) = said(folder, Web(f"tests.fetchers.{name}", timeout).tools(TASK), "web", query)
    return str(seen)


def test_what_the_function_returns_is_shown(tmp_path: Path) -> None:
    assert asked(tmp_path, "page") == "A page about Bern."


def test_bytes_that_are_no_utf8_are_shown_as_far_as_they_go(tmp_path: Path) -> None:
    assert asked(tmp_path, "later") == "caf\ufffd Bern"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("raises", "web failed: the network is down ?"),
        ("leaves", "web failed: it wanted to end the program: goodbye"),
        ("nothing", "web failed: 'NoneType' object has no attribute 'encode'"),
    ],
)
def test_a_failure_is_told_to_the_model(tmp_path: Path, name: str, told: str) -> None:
    assert asked(tmp_path, name) == told


def test_a_megabyte_is_cut(tmp_path: Path) -> None:
    shown = asked(tmp_path, "megabyte")
    assert len(shown) < 2100
    assert shown.endswith("[cut: 1000000 characters]")


def test_one_that_hangs_is_left_behind_and_the_process_ends_all_the_same(tmp_path: Path) -> None:
    start = time.monotonic()
    assert asked(tmp_path, "hangs", timeout=0.2) == "web did not answer within 0.2 s."
    assert time.monotonic() - start < 30


def test_what_was_fetched_is_replayed_without_asking_again(tmp_path: Path) -> None:
    fetchers.ASKED.clear()
    tools = Web("tests.fetchers.page").tools(TASK)
    calls = [("web", "Bern"), ("web", "Bern"), ("web", "Basel")]
    first, _ = observations(tmp_path, tools, calls)
    assert fetchers.ASKED == ["Bern", "Bern", "Basel"]
    again, _ = observations(tmp_path, tools, calls)
    assert again == first
    assert len(fetchers.ASKED) == 3


def test_another_function_is_not_served_what_this_one_said(tmp_path: Path) -> None:
    assert asked(tmp_path, "page") != asked(tmp_path, "later")


@pytest.mark.parametrize("path", ["tests.fetchers.absent", "no.such.module", "plain", ""])
def test_a_function_that_is_not_there_is_refused_with_the_mend(path: str) -> None:
    with pytest.raises(UserError, match="give the dotted path"):
        Web(path)


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(UserError, match="is no function"):
        Web("tests.fetchers.NOT_A_FUNCTION")
    assert "its.timeout is 0: give a number above 0" in refusal(Web, fetch="a.b", timeout=0)


@pytest.mark.parametrize("path", ["os.system", "subprocess.check_output", "builtins.eval"])
def test_a_function_of_python_is_no_fetcher(path: str) -> None:
    with pytest.raises(UserError, match="which is Python's"):
        located(path)
