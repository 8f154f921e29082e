"""What an attempt is expected to cost, before anything is asked."""

from __future__ import annotations

from dataclasses import dataclass, replace

CHARACTERS_PER_TOKEN = 4.0
"""Rough, for estimates only: nothing is tokenised before an engine is loaded."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """Upper bounds a problem: every generation is taken to run to its token limit."""

    calls: float
    prompt_tokens: float
    """Tokens processed as input over all calls, uncached."""
    generated_tokens: float
    pool: int = 1
    """Finished attempts in the selection pool."""

    @property
    def tokens(self) -> float:
        return self.prompt_tokens + self.generated_tokens

    def times(self, factor: float) -> Estimate:
        return replace(
            self,
            calls=self.calls * factor,
            prompt_tokens=self.prompt_tokens * factor,
            generated_tokens=self.generated_tokens * factor,
        )


def tokens_of(text: str) -> float:
    """Rough number of tokens in a text."""
    return len(text) / CHARACTERS_PER_TOKEN
