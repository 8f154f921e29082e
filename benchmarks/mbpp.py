"""MBPP (Austin et al. 2021), and MBPP+ with many more tests (Liu et al. 2023).

A problem is a sentence and three tests; models are usually shown the first of them, since the
sentence alone rarely says what exactly to return. A test that is shown leaves the grading set. The
sentence becomes a docstring below the reference's signature, as in CodeT's experiments.
"""

from __future__ import annotations

import ast
import json
from dataclasses import dataclass, field, replace
from textwrap import fill, indent
from typing import Annotated, Any, ClassVar

from annotated_types import Interval

from benchmarks import sources
from benchmarks.fingerprint import LockedRecord
from benchmarks.programs import Programs, packed
from benchmarks.sources import SourceRow, SourceTable
from harness.contracts.benchmark import Dataset, HiddenTests, Task
from harness.contracts.program import FunctionStub
from harness.errors import UserError
from harness.syntax import tree

TEST_IDS = range(11, 511)
"""Ids of those of the 974 problems that the paper tests on (section 2.1)."""
TRAIN_IDS = range(601, 975)
"""Ids of the problems that the paper fine-tunes on (section 2.1)."""
WIDTH = 88
"""Characters in a line of a docstring."""
_LOOP = "\nfor i, "
"""How the loop over the inputs begins in EvalPlus's scripts."""


@dataclass(frozen=True, kw_only=True)
class MBPP(Programs):
    """The 500 problems of the test split."""

    shown: Annotated[int, Interval(ge=0, le=2)] = 1
    """Tests shown with the problem, out of three; they do not grade it."""

    name: str = field(default="mbpp", init=False)
    task_type: str = field(default="coding", init=False)

    file: ClassVar[str] = "mbpp/mbpp.jsonl"

    def task(self) -> Task:
        return self.asked(question_tokens=70)

    def table(self) -> SourceTable:
        table = super().table()
        return replace(table, rows=tuple(filter(self.graded, table.rows)))

    def graded(self, row: SourceRow) -> bool:
        """Whether a row belongs to the graded split."""
        return row.get("task_id") in TEST_IDS

    def train(self) -> Dataset:
        records, source = self.checked(self._train_table(), "train")
        return Dataset(self.items(records), source)

    def splits(self) -> dict[str, SourceTable]:
        return {**super().splits(), "train": self._train_table()}

    def _train_table(self) -> SourceTable:
        hub = replace(self.hub, split="train") if self.hub else None
        table = sources.read(self.data, MBPP.file, hub)
        rows = tuple(row for row in table.rows if row.get("task_id") in TRAIN_IDS)
        return replace(table, rows=rows)

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        tests = [_one_line(test) for test in row.get("test_list")]
        if len(tests) <= self.shown:
            raise row.error(f"has {len(tests)} tests, and {self.shown} of them are shown")
        entry_point, signature = _signature(row, tests[0])
        setup = str(row.values.get("test_setup_code") or "").replace("\r\n", "\n")
        target = packed(entry_point=entry_point, signature=signature, setup=setup, tests=tests)
        number = str(row.get("task_id")).rpartition("/")[2]
        return LockedRecord(f"MBPP/{number}", row.text("text", "prompt"), target)

    def function(self, record: LockedRecord) -> FunctionStub:
        parts = json.loads(record.target)
        seen = tuple(parts["tests"][: self.shown])
        header = _header(parts["signature"], record.question, seen)
        bare = _header(parts["signature"], record.question, ())
        # A test that needs a setup says nothing by itself.
        return FunctionStub(parts["entry_point"], header, bare, () if parts["setup"] else seen)

    def tests(self, target: Any) -> HiddenTests:
        parts = json.loads(target)
        code = "\n".join(parts["tests"][self.shown :])
        # The one problem with a setup builds objects of a class that the program defines.
        plain = not parts["setup"]
        return HiddenTests(code, parts["entry_point"], parts["setup"], plain, run_as="script")


@dataclass(frozen=True, kw_only=True)
class MBPPPlus(MBPP):
    """The 378 problems that EvalPlus kept, in the form of `evalplus/mbppplus`.

    Its inputs begin with those of the original tests, in order, so what is shown leaves them too.
    """

    name: str = field(default="mbpp_plus", init=False)

    file: ClassVar[str] = "evalplus/mbppplus.jsonl"

    def graded(self, row: SourceRow) -> bool:
        return True

    def train(self) -> Dataset:
        raise UserError(
            f"{self.name} is made of test problems of MBPP alone: train on trained_on=[mbpp]"
        )

    def splits(self) -> dict[str, SourceTable]:
        return {self.split: self.table()}

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        plain = super().record(index, row)
        test = row.text("test")
        if _LOOP not in test:
            raise row.error("has a test without a loop over its inputs")
        return replace(plain, target=packed(**json.loads(plain.target), test=test))

    def tests(self, target: Any) -> HiddenTests:
        parts = json.loads(target)
        names = [name for name in ("inputs", "results") if f"\n{name} =" in parts["test"]]
        unseen = "".join(f"\n{name} = {name}[{self.shown}:]" for name in names)
        code = parts["test"].replace(_LOOP, f"{unseen}{_LOOP}")
        return HiddenTests(code, parts["entry_point"], run_as="exec")  # as EvalPlus's checker


def _one_line(test: str) -> str:
    return " ".join(test.replace("\r\n", "\n").split("\n")).strip()


def _signature(row: SourceRow, test: str) -> tuple[str, str]:
    """The function that a test calls, and its parameters in the reference solution."""
    try:
        reference = tree(row.text("code").replace("\r\n", "\n"))
        called = [node.id for node in ast.walk(tree(test)) if isinstance(node, ast.Name)]
    except SyntaxError as error:
        raise row.error(f"has code that does not parse ({error})") from error
    functions = {node.name: node for node in reference.body if isinstance(node, ast.FunctionDef)}
    name = next((each for each in called if each in functions), None)
    if name is None:
        raise row.error("has a first test that calls no function of its code")
    return name, f"def {name}({ast.unparse(functions[name].args)}):"


def _header(signature: str, text: str, examples: tuple[str, ...]) -> str:
    words = [fill(text, WIDTH)]
    if examples:
        words.append("\n".join(examples))
    inside = indent("\n\n".join(words), "    ").lstrip()
    quote = 'r"""' if "\\" in inside else '"""'
    return f'{signature}\n    {quote}{inside}\n    """'
