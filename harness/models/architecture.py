"""What a checkpoint's config.json says of its architecture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WINDOWS = (
    "max_position_embeddings",
    "n_positions",
    "n_ctx",
    "max_seq_len",
    "max_seq_length",
    "seq_length",
    "max_sequence_length",
)
"""How configs name the longest context; the smallest counts, as in vLLM."""
UNSTRETCHED = ("llama3", "longrope", "su", "default", "mrope")
"""Kinds of rope scaling whose `max_position_embeddings` is the stretched window already."""
ALIASES = {
    "num_hidden_layers": ("n_layer", "n_layers", "num_layers"),
    "num_attention_heads": ("n_head", "n_heads"),
    "hidden_size": ("n_embd", "d_model"),
}


@dataclass(frozen=True, slots=True)
class Architecture:
    """A config.json, with what of it is asked for; None for what it does not say."""

    config: Mapping[str, Any]
    """That of the language model, where it is a part of a larger one."""
    name: str | None
    window: int | None
    """Longest context in tokens, rope scaling considered."""
    sliding: int | None
    """Tokens that attention reaches back, where no layer reaches further."""
    vocabulary: int | None
    quantisation: str | None
    """The method by which the weights are stored quantised."""
    decodes: bool
    """Whether it continues text, as far as its config says."""

    @staticmethod
    def of(config: Mapping[str, Any]) -> Architecture:
        """The architecture that a config.json describes, as it is; an empty one says nothing."""
        inner = config.get("text_config")
        merged = {**config, **inner} if isinstance(inner, Mapping) else dict(config)
        names = config.get("architectures")
        name = str(names[0]) if isinstance(names, list) and names else None
        quantised = merged.get("quantization_config")
        method = quantised.get("quant_method") if isinstance(quantised, Mapping) else None
        encoder = bool(merged.get("is_encoder_decoder"))
        return Architecture(
            config=merged,
            name=name,
            window=_window(merged),
            sliding=_sliding(merged),
            vocabulary=_whole(merged.get("vocab_size")),
            quantisation=str(method) if method else None,
            decodes=not encoder and (name is None or _decodes(name)),
        )

    @property
    def heads(self) -> int | None:
        """Attention heads of a layer; None where the config does not say."""
        return self._of("num_attention_heads")

    @property
    def labels(self) -> int | None:
        """Numbers that a head gives at a token; None where the config names no architecture."""
        if self.name is None:
            return None
        named = self.config.get("id2label")
        return len(named) if isinstance(named, Mapping) else _whole(self.config.get("num_labels"))

    @property
    def cached_numbers(self) -> int | None:
        """Numbers that the KV cache keeps of each token; None where the config does not say."""
        layers, heads = self._of("num_hidden_layers"), self.heads
        width = self._of("hidden_size")
        if layers is None or heads is None or width is None or not heads:
            return None
        if latent := self._of("kv_lora_rank"):
            return layers * (latent + (self._of("qk_rope_head_dim") or 0))
        head = self._of("head_dim") or width // heads
        return 2 * layers * (self._of("num_key_value_heads") or heads) * head

    def _of(self, key: str) -> int | None:
        names = (key, *ALIASES.get(key, ()))
        return next((n for name in names if (n := _whole(self.config.get(name)))), None)


def _whole(value: Any) -> int | None:
    return value if type(value) is int and value > 0 else None


def _window(config: Mapping[str, Any]) -> int | None:
    named = [n for name in WINDOWS if (n := _whole(config.get(name)))]
    stated = _whole(config.get("model_max_length")) or min(named, default=None)
    scaling = config.get("rope_parameters") or config.get("rope_scaling")
    if stated is None or not isinstance(scaling, Mapping):
        return stated
    if "full_attention" in scaling and isinstance(scaling["full_attention"], Mapping):
        scaling = scaling["full_attention"]  # one set a kind of layer
    kind, factor = scaling.get("rope_type", scaling.get("type", "default")), scaling.get("factor")
    if kind in UNSTRETCHED or not isinstance(factor, int | float):
        return stated
    if "yarn" in str(kind):  # most makers state the stretched window, some the original one
        original = _whole(scaling.get("original_max_position_embeddings")) or stated
        return max(stated, int(original * factor))
    return int(stated * factor)


def _sliding(config: Mapping[str, Any]) -> int | None:
    reach = _whole(config.get("sliding_window"))
    if reach is None or config.get("use_sliding_window") is False:
        return None
    kinds = config.get("layer_types")
    if isinstance(kinds, list) and "full_attention" in kinds:
        return None
    mixed = any(config.get(key) for key in ("sliding_window_pattern", "max_window_layers"))
    return None if mixed else reach


def _decodes(name: str) -> bool:
    """Whether an architecture of this name continues text."""
    other = ("ForMaskedLM", "Classification", "ForQuestionAnswering", "ForMultipleChoice")
    return not name.endswith(other)
