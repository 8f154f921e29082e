"""What a server's answer holds, held against what was asked: a server may answer anything.

An answer is used where it is one that a server of the plan's model could have given: one choice,
tokens of the vocabulary and no more than were asked for, a text that is those tokens', and of the
prompt that was sent, as far as the answer says what that was.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite

import msgspec

from harness.engines.protocol import (
    Completion,
    CompletionRequest,
    LogLikelihood,
    LogLikelihoodRequest,
)
from harness.engines.server.errors import SHOWN, CallFailedError, WrongAnswerError
from harness.engines.server.wire import MOST_STOPS, Dialect
from harness.engines.tokenizer import Tokenizer
from harness.visible import one_line

NEVER = -9999.0
"""What vLLM writes for a log-probability of minus infinity, which JSON has no number for."""
ROUNDING = 0.01
"""By how much a log-probability may be above nothing."""
FINISHED = ("stop", "length")
MEND = "is it vLLM, and nothing between it and us? 'pte serve' starts one"


class _Chance(msgspec.Struct):
    logprob: float


class _Echo(msgspec.Struct):
    token_logprobs: list[float | None]


class _Choice(msgspec.Struct):
    text: str = ""
    finish_reason: str | None = None
    token_ids: list[int] | None = None
    prompt_token_ids: list[int] | None = None
    prompt_logprobs: list[dict[str, _Chance] | None] | None = None
    logprobs: _Echo | None = None


class _Details(msgspec.Struct):
    cached_tokens: int | None = None


class _Usage(msgspec.Struct):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _Details | None = None


class _Answer(msgspec.Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


_decoder = msgspec.json.Decoder(_Answer)


@dataclass(frozen=True)
class Reader:
    """Reads answers of the servers of one model."""

    dialect: Dialect
    tokenizer: Tokenizer
    vocabulary: int
    """Number of token ids there are."""

    def completion(self, raw: bytes, request: CompletionRequest) -> Completion:
        """The completion in a server's answer.

        Raises:
            CallFailedError: the server broke off on the way.
            WrongAnswerError: the answer is none to this request.
        """
        choice, cached = _read(raw, request.ids, request.max_tokens)
        finish = _finish(choice)
        ids = self._ids(choice, request)
        text = self.tokenizer.decode(ids) if self.dialect.special else choice.text
        if not self.dialect.special and not self.dialect.encoded:
            self._same_text(text, ids, request.stop)
        if len(request.stop) > MOST_STOPS:
            text, ids, stopped = self._stopped(text, ids, request.stop)
            finish = "stop" if stopped else finish
        return Completion(text, ids, finish, cached)

    def _stopped(
        self, text: str, ids: array[int], stops: Sequence[str]
    ) -> tuple[str, array[int], bool]:
        """Text and tokens up to the first stop string, with it, and whether there is one: as an
        engine ends that is told of them all."""
        ends = [at + len(stop) for stop in stops if stop and (at := text.find(stop)) >= 0]
        if not ends:
            return text, ids, False
        end = min(ends)
        if self.dialect.encoded:
            return text[:end], self.tokenizer.encode(text[:end]), True
        fewest, most = 1, len(ids)
        while fewest < most:
            middle = (fewest + most) // 2
            # A character that is not complete yet decodes to replacement marks.
            if len(self.tokenizer.decode(ids[:middle]).rstrip("\ufffd")) < end:
                fewest = middle + 1
            else:
                most = middle
        return text[:end], ids[:fewest], True

    def first_token(self, raw: bytes, ids: array[int]) -> None:
        """Look at the answer to a request of one token, whose text may be half a letter.

        Raises:
            CallFailedError, WrongAnswerError: it is none.
        """
        choice, _ = _read(raw, ids)
        _finish(choice)
        if not self.dialect.encoded:
            self._returned(choice)

    def _ids(self, choice: _Choice, request: CompletionRequest) -> array[int]:
        most = request.max_tokens
        if self.dialect.encoded:
            ids = self.tokenizer.encode(choice.text)
            if len(ids) > 2 * most + 16:  # the server's own tokens need not be these
                raise WrongAnswerError(
                    f"the server wrote some {len(ids)} tokens, and {most} were asked for: {MEND}"
                )
            return ids
        ids = self._returned(choice)
        if len(ids) > most:
            raise WrongAnswerError(
                f"the server wrote {len(ids)} tokens, and {most} were asked for: {MEND}"
            )
        if choice.finish_reason == "length" and len(ids) < most:
            raise WrongAnswerError(
                f"the server stopped at {len(ids)} tokens of {most}: it has a limit "
                "of its own (vllm serve --generation-config vllm has none)"
            )
        return ids

    def _returned(self, choice: _Choice) -> array[int]:
        """The generated tokens, as the server says, all of the vocabulary."""
        if choice.token_ids is None:
            raise WrongAnswerError(
                "the server returns no token ids: serve with vLLM 0.11 or newer, or set "
                "engine.token_ids=encoded"
            )
        size = self.vocabulary
        for token in choice.token_ids:
            if not 0 <= token < size:
                raise WrongAnswerError(
                    f"the server wrote the token {str(token)[:30]}, and the model's vocabulary has "
                    f"{size}: it serves another model, or is out of order"
                )
        return array("I", choice.token_ids)

    def _same_text(self, text: str, ids: array[int], stops: Sequence[str]) -> None:
        """Hold a text against its tokens; by letters and digits, as servers join tokens in ways of
        their own, and up to a stop string, which may end within a token."""
        decoded = self.tokenizer.decode(ids)
        if decoded == text:
            return
        said, meant = _letters(text), _letters(decoded)
        cut = any(stop and text.endswith(stop) for stop in stops)
        if said != meant and not (cut and meant.startswith(said)):
            raise WrongAnswerError(f"the text of the server's answer is not its tokens': {MEND}")

    def score(self, raw: bytes, request: LogLikelihoodRequest) -> LogLikelihood:
        """The log-likelihood in a server's answer.

        Raises:
            WrongAnswerError: the answer does not have one for every token of the continuation.
        """
        start, ids = len(request.ids), request.ids + request.continuation
        choice, cached = _read(raw, ids, 1)
        if self.dialect.scores == "echo":
            each: Sequence[float | None] = choice.logprobs.token_logprobs if choice.logprobs else ()
            if len(each) not in (len(ids), len(ids) + 1):
                raise WrongAnswerError(
                    f"the server echoed {len(each)} log-probabilities for {len(ids)} tokens: set "
                    "engine.scores=none where it cannot"
                )
            result = each[start : len(ids)]
        else:
            rows = _of_prompt(choice.prompt_logprobs or (), ids)
            if None in rows[1:start]:
                raise WrongAnswerError(_other_prompt("it scores other tokens"))
            result = rows[start:]
        return LogLikelihood(sum(map(_logprob, result)), cached)


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _logprob(value: float | None) -> float:
    if value is None:
        raise WrongAnswerError("the server gave no log-probability for a token of the continuation")
    if value > ROUNDING or not isfinite(value):
        raise WrongAnswerError(f"the server gave {value} for a log-probability: {MEND}")
    return -inf if value == NEVER else float(value)


def _of_prompt(rows: Sequence[Mapping[str, _Chance] | None], ids: array[int]) -> list[float | None]:
    if len(rows) != len(ids):
        raise WrongAnswerError(
            f"the server gave {len(rows)} prompt_logprobs for {len(ids)} tokens: is it vLLM? "
            "Set engine.scores=echo or engine.scores=none"
        )
    chances = [row.get(str(token)) if row else None for token, row in zip(ids, rows, strict=True)]
    return [chance.logprob if chance else None for chance in chances]


def _finish(choice: _Choice) -> str:
    """Why it ended; CallFailedError where it did not end by itself."""
    if choice.finish_reason not in FINISHED:
        ended = one_line(repr(choice.finish_reason)[:SHOWN])
        raise CallFailedError(f"the server ended it with finish_reason {ended}")
    return choice.finish_reason


def _read(raw: bytes, ids: array[int], most: float = inf) -> tuple[_Choice, int]:
    """The one choice of an answer to a prompt, and how much of the prompt was cached."""
    try:
        answer = _decoder.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise WrongAnswerError(f"the server's answer is no completion: {error}") from error
    if len(answer.choices) != 1:
        raise WrongAnswerError(
            f"the server's answer is no completion: it holds {len(answer.choices)} choices, and "
            f"one was asked for: {MEND}"
        )
    choice, usage = answer.choices[0], answer.usage or _Usage()
    if choice.prompt_token_ids is not None and choice.prompt_token_ids != ids.tolist():
        raise WrongAnswerError(_other_prompt("it answers other token ids"))
    if usage.prompt_tokens not in (None, 0, len(ids)):
        raise WrongAnswerError(
            _other_prompt(f"it counts {usage.prompt_tokens} tokens, and {len(ids)} were sent")
        )
    if (usage.completion_tokens or 0) > most:
        raise WrongAnswerError(
            f"the server counts {usage.completion_tokens} tokens of its own, and {most} were asked "
            f"for: {MEND}"
        )
    details = usage.prompt_tokens_details or _Details()
    return choice, min(max(0, details.cached_tokens or 0), len(ids))


def _other_prompt(how: str) -> str:
    return f"the server changes prompts that are given as token ids ({how}): {MEND}"
