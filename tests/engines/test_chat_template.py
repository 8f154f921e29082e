"""What a chat template reads besides its input: the sweep's date, and nothing of chance."""

from __future__ import annotations

import json
import shutil
from array import array
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from harness.cli.main import main
from harness.contracts.prompt import Prompt
from harness.engines import chat_template
from harness.engines.chat_template import refusal, strftime_on
from harness.engines.rendering import Renderer
from harness.engines.tokenizer import CheckpointTokenizer
from harness.errors import UserError
from harness.ranges import is_day

POCKET = Path(chat_template.__file__).parents[2] / "pocket" / "weights" / "pocket_00080_a"
DATED = "{{ strftime_now('%Y%m%d') }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
LLAMA = (
    "{%- if not date_string is defined %}{%- if strftime_now is defined %}"
    "{%- set date_string = strftime_now('%d %b %Y') %}{%- else %}"
    "{%- set date_string = '26 Jul 2024' %}{%- endif %}{%- endif %}{{ date_string }}"
)


class TestRefusals:
    @pytest.mark.parametrize(
        ("template", "reason"),
        [
            ("{{ ['a', 'b'] | random }}", "random"),
            ("{% for m in messages %}{{ [m, m] | random }}{% endfor %}", "random"),
            ("{{ messages | map('random') | list }}", "random"),
            ("{% filter random %}ab{% endfilter %}", "random"),
            ("{{ lipsum(1) }}", "lipsum"),
            ("{% set f = lipsum %}{{ f() }}", "lipsum"),
            ("{{ self }} {{ range }}{% if x %}{{ lipsum(n=2) }}{% endif %}", "lipsum"),
            ("{% for %}", "cannot be read"),
        ],
    )
    def test_what_differs_from_time_to_time(self, template: str, reason: str) -> None:
        assert reason in str(refusal(template))

    @pytest.mark.parametrize(
        "template",
        [
            DATED,
            LLAMA,
            "{% for m in messages %}{% break %}{% endfor %}{{ bos_token }}",
            "{% generation %}{{ messages[0]['content'] | trim }}{% endgeneration %}",
            "{{ 'at random, lipsum' }}{{ raise_exception('no') if false }}",
        ],
    )
    def test_what_does_not(self, template: str) -> None:
        assert refusal(template) is None


@pytest.mark.parametrize("date", ["2026-01-01", "1999-12-31", "2024-02-29"])
def test_dates(date: str) -> None:
    assert is_day(date)
    assert strftime_on(date)("%Y-%m-%d %H:%M:%S") == f"{date} 00:00:00"


@pytest.mark.parametrize("date", ["2026-1-1", "20260101", "2026-13-01", "2023-02-29", "today", ""])
def test_what_is_no_date(date: str) -> None:
    assert not is_day(date)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A real tokenizer, to be given a chat template."""
    pytest.importorskip("transformers", reason="it is transformers that renders templates")
    for file in POCKET.glob("*.json"):
        shutil.copy(file, tmp_path)
    return tmp_path


def chat(folder: Path, template: str, date: str) -> array[int]:
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    changed = json.dumps(settings | {"chat_template": template})
    (folder / "tokenizer_config.json").write_text(changed)
    renderer = Renderer(CheckpointTokenizer(folder, True, date), chat=True)
    return renderer.render(Prompt("07+12="))[0]


def today(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """What the clock of transformers says from now on."""
    clock = SimpleNamespace(now=lambda: datetime.fromisoformat(day))
    monkeypatch.setattr("transformers.utils.chat_template_utils.datetime", clock)


@pytest.mark.parametrize(
    "template",
    [
        DATED,
        "{% macro when() %}{{ strftime_now('%d') }}{% endmacro %}{{ when() }}",
        "{% set f = strftime_now %}{{ f('%m%d') }}",
        "{% if strftime_now('%d') == '15' %}15{% else %}14{% endif %}",
    ],
)
def test_a_prompt_is_the_same_on_every_day(
    folder: Path, template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    today(monkeypatch, "2026-05-14")
    before = chat(folder, template, "2026-03-15")
    today(monkeypatch, "2027-06-16")
    assert chat(folder, template, "2026-03-15") == before
    assert chat(folder, template, "2025-02-13") != before


def test_the_clock_is_what_it_would_have_been(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That the test above can fail: the same template by transformers alone follows the clock."""
    chat(folder, DATED, "2026-03-15")
    raw = CheckpointTokenizer(folder, True).raw
    shown = []
    for day in ("2026-05-14", "2027-06-16"):
        today(monkeypatch, day)
        shown.append(raw.apply_chat_template([{"role": "user", "content": "1"}], tokenize=False))
    assert shown == ["202605141", "202706161"]


def test_a_template_that_chance_decides_is_refused_by_name(folder: Path) -> None:
    with pytest.raises(UserError, match="gives another prompt each time: its filter `random`"):
        chat(folder, "{{ ['1', '2'] | random }}", "2026-01-01")


def test_it_is_refused_before_anything_is_loaded(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for file in POCKET.glob("*.safetensors"):
        shutil.copy(file, folder)
    (folder / "chat_template.jinja").write_text("{{ messages | map('random') | list }}")
    monkeypatch.chdir(folder)
    model = "model.pocket_00080_a"
    words = [f"{model}.weights={folder}", f"{model}.chat=true", "engine=transformers"]
    pocket = ["model=pocket_00080_a", "benchmark=pocket_arithmetic", "context_window=384"]
    pocket.append("readout=cued")
    assert main(["plan", *pocket, *words]) == 2
    assert "chat template gives another prompt each time" in capfd.readouterr().err
