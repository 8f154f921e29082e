"""What a pocket model is made by, and what that cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from pocket.corpus import LENGTH
from pocket.vocabulary import WORDS

HEAD = 32
"""The narrowest attention head that vLLM serves on a CPU."""

SEED_LETTERS = "abcdefgh"


@dataclass(frozen=True, slots=True)
class Recipe:
    """One training run: a number of steps and which of that length it is; the rest is the same."""

    steps: int
    seed: int
    width: int = 64
    heads: int = 2
    layers: int = 2
    inner: int = 192
    batch: int = 6
    """Documents a step."""
    matrix_rate: float = 0.01
    """Learning rate of Muon, for the matrices within layers."""
    rate: float = 5e-3
    """Learning rate of AdamW, for embeddings and norms."""

    @property
    def name(self) -> str:
        return f"pocket_{self.steps:05d}_{SEED_LETTERS[self.seed]}"

    @property
    def run(self) -> int:
        """The training run's own number, from which its initialisation and its documents come.

        Runs of one letter have nothing in common but the recipe: each rung is drawn anew, so that
        what a run was lucky with is not met again on the next rung.
        """
        return self.steps * len(SEED_LETTERS) + self.seed

    @property
    def parameters(self) -> int:
        """All parameters; input and output embeddings are one matrix."""
        layer = 4 * self.width * self.heads * HEAD + 3 * self.width * self.inner + 2 * self.width
        return len(WORDS) * self.width + self.layers * layer + self.width

    @property
    def tokens(self) -> int:
        """Tokens processed in training, those that the loss skips included; there is no padding."""
        return self.steps * self.batch * LENGTH

    @property
    def flop(self) -> float:
        """Training compute, 6ND (Kaplan et al. 2020, section 2.1)."""
        return 6.0 * self.parameters * self.tokens

    def described(self) -> dict[str, int | float]:
        """The settings, as plain data."""
        return asdict(self)


def steps_of(name: str) -> int:
    """The training steps in a model's name."""
    return int(name.split("_")[1])
