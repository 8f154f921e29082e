"""What a chat template shows of thinking."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.models.facts import facts_of_folder
from harness.models.thinking import switch_of, thinking_of
from tests import chat_templates as templates
from tests.checkpoints import checkpoint


@pytest.mark.parametrize(
    ("template", "thinking"),
    [
        (templates.CHATML, "never"),
        (templates.GEMMA2, "never"),
        (templates.GEMMA3, "never"),
        (templates.LLAMA2, "never"),
        (templates.QWEN3, "switch"),
        (templates.SMOLLM3, "switch"),
        (templates.DEEPSEEK, "switch"),
        (templates.GRANITE, "switch"),
        (templates.ALWAYS, "always"),
        (templates.HARMONY, "always"),
        ("{% generation %}{{ messages[0].content }}{% endgeneration %}", "never"),
        ("{{ messages[0].content + thinking }}", "never"),
        ("{# enable_thinking #}{{ messages[0].content }}", "never"),
        ("{% for %}", "never"),
    ],
)
def test_whether_a_template_thinks(template: str, thinking: str) -> None:
    assert thinking_of(template) == thinking


def test_the_switch_is_the_templates_own() -> None:
    assert switch_of(templates.QWEN3) == "enable_thinking"
    assert switch_of(templates.SMOLLM3) == "enable_thinking"
    assert switch_of(templates.DEEPSEEK) == "thinking"
    assert switch_of("{% set thinking = true %}{{ thinking }}") is None


@pytest.mark.parametrize(
    ("template", "thinking"),
    [(templates.QWEN3, "switch"), (templates.CHATML, "never"), (None, None)],
)
def test_facts_tell_it(tmp_path: Path, template: str | None, thinking: str | None) -> None:
    assert facts_of_folder(checkpoint(tmp_path, template=template)).thinking == thinking
