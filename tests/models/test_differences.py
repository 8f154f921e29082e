"""A checkpoint held against its config and the engine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.models.differences import Difference, Serving, differences
from harness.models.facts import facts_of_folder
from harness.models.spec import ModelSpec
from tests import chat_templates as templates
from tests.checkpoints import PARAMETERS, checkpoint, tensors, write_safetensors
from tests.toys import toy_model

SERVING = Serving(window=64, dtype="float32")


def spec(folder: Path, **changes: Any) -> ModelSpec:
    declared: dict[str, Any] = {"parameters": PARAMETERS, "context_window": 64, "chat": False}
    made = toy_model(folder / "nothing", **{**declared, **changes})
    return made


def found(
    folder: Path, serving: Serving = SERVING, model: ModelSpec | None = None, **changes: Any
) -> list[Difference]:
    """Differences of the checkpoint in a folder from the toy model with some changes."""
    return list(differences(model or spec(folder, **changes), facts_of_folder(folder), serving))


def wrong(differences: list[Difference]) -> str:
    """What is told of the one thing that is wrong."""
    [one] = [each.told for each in differences if each.wrong]
    return one


def notice(differences: list[Difference]) -> str:
    """What is told where nothing is wrong and there is one notice."""
    [one] = differences
    assert not one.wrong
    return one.told


def test_what_agrees_is_not_mentioned(tmp_path: Path) -> None:
    assert not found(checkpoint(tmp_path))
    assert not found(checkpoint(tmp_path), parameters=PARAMETERS * 1.009)
    assert not found(checkpoint(tmp_path), parameters=None, context_window=None)


@pytest.mark.parametrize("times", [0.98, 1.02, 100.0])
def test_another_size(tmp_path: Path, times: float) -> None:
    message = wrong(found(checkpoint(tmp_path), parameters=PARAMETERS * times))
    assert f"holds {PARAMETERS}" in message
    assert f"model.toy_model.parameters={PARAMETERS}" in message


def test_a_sweep_wider_than_the_checkpoint(tmp_path: Path) -> None:
    message = wrong(found(checkpoint(tmp_path), Serving(65, "float32"), context_window=128))
    assert "context_window is 65" in message
    assert "set context_window=64 or less" in message


def test_a_declared_window_wider_than_the_checkpoint(tmp_path: Path) -> None:
    message = notice(found(checkpoint(tmp_path), context_window=128))
    assert "declares a window of 128" in message


def test_a_stretched_window_is_wide_enough(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path, rope_scaling={"rope_type": "linear", "factor": 2.0})
    assert not found(folder, Serving(128, "float32"), context_window=128)


def test_attention_that_does_not_reach_the_whole_window(tmp_path: Path) -> None:
    assert "reaches back 16 tokens" in notice(found(checkpoint(tmp_path, sliding_window=16)))


def test_chat_without_a_template(tmp_path: Path) -> None:
    message = wrong(found(checkpoint(tmp_path), chat=True))
    assert "no chat template" in message
    assert "model.toy_model.chat=false" in message
    assert not found(checkpoint(tmp_path, template="{{ messages }}"), chat=True)


def test_an_instruct_model_asked_without_its_template(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path, template="{{ messages }}")
    assert "model.toy_model.chat=true" in notice(found(folder, stage="instruct"))
    assert not found(folder, stage="base")  # some base models have one as well


@pytest.mark.parametrize(
    ("stored", "served", "rounds"),
    [
        ("float32", "float32", False),
        ("float32", "bfloat16", True),
        ("float32", "float16", True),
        ("bfloat16", "float32", False),
        ("bfloat16", "bfloat16", False),
        ("bfloat16", "float16", True),
        ("float16", "bfloat16", True),
        ("float16", "float32", False),
        ("float16", "auto", False),
    ],
)
def test_a_number_format_that_rounds(
    tmp_path: Path, stored: str, served: str, rounds: bool
) -> None:
    message = found(checkpoint(tmp_path, stored), Serving(64, served))
    assert bool(message) == rounds
    if rounds:
        assert f"stored in {stored}, and engine.dtype={served} rounds" in notice(message)


@pytest.mark.parametrize(
    ("stored", "asked", "mend"),
    [
        ("gptq", None, "engine.quantisation=gptq"),
        ("gptq", "awq", "set engine.quantisation=gptq"),
        (None, "awq", "engine.quantisation=null"),
        (None, "gptq_marlin", "engine.quantisation=null"),
        ("gptq", "gptq", None),
        ("gptq", "gptq_marlin", None),
        ("gptq", "auto_gptq", None),
        ("gptq", "moe_wna16", None),
        (None, "auto_gptq", "engine.quantisation=null"),
        (None, "experts_int8", None),
        ("compressed-tensors", "compressed_tensors", None),
        (None, "fp8", None),
        (None, "bitsandbytes", None),
    ],
)
def test_quantisation_as_stored_and_as_asked(
    tmp_path: Path, stored: str | None, asked: str | None, mend: str | None
) -> None:
    quantised = {"quant_method": stored, "bits": 8} if stored else None
    folder = checkpoint(tmp_path, quantization_config=quantised)
    message = found(folder, Serving(64, "float32", asked))
    if mend is None:
        assert not message
    else:
        assert mend in wrong(message)


def test_a_tokenizer_of_another_model(tmp_path: Path) -> None:
    tokenizer = {"model": {"vocab": {"a": 0}}, "added_tokens": [{"id": 10}]}
    message = wrong(found(checkpoint(tmp_path, tokenizer=tokenizer)))
    assert "gives ids up to 10, and the model's embedding has 10 rows" in message


def test_a_smaller_tokenizer_is_usual(tmp_path: Path) -> None:
    assert not found(checkpoint(tmp_path, tokenizer={"model": {"vocab": {"a": 0}}}))


def test_a_config_of_another_model(tmp_path: Path) -> None:
    assert "of two models" in wrong(found(checkpoint(tmp_path, vocab_size=11)))


def test_what_does_not_continue_text(tmp_path: Path) -> None:
    message = wrong(found(checkpoint(tmp_path, architectures=["BertForMaskedLM"])))
    assert "BertForMaskedLM, which does not continue text" in message


def test_a_faulty_checkpoint_is_told_by_its_fault_alone(tmp_path: Path) -> None:
    (checkpoint(tmp_path, vocab_size=11) / "model.safetensors").unlink()
    assert "it has no weights" in wrong(found(tmp_path, parameters=1e9))


def test_a_server_needs_no_weights_here(tmp_path: Path) -> None:
    (checkpoint(tmp_path) / "model.safetensors").unlink()
    served = Serving(64, weights=False)
    assert not found(tmp_path, served)
    assert "no chat template" in wrong(found(tmp_path, served, chat=True))


def test_pickles_are_refused_unless_they_are_asked_for(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    folder = checkpoint(tmp_path)
    (folder / "model.safetensors").unlink()
    content = {name: torch.zeros(each.shape) for name, each in tensors().items()}
    torch.save(content, folder / "pytorch_model.bin")
    [said] = found(folder)
    assert said.wrong
    assert "pickles" in said.told
    assert "pickled_weights=true" in said.told
    assert not found(folder, pickled_weights=True)


def test_a_number_format_is_that_of_most_weights(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    content = tensors("bfloat16") | {"model.norm.weight": tensors()["model.norm.weight"]}
    write_safetensors(folder / "model.safetensors", content)
    assert not found(folder, Serving(64, "bfloat16"))


def test_heads_that_cannot_be_shared_out(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    assert not found(folder, Serving(64, "float32", devices=2))
    message = wrong(found(folder, Serving(64, "float32", devices=3)))
    assert "engine.tensor_parallel_size is 3, and the 2 attention heads" in message
    assert "one of 1, 2" in message


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("tokenizer.json", "{", "tokenizer.json cannot be read"),
        ("config.json", "{}", "config.json says of no architecture"),
    ],
)
def test_a_file_that_says_nothing(tmp_path: Path, name: str, content: str, said: str) -> None:
    folder = checkpoint(tmp_path)
    (folder / name).write_text(content)
    assert said in wrong(found(folder))


def test_a_tokenizer_larger_than_the_config_says(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path)
    text = (folder / "config.json").read_text()
    (folder / "config.json").write_text(text.replace('"vocab_size": 10', '"vocab_size": 4'))
    assert "gives ids up to 9" in wrong(found(folder))


@pytest.mark.parametrize(
    ("template", "thinking", "told"),
    [
        (templates.QWEN3, "never", "has a switch for it: set model.toy_model.thinking=switch"),
        (templates.ALWAYS, "switch", "has it think always: set model.toy_model.thinking=always"),
        (templates.HARMONY, "never", "has it think always"),
        (templates.CHATML, "switch", "has no switch for it: set model.toy_model.thinking=never"),
        (templates.CHATML, "always", ""),
        (templates.CHATML, "never", ""),
        (templates.QWEN3, "switch", ""),
    ],
)
def test_thinking_that_the_template_does_not_have(
    tmp_path: Path, template: str, thinking: str, told: str
) -> None:
    seen = found(checkpoint(tmp_path, template=template), chat=True, thinking=thinking)
    assert (told in wrong(seen)) if told else not seen
    assert not any(each.wrong for each in found(tmp_path, chat=False, thinking="never"))
