"""The pocket models' tokens: operators, numbers, signs, and the harness's phrases, one token each.

The phrases are taken from the benchmark and from chain of thought as they stand, so that prompts
are rendered for these models as for any other, at the price of a token a phrase.
"""

from __future__ import annotations

import re
from pathlib import Path

from benchmarks.pocket.arithmetic import PocketArithmetic
from benchmarks.pocket.operators import BASIC, COMPOSITE, FREE, NUMBERS
from harness.errors import require
from ptes.prompting.chain_of_thought import ChainOfThought

PAD, BOS, EOS = "<pad>", "<bos>", "<eos>"
_TASK, _REASONING = PocketArithmetic().task(), ChainOfThought()
HOW = f"Write the answer like this: {_TASK.cue} <{_TASK.answer_format}>."
QUESTION, ANSWER = "\n\nQuestion: ", "\nAnswer:"
CUE, OPENING = f" {_TASK.cue}", f" {_REASONING.opening}"
PHRASES = (_TASK.instruction, _REASONING.reasoning, OPENING, HOW, CUE, QUESTION, ANSWER)
VALUES = tuple(f"{number:02d}" for number in range(NUMBERS))
WORDS = (PAD, BOS, EOS, *PHRASES, *VALUES, *" .=;", *BASIC, *COMPOSITE, FREE)
IDS = {word: n for n, word in enumerate(WORDS)}
# Longest first: one phrase is part of another.
PATTERN = "|".join([*map(re.escape, sorted(PHRASES, key=len, reverse=True)), "[0-9]{2}", r"[\s\S]"])
_SPLIT = re.compile(PATTERN)
BARE = "|".join(rf"(?<! ){re.escape(phrase.strip())}" for phrase in (CUE, OPENING))
"""These two with no space before them, as after work that was cut: the token has one."""


def encode(text: str) -> list[int]:
    """Token ids of text.

    Raises:
        KeyError: text that these models have no token for.
    """
    return [IDS[word] for word in _SPLIT.findall(re.sub(BARE, r" \g<0>", text))]


def save(folder: Path) -> None:
    """Write the tokenizer as transformers and vLLM load it."""
    tokenizers = require("tokenizers", "transformers")
    transformers = require("transformers", "transformers")
    from tokenizers import decoders, models, normalizers, pre_tokenizers, processors

    # No unknown token: text that a pocket model cannot read is an error, not a blank.
    raw = tokenizers.Tokenizer(models.WordLevel(IDS))
    raw.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(tokenizers.Regex(rf"(?<! ){re.escape(phrase.strip())}"), phrase)
            for phrase in (CUE, OPENING)
        ]
    )
    raw.pre_tokenizer = pre_tokenizers.Split(tokenizers.Regex(PATTERN), "isolated")
    raw.decoder = decoders.Fuse()
    raw.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A", special_tokens=[(BOS, IDS[BOS])]
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token=PAD, bos_token=BOS, eos_token=EOS
    ).save_pretrained(folder)
