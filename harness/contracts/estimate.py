"""What a problem is expected to cost, before anything is asked: rough, one rule for all."""

from __future__ import annotations

from dataclasses import dataclass

CHARACTERS_PER_TOKEN = 4.0
"""Rough: nothing is tokenised before an engine is loaded."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The make-up of a problem's cost. Every generation is taken to run to its token limit, and a
    rationale to come to its answer in the same call. PTEs change the parts that they touch."""

    shown: float
    """Tokens of the prompt."""
    answer: float
    """Tokens generated after the cue."""
    options: int = 0
    """Options that a log-likelihood readout scores; 0 where the answer is generated."""
    exemplars: int = 0
    """Exemplars in the prompt."""
    reasoning: float = 0.0
    """Tokens of a rationale."""
    attempts: float = 1.0
    """Attempts that a search makes for each candidate."""
    steps: float = 1.0
    """Steps of an attempt, each a call that reads the prompt and, on average, half of what is said
    in all of them: `shown` holds that too."""
    pool: int = 1
    """Candidates in the selection pool."""
    judging_calls: float = 0.0
    """Calls of other models or roles for each candidate."""
    judging_tokens: float = 0.0
    """Prompt tokens of these calls."""
    judging_flop_per_token: float = 0.0
    """What a token costs the model that judges, in FLOP."""
    aside_calls: float = 0.0
    """Calls of the solving model in other roles for each candidate (a reflection)."""
    aside_prompt: float = 0.0
    """Prompt tokens of all these calls together."""
    aside_answer: float = 0.0
    """Tokens generated in them."""
    shared_calls: float = 0.0
    """Calls of the solving model that all candidates of a problem share (tests of its own)."""
    shared_prompt: float = 0.0
    """Prompt tokens of each."""
    shared_answer: float = 0.0
    """Tokens generated in each."""

    @property
    def written(self) -> float:
        """Tokens that one attempt writes."""
        return self.steps * (self.reasoning + (0.0 if self.options else self.answer))

    @property
    def calls(self) -> float:
        once = self.options + bool(self.reasoning) if self.options else 1
        each = self.attempts * self.steps * once + self.judging_calls + self.aside_calls
        return self.pool * each + self.shared_calls

    @property
    def prompt_tokens(self) -> float:
        """Tokens processed as input over all calls, uncached."""
        once = self.shown
        if self.options:
            once = self.options * (self.shown + self.reasoning)
            once += self.shown if self.reasoning else 0.0
        each = self.attempts * self.steps * once + self.judging_tokens + self.aside_prompt
        return self.pool * each + self.shared_calls * self.shared_prompt

    @property
    def generated_tokens(self) -> float:
        each = self.attempts * self.written + self.aside_answer
        return self.pool * each + self.shared_calls * self.shared_answer

    @property
    def tokens(self) -> float:
        return self.prompt_tokens + self.generated_tokens

    def flop(self, flop_per_token: float) -> float:
        """Inference FLOP, each model's tokens at its own price."""
        judging = self.pool * self.judging_tokens
        own = (self.tokens - judging) * flop_per_token
        return own + judging * self.judging_flop_per_token


@dataclass(frozen=True, slots=True)
class Total:
    """Calls and tokens added up over cells."""

    calls: float = 0.0
    prompt_tokens: float = 0.0
    generated_tokens: float = 0.0

    @property
    def tokens(self) -> float:
        return self.prompt_tokens + self.generated_tokens

    def plus(self, estimate: Estimate, problems: int) -> Total:
        """This total with a cell of so many problems added."""
        return Total(
            self.calls + estimate.calls * problems,
            self.prompt_tokens + estimate.prompt_tokens * problems,
            self.generated_tokens + estimate.generated_tokens * problems,
        )


def tokens_of(text: str) -> float:
    """Rough number of tokens in a text."""
    return len(text) / CHARACTERS_PER_TOKEN
