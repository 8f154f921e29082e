"""Every token is on the ledger (law 4): what an attempt costs by itself, role by role."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Deterministic: the same whoever asked first and whatever a cache served."""

    calls: int = 0
    prompt_tokens: int = 0
    """Tokens processed as input, over all calls, uncached."""
    generated_tokens: int = 0
    own_prefix_tokens: int = 0
    """Prompt tokens that an earlier call of the same attempt had processed: what an ideal prefix
    cache would save this attempt by itself."""
    flop: float = 0.0
    """2N FLOP for each prompt and generated token, N the parameters of the model that spoke."""
    own_prefix_flop: float = 0.0
    """The part of `flop` that the own prefix would save."""

    def __add__(self, other: Cost) -> Cost:
        return Cost(
            calls=self.calls + other.calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            generated_tokens=self.generated_tokens + other.generated_tokens,
            own_prefix_tokens=self.own_prefix_tokens + other.own_prefix_tokens,
            flop=self.flop + other.flop,
            own_prefix_flop=self.own_prefix_flop + other.own_prefix_flop,
        )


def cost_of(prompt: int, generated: int, own_prefix: int, flop_per_token: float) -> Cost:
    """The cost of one call, from its token counts."""
    return Cost(
        calls=1,
        prompt_tokens=prompt,
        generated_tokens=generated,
        own_prefix_tokens=own_prefix,
        flop=(prompt + generated) * flop_per_token,
        own_prefix_flop=own_prefix * flop_per_token,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Measured: what really went to an engine, and what the journal spared."""

    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    """Prompt tokens that the engine's prefix cache served."""
    generated_tokens: int = 0
    journal_hits: int = 0
    """Draws that were there already, from an earlier run or another cell of this one."""
    journal_tokens: int = 0
    """Prompt and generated tokens of the draws that the journal served."""
    programs: int = 0
    """Programs that solvers had run in the sandbox."""
    sandbox_seconds: float = 0.0
    """Seconds that solvers waited for programs in the sandbox."""
    tool_calls: int = 0
    """Calls of tools that were made, not taken from the journal."""
    tool_seconds: float = 0.0
    """Seconds that calls of tools took."""

    def asked(self, prompt: int, cached: int, generated: int) -> Spent:
        """This with one more request that an engine answered; its tokens by kind."""
        return replace(
            self,
            requests=self.requests + 1,
            prompt_tokens=self.prompt_tokens + prompt,
            cached_tokens=self.cached_tokens + cached,
            generated_tokens=self.generated_tokens + generated,
        )

    def spared(self, tokens: int) -> Spent:
        """This with one more draw of so many generated tokens that nobody had to ask for."""
        return replace(
            self, journal_hits=self.journal_hits + 1, journal_tokens=self.journal_tokens + tokens
        )

    def executed(self, seconds: float) -> Spent:
        """This with one more program that was run in the sandbox for so many seconds."""
        return replace(
            self, programs=self.programs + 1, sandbox_seconds=self.sandbox_seconds + seconds
        )

    def used_tool(self, seconds: float) -> Spent:
        """This with one more tool call of so many seconds."""
        return replace(
            self, tool_calls=self.tool_calls + 1, tool_seconds=self.tool_seconds + seconds
        )

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            requests=self.requests + other.requests,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            generated_tokens=self.generated_tokens + other.generated_tokens,
            journal_hits=self.journal_hits + other.journal_hits,
            journal_tokens=self.journal_tokens + other.journal_tokens,
            programs=self.programs + other.programs,
            sandbox_seconds=self.sandbox_seconds + other.sandbox_seconds,
            tool_calls=self.tool_calls + other.tool_calls,
            tool_seconds=self.tool_seconds + other.tool_seconds,
        )

    @property
    def tokens(self) -> int:
        return self.prompt_tokens + self.generated_tokens
