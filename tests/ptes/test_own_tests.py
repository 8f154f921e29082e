"""Assertions as they are read from what a model writes."""

from __future__ import annotations

import pytest

from harness.syntax import tree
from ptes.common.programs.own_tests import asserts_in, calls_in, first_call


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("assert f(1)==2", ["assert f(1) == 2"]),
        ("assert f(1) == 2\nassert f(1)  ==  2", ["assert f(1) == 2"] * 2),
        ("assert f(1) == 2, 'one'", ["assert f(1) == 2"]),
        ("assert f([1,\n  2]) == 3\nassert f(2)", ["assert f([1, 2]) == 3", "assert f(2)"]),
        ("assert f(1) == 2  # so it is\nprint(f(1))\n", ["assert f(1) == 2"]),
        (
            "assert not f(1)\nassert sorted(f(2)) == [1]",
            ["assert not f(1)", "assert sorted(f(2)) == [1]"],
        ),
        ("assert f(1) == [1, 2", []),
        ("assert f(1) == 2\nassert f(2) ==", ["assert f(1) == 2"]),
        ("assert g(1) == 2\nassert f == f", []),
        ("assert f(1) == 2 because it is", []),
        ("x = 1\n    assert f(1) == 2", []),
        ("It asserts f(1) == 2", []),
        ("", []),
        ("assert " + "(" * 300, []),
        ("assert f('\x00')", []),
    ],
)
def test_whole_assertions_that_call_the_function_count(text: str, found: list[str]) -> None:
    assert list(asserts_in(text, "f")) == found


def test_inputs_are_the_calls_without_the_values() -> None:
    asserts = ("assert f(1) == 2", "assert f(1) == 3", "assert abs(f(2) - 1) < 0.1")
    assert calls_in(asserts, "f") == ("f(1)", "f(2)")


def test_a_method_of_the_same_name_is_no_call_of_the_function() -> None:
    assert first_call(tree("assert x.f(1) == g(f)"), "f") is None
