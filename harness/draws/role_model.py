"""Which model answers in a role: an engine with one model's renderer, identity and sampling."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

from harness.engines.protocol import Engine, Identity, Sampling
from harness.engines.rendering import Renderer
from harness.identity import key_text
from harness.models.reward_head import RewardHead
from harness.models.spec import Adapter


@dataclass(frozen=True, kw_only=True)
class RoleModel:
    """A loaded model bound to a role for a whole sweep."""

    model: str
    """Name of the model, for the ledger."""
    engine: Engine
    renderer: Renderer
    identity: Identity
    sampling: Sampling
    flop_per_token: float
    """Inference FLOP a token, 2N."""
    adapter: Adapter | None = None
    head: RewardHead | None = None
    """What it judges, of a reward model; None for one that writes."""

    @cached_property
    def material(self) -> bytes:
        """What of this model enters a draw's key: identity and sampling, nothing else."""
        sampling = self.sampling
        text = f"{self.identity.text}\n{sampling.temperature}|{sampling.top_p}|{sampling.top_k}"
        text += key_text.later_fields(sampling, ("temperature", "top_p", "top_k"))
        return blake2b(text.encode(), digest_size=16).digest()

    @cached_property
    def scoring(self) -> bytes:
        """What of this model enters the key of a log-likelihood: identity alone, as sampling does
        not touch it."""
        return blake2b(self.identity.text.encode(), digest_size=16).digest()
