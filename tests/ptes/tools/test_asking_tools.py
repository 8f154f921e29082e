"""Tools that ask the model itself: roles of their own, on the ledger, journalled as draws."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.engines.fake import FakeConfig
from harness.engines.protocol import CompletionRequest
from harness.engines.tokenizer import ByteTokenizer
from harness.errors import UserError
from ptes.tools.ask import Ask
from ptes.tools.toolformer import Toolformer
from ptes.tools.translate import Translate
from tests.refusals import refusal
from tests.rehearsing import worst
from tests.tool_toys import SETTING, Roomy
from tests.toys import toy_plan, toy_run


def say(request: CompletionRequest, prompt: str) -> str:
    if request.tag.role == "ask":
        return " Bern\nQuestion: [ask(more)]"
    if request.tag.role == "translate":
        return "  "
    said = prompt.rpartition("answer is")[2]
    if "→" not in said:
        return " [ask(Capital of Switzerland?)]"
    return " [translate(la rivière)]" if "translate" not in said else " 4."


def test_they_speak_in_roles_of_their_own_and_say_one_line(tmp_path: Path) -> None:
    engine = FakeConfig(say)
    stack = [Toolformer(), Ask(), Translate(language="German")]
    runner = toy_run(tmp_path, [stack], engine, Roomy(size=1), setting=SETTING)
    (row,) = runner.records.frame().to_dict("records")
    shown = {
        request.tag.role: ByteTokenizer().decode(request.ids)
        for request in engine.asked
        if isinstance(request, CompletionRequest)
    }
    assert "Capital of Switzerland?" in shown["ask"]
    assert "What is 0 + 0?" not in shown["ask"]
    assert "into German" in shown["translate"]
    assert shown["solve"].endswith(
        "[ask(Capital of Switzerland?) → Bern] [translate(la rivière) → No answer.]"
    )
    assert [role["role"] for role in row["roles"]] == ["ask", "solve", "translate"]
    assert row["calls"] == 5
    assert set(row["invoked"]) == {"toolformer", "ask", "translate"}


def test_they_need_their_roles_sampling(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="in the role ask, and there is no sampling for it"):
        toy_plan(tmp_path, [[Toolformer(), Ask()]], FakeConfig(), Roomy())


def test_each_use_is_in_the_worst_price_in_its_own_role() -> None:
    for pte in (Ask(), Translate()):
        result = dict(worst([Toolformer(calls=3), pte], Roomy()).shares)
        assert result[pte.name].calls == 3
        assert result[pte.name].generated_tokens > 90


def test_translation_needs_a_language() -> None:
    assert "give text that is not blank" in refusal(Translate, language=" ")
