"""Programs: what is shown, how they are read, and what equal programs are."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks import own_exemplars
from benchmarks.human_eval import HumanEvalPlus
from benchmarks.mbpp import MBPP, MBPPPlus
from benchmarks.programs import canonical_program, extract_program, shown
from benchmarks.statement import docstring_of, examples, without_examples
from harness.contracts.program import function_of
from harness.errors import UserError
from harness.syntax import tree
from tests.refusals import refusal

Write = Callable[[str, list[dict[str, Any]]], str]

ROW = {
    "task_id": 11,
    "text": "Write a function to add two numbers.",
    "code": "def add(a, b=1):\r\n    return a + b",
    "test_list": ["assert add(1,2) == 3", "assert add(2,2) == 4", "assert add(5) == 6"],
    "test_setup_code": "",
}
PLUS = """import numpy as np

def assertion(out, exp, atol):
    assert out == exp

inputs = [[1, 2], [2, 2], [7]]
results = [3, 4, 8]
for i, (inp, exp) in enumerate(zip(inputs, results)):
    assertion(add(*inp), exp, 0)
"""


def passes(code: str, tests: str, **names: Any) -> bool:
    """Whether trusted code of this file passes trusted tests; the sandbox is tested elsewhere."""
    space: dict[str, Any] = dict(names)
    exec(code, space)
    try:
        exec(tests, space)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize(
    ("docstring", "found"),
    [
        (">>> f(1)\n2\n>>> f('a b')\n'c'", ["assert f(1) == 2", "assert f('a b') == 'c'"]),
        (">>> round(f([1]), 2)\n0.5", ["assert round(f([1]), 2) == 0.5"]),
        (
            "f(1) == 2\nf(2) ==> [3]\nf(3) -> 'x'",
            ["assert f(1) == 2", "assert f(2) == [3]", "assert f(3) == 'x'"],
        ),
        ("f(1) ➞ 2\nf(4) should return 5.", ["assert f(1) == 2", "assert f(4) == 5"]),
        ("f(1) => true\nf(2) => False # no", ["assert f(1) == True", "assert f(2) == False"]),
        ("f(1) == 2\nf(1) == 2", ["assert f(1) == 2"]),
        ("* f(g(1)) = 3", []),
        ("f(n) == 0", []),
        ("f(1) -> 19 - 5 - 6 = 8", []),
        ("if f(1) is 2 then", []),
        (">>> x = f(1)\n>>> x\n2", []),
        ("", []),
    ],
)
def test_examples_of_a_statement_become_assertions(docstring: str, found: list[str]) -> None:
    assert list(examples(docstring, "f")) == found


def test_a_statement_without_its_examples_ends_before_them() -> None:
    start = 'import math\n\ndef f(x):\n    """ Halve it.\n    Well.\n'
    bare = without_examples(f'{start}\n    >>> f(2)\n    1\n    Note: x.\n    """', "f")
    assert bare == f'{start}    """'
    assert without_examples(bare, "f") == bare
    assert docstring_of(bare, "f") == "Halve it.\nWell."


def test_a_docstring_of_examples_alone_goes_whole() -> None:
    assert without_examples('def f(x):\n    """f(1) == 2"""', "f") == "def f(x):"


def test_words_after_an_import_are_the_statement_too() -> None:
    header = 'def f(x):\n    import math\n    """Halve it.\n\n    Example: f(2) == 1\n    """'
    assert shown(header, "f").examples == ("assert f(2) == 1",)
    assert shown(header, "f").bare.endswith('"""Halve it.\n    """')


def test_nothing_written_is_no_program() -> None:
    assert extract_program("def f():\n    return 1\n\n") == "def f():\n    return 1"
    assert extract_program(" \n") is None


def test_programs_that_differ_in_words_and_layout_are_equal() -> None:
    one = 'def f(x):\n    """Doc."""\n    # why\n    return (x+1)'
    other = "def f( x ):\n        return x + 1"
    assert canonical_program(one) == canonical_program(other)
    assert canonical_program(one) != canonical_program("def f(x):\n    return x + 2")
    assert canonical_program('def f():\n    """Doc."""') == "def f():\n    pass"


@pytest.mark.parametrize("code", ["def f(", "x = " + "(" * 300, "x = '\x00'", "\udcff"])
def test_what_does_not_parse_is_itself(code: str) -> None:
    assert canonical_program(f"  {code} ") == code.strip()


def test_doubtful_escapes_are_read_quietly() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tree("x = '\\w'")
        assert canonical_program("x = '\\w'") == "x = '\\\\w'"


