"""Tokenizers of a few hundred tokens in the ways of those that models have: ours, for tests."""

from __future__ import annotations

import json
import string
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

TURNS = ("<|im_start|>", "<|im_end|>")
CHANNELS = ("<|start|>", "<|end|>", "<|message|>", "<|channel|>", "<|return|>")


def byte_level(
    folder: Path,
    template: str | None = None,
    special: Sequence[str] = TURNS,
    plain: Sequence[str] = ("<think>", "</think>"),
    **settings: Any,
) -> Path:
    """GPT-2's way, as Llama 3, Qwen and gpt-oss have it: a byte is a token, and none is added.

    `plain` are tokens of their own that decoding keeps.
    """
    library = pytest.importorskip("tokenizers", reason="it makes tokenizers")
    pytest.importorskip("transformers", reason="it reads them")
    alphabet = sorted(library.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {character: number for number, character in enumerate(alphabet)}
    made = library.Tokenizer(library.models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = library.decoders.ByteLevel()
    made.add_tokens([library.AddedToken(each, normalized=False) for each in plain])
    made.add_special_tokens([library.AddedToken(each, normalized=False) for each in special])
    return _written(folder, made, template, settings)


def llama2_like(
    folder: Path, template: str | None = None, scheme: str = "legacy", **settings: Any
) -> Path:
    """Llama-2's way: a space is put before a text, by `legacy` in the normaliser, else by Metaspace
    and its `scheme`; a newline is a byte of its own."""
    library = pytest.importorskip("tokenizers", reason="it makes tokenizers")
    pytest.importorskip("transformers", reason="it reads them")
    special = ["<unk>", "<s>", "</s>"]
    pieces = ["▁", *(f"<0x{byte:02X}>" for byte in range(256)), *string.ascii_letters, *"[]/.:"]
    words = ["▁t", "th", "▁th"]
    vocabulary = {piece: number for number, piece in enumerate([*special, *pieces, *words])}
    merges = [("▁", "t"), ("t", "h"), ("▁t", "h")]
    made = library.Tokenizer(
        library.models.BPE(
            vocab=vocabulary, merges=merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True
        )
    )
    if scheme == "legacy":
        steps = [library.normalizers.Prepend("▁"), library.normalizers.Replace(" ", "▁")]
        made.normalizer = library.normalizers.Sequence(steps)
    else:
        made.pre_tokenizer = library.pre_tokenizers.Metaspace(
            replacement="▁", prepend_scheme=scheme, split=False
        )
    made.decoder = library.decoders.Sequence(
        [
            library.decoders.Replace("▁", " "),
            library.decoders.ByteFallback(),
            library.decoders.Fuse(),
            library.decoders.Strip(" ", 1, 0),
        ]
    )
    made.add_special_tokens([library.AddedToken(each, normalized=False) for each in special])
    made.post_processor = library.processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", vocabulary["<s>"])]
    )
    names = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    return _written(folder, made, template, {**names, **settings})


def _written(folder: Path, made: Any, template: str | None, settings: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    made.save(str(folder / "tokenizer.json"))
    stated = {"tokenizer_class": "PreTrainedTokenizerFast", **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(stated))
    if template is not None:
        (folder / "chat_template.jinja").write_text(template)
    return folder
