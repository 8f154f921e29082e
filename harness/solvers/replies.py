"""What of a model's words is its answer: one rule for all arms and benchmarks.

A model that has answered may go on to invent the next exercise or somebody else's turn. What stands
after that is an answer to something else (`own_words`).
"""

from __future__ import annotations

import re
from functools import cache

_KIND = r"(?:question|problem|exercise|example|task|puzzle|riddle|instructions?|prompt)"
_WHICH = r"(?:(?:next|new|another|second|similar|practice|follow-?up|bonus|extra|math|word)\s+)?"
_MARKED = r"[ \t]*+[#>*_\[]*+[ \t]*+[*_]*+"
_END = r"(?:[ \t]*\([^()\n]{0,40}\))?[*_]*+[ \t]*+"
INVENTED = re.compile(
    rf"^{_MARKED}(?:"
    rf"{_WHICH}{_KIND}{_END}(?::|$)"
    rf"|{_WHICH}{_KIND}[ \t]*\#?[0-9]+{_END}(?:[:.)—–-]|$|(?-i:[ \t]+[A-Z]))"
    r"|q[ \t]*[0-9]*[ \t]*[*_]*:|q[ \t]*[0-9]+[.)]"
    r"|(?:human|user|student|customer|assistant|ai|bot|system)[*_]*[ \t]*:"
    r")|<\|(?:im_start|im_end|endoftext|end_of_text|eot_id|start_header_id|user|assistant|system)\|>"
    r"|</?s>|<(?:start|end)_of_turn>|\[/?INST\]",
    re.IGNORECASE | re.MULTILINE,
)
"""The field's habits of opening an exercise or a turn: at the start of a line, with a number or a
colon or alone on it, or a token of a chat template anywhere."""
_WORD = re.compile(r"[^\W_]")
_SOMETHING = re.compile(r"[^\W_]|[+/=<>%&@#~^|×÷√∞€£¥♥★]|!{2,}|\?{2,}")
_OF_ITSELF = re.compile(
    r"[\s*_]*(?:in)?(?:correct|right|wrong|derived|found|obtained|calculated|computed|based|because)\b",
    re.IGNORECASE,
)
"""Words on an answer that was given elsewhere (`the answer is based on ...`)."""


def own_words(text: str) -> str:
    """The reply up to where the model invents another exercise or turn.

    A label that opens the reply, with no word before it, is the model's own: many repeat the
    question first.
    """
    for found in INVENTED.finditer(text):
        if _WORD.search(text, 0, found.start()):
            return text[: found.start()]
    return text


def has_something(text: str) -> bool:
    """Whether there is a word, a number or a symbol, and not punctuation and emphasis alone."""
    return _SOMETHING.search(text) is not None


def after_cue(text: str, cue: str) -> str:
    """What follows the last cue in the model's own words that is followed by anything, up to the
    next cue; empty where there is none.

    The cue may be emphasised, in any case, and of the `final` answer. What follows may begin on a
    later line. A model may correct itself, so the last cue counts; it may also run into its token
    limit while it repeats the cue, or say that its answer is correct, and has then answered after
    an earlier one.
    """
    said = _pattern(cue).split(own_words(text))[1:]
    filled = [part for part in said if has_something(part)]
    named = [part for part in filled if not _OF_ITSELF.match(part)]
    return (named or filled or [""])[-1]


@cache
def _pattern(cue: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in cue.split()]
    answer = r"(?:(?:final|correct|right)[\s*_]+)?answer"
    parts = [answer if word.lower() == "answer" and n else word for n, word in enumerate(words)]
    edge = r"(?<!\w)" if cue[:1].isalnum() else ""
    end = r"(?!n['’]t\b)" if cue[-1:].isalpha() else ""
    return re.compile(edge + r"[\s*_]+".join(parts) + end, re.IGNORECASE)