def test_own_exemplars_are_right_and_show_a_test_that_they_pass() -> None:
    result = own_exemplars.programs("programs")
    assert len({exemplar.question for exemplar in result}) == 8
    for exemplar in result:
        name = ast.parse(exemplar.question + "\n    pass").body[0].name  # type: ignore[attr-defined]
        tests = [line.strip() for line in exemplar.question.splitlines() if "assert " in line]
        assert len(tests) == 1
        assert tests[0].startswith(f"assert {name}(")
        assert passes(f"{exemplar.question}\n{exemplar.answer}", tests[0])
        assert exemplar.forms["rationale"].endswith(".")


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
class TestMBPP:
    @pytest.mark.parametrize("visible", [0, 1, 2])
    def test_a_test_that_is_shown_does_not_grade(self, write: Write, visible: int) -> None:
        benchmark = MBPP(data=write(MBPP.file, [ROW]), shown=visible)
        (item,) = benchmark.load().items
        function, tests = function_of(item.problem), benchmark.tests(item.target)
        lines = ROW["test_list"]
        assert isinstance(lines, list)
        for place, line in enumerate(lines):
            assert (line in item.problem.question) == (line in function.examples)
            assert (line in function.examples) == (place < visible)
            assert (line in tests.code) == (place >= visible)
            assert line not in function.bare
        assert passes("def add(a, b=1):\n    return a + b", tests.code)
        assert not passes("def add(a, b=1):\n    return 4", tests.code)

    def test_the_sentence_stands_below_the_references_signature(self, write: Write) -> None:
        (item,) = MBPP(data=write(MBPP.file, [ROW])).load().items
        assert item.problem.question == (
            'def add(a, b=1):\n    """Write a function to add two numbers.\n\n'
            '    assert add(1,2) == 3\n    """'
        )
        assert "return" not in item.problem.question

    def test_only_the_test_split_is_graded(self, write: Write) -> None:
        rows = [ROW | {"task_id": number} for number in (10, 11, 510, 511)]
        items = MBPP(data=write(MBPP.file, rows)).load().items
        assert [item.problem.id for item in items] == ["MBPP/11", "MBPP/510"]

    def test_a_setup_runs_with_the_programs_names(self, write: Write) -> None:
        benchmark = MBPP(data=write(MBPP.file, [ROW | {"test_setup_code": "root = Node(1)"}]))
        (item,) = benchmark.load().items
        tests = benchmark.tests(item.target)
        assert (tests.setup, tests.plain) == ("root = Node(1)", False)

    @pytest.mark.parametrize(
        ("changes", "complaint"),
        [
            ({"code": "def f(:"}, "does not parse"),
            ({"code": "def other(a): pass"}, "calls no function"),
            ({"test_list": ["assert add(1,2) == 3"]}, "1 tests, and 1 of them are shown"),
        ],
    )
    def test_bad_rows_are_named(
        self, write: Write, changes: dict[str, Any], complaint: str
    ) -> None:
        with pytest.raises(UserError, match=f"row 1 .*{complaint}"):
            MBPP(data=write(MBPP.file, [ROW | changes])).load()

    def test_showing_all_tests_is_refused(self) -> None:
        assert "its.shown is 3: give a whole number from 0 to 2" in refusal(MBPP, shown=3)

    def test_plus_grades_by_its_own_inputs_without_those_shown(self, write: Write) -> None:
        row = ROW | {"task_id": "Mbpp/602", "test": PLUS, "prompt": ROW["text"]}
        benchmark = MBPPPlus(data=write(MBPPPlus.file, [row]))
        (item,) = benchmark.load().items
        assert item.problem.id == "MBPP/602"
        code = benchmark.tests(item.target).code
        assert passes("def add(a, b=1):\n    return a + b", code)
        assert passes("def add(a, b=1):\n    return 0 if a == 1 else a + b", code)
        assert not passes("def add(a, b=1):\n    return 4", code)

    def test_plus_data_of_another_form_are_named(self, write: Write) -> None:
        row = ROW | {"test": "check(add)"}
        with pytest.raises(UserError, match="without a loop"):
            MBPPPlus(data=write(MBPPPlus.file, [row])).load()


@pytest.mark.parametrize("kind", [HumanEvalPlus, MBPPPlus])
def test_absent_plus_data_say_where_they_are_looked_for(kind: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"evalplus.*PTE_DATA"):
        kind(data=str(tmp_path)).load()


@pytest.mark.filterwarnings("ignore:.*not locked")
@pytest.mark.usefixtures("lock")
def test_plus_closes_its_script_itself_or_leaves_it_open(write: Write) -> None:
    row = {"task_id": "HumanEval/0", "entry_point": "f"}
    row["prompt"] = 'def f(x):\n    """Add one.\n    >>> f(1)\n    2\n    """\n'
    test = "def check(candidate):\n    assert candidate(1) == 2\n"
    for closing in ("", "\ncheck(f)"):
        benchmark = HumanEvalPlus(data=write(HumanEvalPlus.file, [row | {"test": test + closing}]))
        (item,) = benchmark.load().items
        code = benchmark.tests(item.target).code
        assert code.count("check(") == 2
        space: dict[str, Any] = {"candidate": lambda x: x + 1}
        exec(code, space)
