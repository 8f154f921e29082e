"""What a PTE costs once, on one rung: FLOP by part, and where the figures are from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LIMIT = 0.1
"""Most that a PTE may cost once, as a share of the rung's training compute (Lifland et al.)."""


@dataclass(frozen=True, slots=True)
class OneTimeCost:
    """One-time cost of a PTE on one rung."""

    parts: Mapping[str, float] | None
    """FLOP by part (`collect_prompts`, `collect_sampled`, `fit`); None where nobody has said."""
    source: str = ""
    """How the figures were come by: measured by this project, or where they were published."""
    artefact: str = ""
    """Id of the artefact that it is the cost of; empty without one."""

    @property
    def flop(self) -> float | None:
        """FLOP in sum; None where nobody has said."""
        return None if self.parts is None else float(sum(self.parts.values()))

    @property
    def described(self) -> dict[str, object]:
        """The cost as plain data, for records."""
        parts = None if self.parts is None else dict(self.parts)
        return {"parts": parts, "source": self.source, "artefact": self.artefact}


FREE = OneTimeCost({})
"""Cost of a PTE that needs no training."""
UNKNOWN = OneTimeCost(None, "unknown")
"""Cost of a published artefact whose maker has not said what it took."""


def published(flop: float | None, source: str = "stated in its configuration") -> OneTimeCost:
    """The cost of what somebody else has trained, as it was published; None is unknown."""
    return UNKNOWN if flop is None else OneTimeCost({"published": float(flop)}, source)


def full_fit_flop(parameters: float, tokens: float) -> float:
    """FLOP of training all parameters on so many tokens: 6ND (Kaplan et al. 2020, section 2.1)."""
    return 6.0 * parameters * tokens


def lora_fit_flop(parameters: float, trained: float, tokens: float) -> float:
    """FLOP of training `trained` parameters beside `parameters` that stay as they are.

    Forward 2N and backward through the activations 2N, as of any training; the gradients of the
    frozen weights, the other 2N of the 6N (Kaplan et al. 2020, section 2.1), are never made.
    What is trained costs its whole 6 FLOP a parameter and token: (4 N + 6 n) D.
    """
    return (4.0 * parameters + 6.0 * trained) * tokens


@dataclass(frozen=True, slots=True)
class Share:
    """A one-time cost beside the training compute of its rung."""

    cost: OneTimeCost
    training_flop: float | None

    @property
    def of_training(self) -> float | None:
        """Share of the rung's training compute; None where either is unknown."""
        flop = self.cost.flop
        return None if flop is None or not self.training_flop else flop / self.training_flop

    @property
    def told(self) -> str:
        """The share in words, held against the definition's limit."""
        share = self.of_training
        if share is None:
            return "an unknown share of its training compute"
        verdict = "within" if share <= LIMIT else "ABOVE"
        return f"{share:.2%} of its training compute, {verdict} the definition's {LIMIT:.0%}"
