"""What of a reply is the model's own, and what follows its cue."""

from __future__ import annotations

import time

import pytest

from benchmarks.numeric import extract_number
from harness.solvers.replies import after_cue, own_words

CUE = "The answer is"


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        ("Nine eggs at $2 each make $18. The answer is:\n\n18", "18"),
        ("2 + 1 = 3. The answer is 3.\n\nExercise 2: Tom has 7 pens. The answer is 7.", "3"),
        ("The profit is 70,000. The answer is $70{,}000$.", "70000"),
        ("The answer is 3 sprints * 3 times * 60 meters = 540 meters.", "540"),
        ("So, the answer is **$64**.", "64"),
        ("The answer is 0.\nProblem: A bus has 4 seats and 5 more. The answer is 9.", "0"),
        ("The answer is 90 + 50 = 140.", "140"),
        ("Therefore, the answer is:\n\n32", "32"),
        ("**The answer is 5**", "5"),
        ("The **answer** is **5**.", "5"),
        ("**The answer is:**\n\n**5**", "5"),
        ("The answer is\n\n$$\n18\n$$", "18"),
        ("The answer is:\n\n\\[\n\\boxed{18}\n\\]", "18"),
        ("The answer is:\n```\n18\n```", "18"),
        ("So the final answer is 12 apples.", "12"),
        ("So The Final Answer Is: 12", "12"),
        ("The answer is 4. Wait, so the answer is 5.", "5"),
        ("The answer is 5. The answer is correct.", "5"),
        ("The answer is 5. The answer is based on 3 facts.", "5"),
        ("The answer is 5. The answer is", "5"),
        ("The answer is 5. The answer is:\n\n", "5"),
        ("The answer is 5.\n\nThe answer is\n\nQuestion: 7 pens?", "5"),
        ("There is none.", None),
        ("It is 3.\n\nHuman: And 4? The answer is 4.", None),
    ],
)
def test_a_number_after_the_cue_of_the_models_own_words(reply: str, answer: str | None) -> None:
    assert extract_number(after_cue(reply, CUE)) == answer


@pytest.mark.parametrize(
    "invented",
    [
        "Exercise 2: Tom", "Exercise 2. Tom", "Exercise 2\nTom", "**Exercise 2:** Tom", "Exercise:",
        "Problem: Tom", "Problem 3\nTom", "### Problem 3", "## Problem", "Question: Tom",
        "Question 2 (5 points): Tom", "Question #2: Tom", "Q: Tom", "Q2: Tom", "**Q:** Tom",
        "Human: Tom", "User: Tom", "**User:** Tom", "user: Tom", "Assistant: Tom", "AI: Tom",
        "### Instruction:\nTom", "### Instruction\nTom", "Instruction: Tom", "Example 3\nTom",
        "Example 3: Tom", "Next question: Tom", "Another problem: Tom", "Follow-up question: Tom",
        "<|im_start|>user", "<|endoftext|>Tom", "</s>Tom", "[INST] Tom", "<start_of_turn>user",
    ],
)  # fmt: skip
def test_what_is_invented_is_cut(invented: str) -> None:
    reply = f"It is 3.\n{invented}\nThe answer is 7."
    assert own_words(reply) == "It is 3.\n"
    assert after_cue(f"The answer is 3.\n\n{invented}\nThe answer is 7.", CUE).strip() == "3."


@pytest.mark.parametrize(
    "reply",
    [
        "The question: how many? The answer is 5.",
        "This is a\nProblem solved by adding. The answer is 5.",
        "So\nExample 3 shows it. The answer is 5.",
        "We\n### Problem analysis\nThe answer is 5.",
        "We\nUsers: the answer is 5.",
        "Add.\nQuestions 1 and 2 are easy. The answer is 5.",
        "Question: How many?\nThe answer is 5.",
        "**Problem:** How many?\n**Solution:** The answer is 5.",
        "Assistant: The answer is 5.",
        "Answer: The answer is 5.",
        "<|im_start|>assistant\nThe answer is 5.",
    ],
)
def test_what_is_the_models_own_stays(reply: str) -> None:
    assert own_words(reply) == reply
    assert after_cue(reply, CUE).strip() == "5."


@pytest.mark.parametrize(
    ("text", "cue", "after"),
    [
        ("Answer: 5\nAnswer: 6", "Answer:", " 6"),
        ("The answer is +", CUE, " +"),
        ("The answer is !!!", CUE, " !!!"),
        ("The answer is ...", CUE, ""),
        ("The answer isn't known", CUE, ""),
    ],
)
def test_other_cues_and_symbols(text: str, cue: str, after: str) -> None:
    assert after_cue(text, cue) == after


@pytest.mark.parametrize(
    "piece", ["The answer is ", "\n", "# ", "Question ", "*_", "the ", "Q", " "]
)
def test_long_replies_are_quick(piece: str) -> None:
    start = time.perf_counter()
    after_cue(piece * (100_000 // len(piece)), CUE)
    assert time.perf_counter() - start < 2
