"""An action is read from what was written, however models write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ptes.common.acting.actions import first_action

READ = [
    ("Action: search[Ada Lovelace]", ("search", "Ada Lovelace")),
    ("Thought: hm.\nAction: search[Ada Lovelace]", ("search", "Ada Lovelace")),
    ("Thought: hm.\n  Action 2: Search [ Ada Lovelace ] and so on", ("search", "Ada Lovelace")),
    ("Action: finish[]", ("finish", "")),
    ("Action: python[xs = [1, 2]\nprint(xs[0])]", ("python", "xs = [1, 2]\nprint(xs[0])")),
    ('Action: quote[{"from": 1,\n "to": 2}]', ("quote", '{"from": 1,\n "to": 2}')),
    ("Action: search[a [b]", ("search", "a [b")),
    ("Action: search[a [b]\nAction: finish[c]", ("search", "a [b")),
    ("Action: search[one]\nAction: search[two]", ("search", "one")),
]
NOT_READ = [
    "",
    "Thought: I could write Action: search[x] here.",
    "Action: search",
    "Action: search[Ada",
    "Action: search[Ada\nThought: and so on]",
    "Action: [Ada]",
    "search[Ada]",
]


@pytest.mark.parametrize(("text", "read"), READ)
def test_an_action_is_read(text: str, read: tuple[str, str]) -> None:
    action = first_action(text)
    assert action is not None
    assert (action.name, action.argument) == read


@pytest.mark.parametrize("text", NOT_READ)
def test_what_is_none_is_not_read(text: str) -> None:
    assert first_action(text) is None


def test_the_text_is_cut_where_the_action_ends() -> None:
    text = "Thought: a.\nAction: search[b] and more"
    action = first_action(text)
    assert action is not None
    assert text[: action.end] == "Thought: a.\nAction: search[b]"


@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    first_action(f"Action: search[{text}")


@given(st.text(st.characters(exclude_characters="[]\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029")))
def test_an_argument_of_one_line_comes_back(argument: str) -> None:
    action = first_action(f"Action: search[{argument}]")
    assert action is not None
    assert action.argument == argument.strip()
