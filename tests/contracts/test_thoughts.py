"""Where a reply begins in what a reasoning model wrote."""

from __future__ import annotations

import pytest

from harness.contracts.thoughts import Thoughts, after_thoughts, closed_again, once_closed
from harness.models.thinking import HARMONY

OWN = Thoughts("<think>", "</think>", opened=False, closed=False)
OPEN = Thoughts("<think>", "</think>", opened=True, closed=False)
SHUT = Thoughts("<think>", "</think>", opened=False, closed=True)
CHANNELS = Thoughts(
    HARMONY.open,
    HARMONY.close,
    opened=False,
    closed=False,
    answer=HARMONY.answer,
    end=HARMONY.end,
)


@pytest.mark.parametrize(
    ("text", "thoughts", "reply"),
    [
        ("4", None, "4"),
        ("<think>\nHm.\n</think>\n\n4", None, "<think>\nHm.\n</think>\n\n4"),
        ("<think>\nHm.\n</think>\n\n4", OWN, "\n\n4"),
        ("4", OWN, "4"),
        ("<think>\nHm. The answer is 5", OWN, None),
        ("Hm.\n</think>\n\n    return 4", OPEN, "\n\n    return 4"),
        ("Hm.</think>", OPEN, ""),
        ("Hm. The answer is 5", OPEN, None),
        ("", OPEN, None),
        ("4", SHUT, "4"),
        ("4 <think>or 5?", SHUT, "4 "),
        ("4 <think>or 5?</think>5", SHUT, "5"),
        ("<think>or 5?", SHUT, ""),
        ("Hm.</think>5<think>or 4?</think>4", OPEN, "4"),
        ("Hm.</think>5<think>or 4?", OPEN, "5"),
    ],
)
def test_what_follows_the_thoughts(text: str, thoughts: Thoughts | None, reply: str | None) -> None:
    assert after_thoughts(text, thoughts) == reply


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (f"{HARMONY.open}4?{HARMONY.close}It is 4.", "It is 4."),
        (f"{HARMONY.open}4?<|end|><|start|>assistant{HARMONY.open}Yes.{HARMONY.close}4", "4"),
        (f"{HARMONY.answer}4", "4"),
        (f"{HARMONY.answer}4<|end|>", "4"),
        (f"{HARMONY.open}4? The answer is 5", None),
        ("<|channel|>commentary<|message|>4", None),
        ("", None),
    ],
)
def test_of_channels_the_final_one_is_the_reply(text: str, reply: str | None) -> None:
    assert after_thoughts(text, CHANNELS) == reply


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("It is 4.", "It is 4."),
        (f"4<|end|><|start|>assistant{HARMONY.open}5?{HARMONY.close}5", "5"),
        (f"4<|end|><|start|>assistant{HARMONY.open}5?", "4"),
    ],
)
def test_of_channels_whose_thoughts_were_closed_the_rest_is_the_reply(
    text: str, reply: str
) -> None:
    assert after_thoughts(text, once_closed(CHANNELS)) == reply


@pytest.mark.parametrize("thoughts", [OWN, OPEN, SHUT])
def test_a_turn_whose_thoughts_were_closed_begins_with_its_reply(thoughts: Thoughts) -> None:
    assert once_closed(thoughts) == SHUT
    assert once_closed(None) is None


@pytest.mark.parametrize(
    ("thoughts", "written"),
    [
        (None, ""),
        (SHUT, ""),
        (OPEN, "\n\n</think>\n\n"),
        (OWN, "<think>\n\n</think>\n\n"),
        (CHANNELS, HARMONY.answer),
    ],
)
def test_how_a_model_is_kept_from_thinking(thoughts: Thoughts | None, written: str) -> None:
    assert closed_again(thoughts) == written
