"""Which PTE, with which settings, says that it is a row of the write-up's table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from analysis.writeup.table import writeup_table
from harness.contracts.benchmark import AnswerKind
from harness.contracts.pte import PTE
from ptes.data.instruct_sibling import InstructSibling
from ptes.prompting.chain_of_thought import ChainOfThought
from ptes.prompting.few_shot import FewShot
from ptes.prompting.plain import Plain
from ptes.prompting.retrieval import Retrieval
from ptes.scaffolding.codet import CodeT
from ptes.scaffolding.lats import LATS
from ptes.scaffolding.parsel import Parsel
from ptes.scaffolding.react import ReAct
from ptes.scaffolding.reflexion import Reflexion
from ptes.selection.alphacode import AlphaCode
from ptes.selection.model_judge import ModelJudge
from ptes.selection.program_verifier import ProgramVerifier
from ptes.selection.self_consistency import SelfConsistency
from ptes.tools.toolformer import Toolformer
from ptes.tools.webgpt import WebGPT
from tests.toys import ToyBenchmark, toy_model

TASK = ToyBenchmark(size=1).task()


@pytest.mark.parametrize(
    ("pte", "row"),
    [
        (FewShot(), "few_shot"),
        (ChainOfThought(), "chain_of_thought"),
        (SelfConsistency(), "self_consistency"),
        (SelfConsistency(n=40), "self_consistency"),
        (SelfConsistency(n=2), None),
        (SelfConsistency(adaptive=True), None),
        (CodeT(), "codet"),
        (ReAct(), "react"),
        (ReAct(thoughts=False), None),
        (Parsel(), "parsel"),
        (Parsel(functions=1), None),
        (Parsel(k=1), None),
        (Reflexion(), "reflexion"),
        (Reflexion(oracle=True), None),
        (LATS(), "lats"),
        (LATS(iterations=1), None),
        (InstructSibling(), "instruct_sibling"),
        (Plain(), None),
        # Prompted in place of trained, a part of six techniques, untrained or a checker.
        (Toolformer(), None),
        (WebGPT(), None),
        (Retrieval(), None),
        (AlphaCode(), None),
        (ProgramVerifier(), None),
    ],
    ids=str,
)
def test_a_pte_says_which_row_it_is(pte: PTE, row: str | None) -> None:
    assert pte.fills_row(TASK) == row
    assert row is None or row in {each.key for each in writeup_table().rows}


def test_settings_count_that_the_benchmark_takes() -> None:
    programs = replace(TASK, kind=AnswerKind.PROGRAM)
    assert LATS(iterations=1).fills_row(programs) == "lats"
    assert LATS(program_iterations=1).fills_row(programs) is None


def test_an_untrained_judge_is_no_verifier(tmp_path: Path) -> None:
    assert ModelJudge(toy_model(tmp_path)).fills_row(TASK) is None
