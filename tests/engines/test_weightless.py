"""The engine without weights: answers of the right form, the same for the same draw, no model."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from array import array

import pytest

from harness.contracts.address import Address
from harness.engines.protocol import FAKE, CompletionRequest, Sampling, Tag
from harness.engines.weightless.config import ChunkTokenizer, WeightlessConfig
from harness.engines.weightless.replies import plausible_reply

TOKENIZER = ChunkTokenizer()
MANUAL = """You can use tools. Actions:
calculator[3 * 4]: Works out a sum.
finish[a number]: ends the work with your answer.

Question: How many are 3 and 9?
Answer: {}"""
HEADER = '''def middle(xs, default=None):
    """Return the middle one.

    >>> middle([1, 2, 3])
    2
    """'''


def said(prompt: str, draws: int = 40, most: int = 32) -> list[str]:
    """What is said to a prompt at so many places."""
    return [_said(prompt, Address().at("selection", n), most) for n in range(draws)]


def _said(prompt: str, address: Address, most: int) -> str:
    tag = Tag("p", "solve", address, 0, "base")
    request = CompletionRequest(
        ids=TOKENIZER.encode(prompt), sampling=Sampling(), max_tokens=most, stop=(), tag=tag, seed=0
    )
    return plausible_reply(request, prompt)


def asked(question: str, form: str, lead: str = "The answer is") -> str:
    """A plain prompt that asks for an answer of this form."""
    instruction = f"Work it out. Write the answer like this: The answer is <{form}>."
    return f"{instruction}\n\nQuestion: {question}\nAnswer: {lead}"


@pytest.mark.parametrize("text", ["", "a", "abcd", "abcde", "Zürich → 3 €\n\t", "x" * 4001, "\0ÿ"])
def test_its_tokens_are_the_text_four_bytes_at_a_time(text: str) -> None:
    ids = TOKENIZER.encode(text)
    assert TOKENIZER.decode(ids) == text
    assert len(ids) == -(-len(text.encode()) // 4)
    assert TOKENIZER.decode(TOKENIZER.encode("ab") + ids) == f"ab{text}"
    assert isinstance(ids, array)


@pytest.mark.parametrize(
    ("question", "form", "pattern"),
    [
        ("How many are 3 and 9?", "a number", r" \d+\."),
        (
            "Which?\n(A) red\n(B) blue",
            "the letter of the right option in parentheses",
            r" \([AB]\)\.",
        ),
        ("Is Bern in Switzerland?", "yes or no", r" (yes|no)\."),
        ("4, 5, 6, 10", "an expression", r" [-+*() 0-9]+\."),
        ("Who wrote Middlemarch?", "a few words", r" \w+\."),
    ],
)
def test_answers_have_the_form_that_is_asked_for(question: str, form: str, pattern: str) -> None:
    answers = said(asked(question, form))
    fitting = [each for each in answers if re.fullmatch(pattern, each)]
    assert len(answers) * 0.8 < len(fitting) <= len(answers)
    assert 1 < len(set(fitting)) < len(fitting), "votes differ, and some agree"


def test_some_miss_the_form() -> None:
    assert any("not known" in each for each in said(asked("How many?", "a number"), 200))


def test_where_there_is_room_it_reasons_before_the_cue() -> None:
    texts = said(asked("How many are 3 and 9?", "a number", "Let's think."), most=256)
    assert any(re.search(r"\. The answer is \d+\.$", each) for each in texts)
    assert any("The answer is" not in each for each in texts)


@pytest.mark.parametrize("lead", ["Thought:", "Action:"])
def test_actions_are_those_that_are_offered(lead: str) -> None:
    texts = said(MANUAL.format(lead), 100)
    names = [name for text in texts for name in re.findall(r"(\w+)\[.+\]$", text)]
    assert set(names) == {"calculator", "finish"}
    assert len(names) < len(texts), "now and then there is none to read"


def test_calls_within_a_text_are_opened_where_they_are_shown() -> None:
    prompt = f"[calculator(3 * 4)]: Works out a sum.\n{asked('How many are 3 and 9?', 'a number')}"
    texts = said(prompt, 100)
    assert {" [calculator(3 * 4)]"} < set(texts)


def test_programs_go_on_from_the_header_and_most_of_them_parse() -> None:
    bodies = said(f"Complete it.\n\n{HEADER}")
    assert all(each.startswith("\n    ") for each in bodies)
    parsed = [each for each in bodies if _parses(f"{HEADER}{each}")]
    assert len(bodies) / 2 < len(parsed) < len(bodies)
    assert len(set(parsed)) > 3


def _parses(code: str) -> bool:
    try:
        ast.parse(code)
    except SyntaxError:
        return False
    return True


def test_tests_are_assertions_on_the_function() -> None:
    for text in said(f"{HEADER}\n    pass\n\n\n# check the correctness of middle\nassert ", 10):
        first, second = ast.parse(f"assert {text}").body
        for claim in (first, second):
            assert isinstance(claim, ast.Assert)
            call = claim.test.left  # type: ignore[attr-defined]
            assert (call.func.id, len(call.args)) == ("middle", 2)


def test_the_same_draw_is_the_same_answer_and_another_may_differ() -> None:
    prompt = asked("How many are 3 and 9?", "a number")
    assert said(prompt) == said(prompt)
    assert len(set(said(prompt))) > 1


def test_it_is_known_as_fake_and_looks_for_no_weights() -> None:
    config = WeightlessConfig()
    assert config.identity("any", "").engine == config.name == FAKE
    assert config.identity("one", "") == config.identity("other", "")
    assert not config.capabilities.weights
    assert config.settings() == {"measured": False}


def test_a_run_imports_no_model_library(tmp_path: object) -> None:
    lines = (
        "import sys; from harness.cli.main import main",
        "words = ['run', 'engine=fake', 'benchmark=pocket_arithmetic', 'limit=2']",
        "assert main([*words, 'pte=[chain_of_thought]']) == 0",
        "assert not {'torch', 'vllm', 'transformers'} & set(sys.modules)",
    )
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(lines)],
        cwd=str(tmp_path),
        env={"PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
