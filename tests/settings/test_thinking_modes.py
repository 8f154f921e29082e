"""`pte plan` on models that think: one mode a sweep, said before anything is loaded."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from omegaconf import DictConfig, OmegaConf

from harness.cli.main import main

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
FILES = sorted((CONFIGS / "model").glob("*.yaml"))
WIDE = "context_window=8192"


def planned(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    monkeypatch.chdir(folder)
    # Of an engine nothing is asked: the largest models take several GPUs.
    return main(["plan", "engine=fake", "benchmark=pocket_arithmetic", "limit=2", *words])


def names(chat: bool, thinking: str = "never") -> list[str]:
    """Model configs of one kind, but for the pocket ladder's."""
    contents = {path.stem: DictConfig(OmegaConf.load(path)) for path in FILES}
    return [
        name
        for name, content in contents.items()
        if content.family != "pocket"
        and content.chat == chat
        and content.get("thinking", "never") == thinking
    ]


KINDS = {
    "base": (names(chat=False), ["context_window=2048"]),
    "chat": (names(chat=True), ["context_window=2048"]),
    "switched off": (names(chat=True, thinking="switch"), ["thinking=false"]),
    "switched on": (names(chat=True, thinking="switch"), ["thinking=true", WIDE]),
    "always": (names(chat=True, thinking="always"), ["thinking=true", WIDE]),
}


def test_the_kinds_are_all_models() -> None:
    named = {name for found, _ in KINDS.values() for name in found}
    assert named == {path.stem for path in FILES if not path.stem.startswith("pocket")}
    assert all(found for found, _ in KINDS.values())


@pytest.mark.parametrize("kind", KINDS)
def test_every_model_config_can_be_planned(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    kind: str,
) -> None:
    found, words = KINDS[kind]
    models = f"model=[{','.join(found)}]"
    assert planned(tmp_path, monkeypatch, models, *words, "--format", "json") == 0
    rows = json.loads(capfd.readouterr().out)
    cells = {(row["model"], row["stack"]) for row in rows if row["cell"]}
    decodings = ["base"] if "thinking=true" in words else ["base", "base (greedy)"]
    assert cells == {(name, label) for name in found for label in decodings}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["model=[gpt_oss_20b]"], "a base that answers at once cannot be had of them"),
        (["model=[olmo3_7b_think]", "thinking=false"], "set thinking=true"),
        (
            ["model=[qwen3_4b_thinking_2507]", "readout=cued", "thinking=true"],
            "a cue cannot be put before their thoughts: set readout=free thinking=true",
        ),
        (
            ["model=[qwen3_4b_instruct,gemma3_4b_instruct]", "thinking=true", WIDE],
            "gemma3_4b_instruct cannot think: a ladder never mixes modes",
        ),
        (
            ["model=[qwen3_4b_instruct,olmo3_7b_think]"],
            "olmo3_7b_think thinks before every answer",
        ),
        (
            ["model=[qwen3_4b_instruct,olmo3_7b]", "thinking=true", WIDE],
            "thinking=true needs turns for the thoughts to stand in",
        ),
        (
            ["model=[smollm3_3b_instruct]", "thinking=true", WIDE, "sampling.solve.temperature=0"],
            "temperature is 0, and on pocket_arithmetic its models think",
        ),
        (
            ["model=[smollm3_3b_instruct]", "thinking=true", "context_window=4096"],
            "lets a model write 4608 tokens (reply_tokens and thinking_tokens)",
        ),
        (["model=[qwen3_4b]", "readout=free"], "qwen3_4b has no chat template in use"),
        (["model=[qwen3_4b]", "system_prompt=Hello"], "qwen3_4b is shown plain text"),
    ],
)
def test_modes_that_do_not_go_together(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    words: list[str],
    reason: str,
) -> None:
    assert planned(tmp_path, monkeypatch, *words) == 2
    assert reason in capfd.readouterr().err


@pytest.mark.parametrize(
    ("template", "name"), [("own", "smollm3_3b"), ("plain", "smollm3_3b"), ("own", "qwen3_0_6b")]
)
def test_a_sibling_of_a_base_model_is_asked_as_the_base_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    template: str,
    name: str,
) -> None:
    words = [
        "pte=[instruct_sibling]",
        f"pte.instruct_sibling.template={template}",
        "sweep=factorial",
    ]
    assert (
        planned(tmp_path, monkeypatch, f"model=[{name}]", "sweep.ptes=[instruct_sibling]", *words)
        == 0
    )
    said = capfd.readouterr().out
    assert "Readout of pocket_arithmetic: cued" in said
