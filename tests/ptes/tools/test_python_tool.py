"""Python in the sandbox as a tool, on a benchmark that asks for no program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.engines.tokenizer import ByteTokenizer
from ptes.scaffolding.react import ReAct
from ptes.tools.python import Python
from ptes.tools.toolformer import Toolformer
from tests.tool_toys import SETTING, Roomy
from tests.toys import ToyBenchmark, toy_run

SNIPPETS = {
    "toy-0": ("6 * 7", "42"),
    "toy-1": ("while True: pass", "<timeout: out of CPU time>"),
    "toy-2": ("open('/etc/passwd').read()", "Error"),
    "toy-3": ("import os; os._exit(1)", "<killed"),
    "toy-4": ("print('x' * 10**7)", "xxx..."),
}


def run(folder: Path) -> tuple[Any, list[str], float]:
    def say(request: CompletionRequest, prompt: str) -> str:
        if "→" in prompt.rpartition("answer is")[2]:
            return " 4."
        return f" [python({SNIPPETS[request.tag.problem][0]})]"

    engine = FakeConfig(say)
    benchmark = Roomy(size=len(SNIPPETS))
    runner = toy_run(folder, [[Toolformer(), Python()]], engine, benchmark, setting=SETTING)
    (cell,) = runner.tracker.cells.values()
    shown = [ByteTokenizer().decode(request.ids) for request in engine.asked]
    return runner.records.frame(), shown, cell.spent.programs


def test_whatever_a_snippet_does_costs_one_observation(tmp_path: Path) -> None:
    rows, shown, programs = run(tmp_path)
    assert list(rows["answer"]) == ["4"] * len(SNIPPETS)
    assert programs == len(SNIPPETS)
    calls = [list(row[0]["calls"]) for row in rows["called"]]
    assert calls == [["solve", "tool:python", "sandbox", "solve"]] * len(SNIPPETS)
    for snippet, message in SNIPPETS.values():
        (seen,) = (each for each in shown if f"[python({snippet}) → " in each)
        result = seen.rpartition(" → ")[2]
        assert message in result
        assert "root:" not in result

    for file in (tmp_path / "run" / "records").iterdir():
        file.unlink()
    again, shown, programs = run(tmp_path)
    assert (shown, programs) == ([], 0)
    assert list(again["answer"]) == list(rows["answer"])


def test_a_snippet_of_several_lines_in_a_fence_runs_as_an_action(tmp_path: Path) -> None:
    said = iter(
        [
            " Add.\nAction: python[```python\nxs = [1, 2]\nprint(sum(xs))\n```]\nObservation: 99",
            " It is 3.\nAction: finish[3]",
        ]
    )
    engine = FakeConfig(lambda request, prompt: next(said))
    runner = toy_run(tmp_path, [[ReAct(), Python()]], engine, ToyBenchmark(size=1))
    (row,) = runner.records.frame().to_dict("records")
    assert "\nObservation: 3\nThought:" in ByteTokenizer().decode(engine.asked[1].ids)
    assert row["answer"] == "3"
