"""What a reward model judges, and how its numbers are read off its head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from harness.identity import described_as
from harness.ranges import Text

RewardKind = Literal["outcome", "process"]
HEADS = ("ForSequenceClassification", "ForTokenClassification", "ForProcessRewardModel")
"""How architectures end that have a head of their own in place of a vocabulary's."""
LABELS = (1, 2)
"""How many numbers a head may give at a token."""


@described_as("reward_head")
@dataclass(frozen=True, slots=True)
class RewardHead:
    """A checkpoint that judges what others write, and writes nothing itself.

    Of a head with one label its number is taken as it is; of one with two, the second's less the
    first's, the second being `right`. Both are log-odds where the head was trained on labels.
    """

    kind: RewardKind
    """`outcome` judges a whole solution at its last token, `process` each step at its tag."""
    step: Text | None = None
    """What is written after each step; at its last token the step is judged. Process models alone.
    """
    opens: str = ""
    """What opens each step, `{n}` being its number from 1 (`Step {n}: `)."""
    between: str = ""
    """What stands between a step's tag and the next step."""
    end: Text | None = None
    """What is written after the whole solution, such as an end-of-text token where it was trained
    with one; under a chat template that ends the turn itself, nothing."""
    returned: tuple[int, ...] = ()
    """Token ids for right and for wrong, whose log-likelihoods at a step's tag are compared where
    a language model without a head of its own judges. Empty where there is a head."""
    asked: Text | None = None
    """How the question is put where there is no chat template, `{question}` being its words; None
    puts it as any prompt is."""
    system: Text | None = None
    """What the system turn says before the question; None for no such turn."""
    trained_on: Text | None = None
    """Whose samples it was trained on, or what labels; None where nobody has said."""
    licence: Text | None = None
    """The licence of its weights; None where it could not be found."""
    tried: bool = False
    """Whether it was ever executed by this project, or by whoever trained it with this project."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "returned", tuple(self.returned))  # YAML has lists alone
        if self.kind == "process" and self.step is None:
            raise ValueError(
                "reward.kind is process, and reward.step says not what is written after each step: "
                'give its tag, such as "<extra_0>", or "\\n" as TRL\'s PRMTrainer writes'
            )
        if self.kind == "outcome" and (self.step is not None or self.returned):
            raise ValueError("reward.step and reward.returned are of process models (reward.kind)")
        if self.asked is not None and "{question}" not in self.asked:
            raise ValueError(f"reward.asked is {self.asked!r}: it has no {{question}} in it")
        if self.returned and len(self.returned) != 2:
            raise ValueError(
                f"reward.returned is {list(self.returned)}: give two token ids, the one for right "
                "and the one for wrong"
            )

    @property
    def text(self) -> str:
        """What of it enters the key of a verdict: how its numbers are read."""
        return f"{self.kind}|{','.join(map(str, self.returned))}"


def head_fault(head: RewardHead | None, architecture: str | None, labels: int | None) -> str | None:
    """Why a checkpoint cannot be asked as its config says, or None.

    Args:
        head: of its config; None for a language model.
        architecture: that its config.json names; None where it names none.
        labels: numbers that its head gives at a token, as config.json has them.
    """
    named = architecture or ""
    has_head = named.endswith(HEADS)
    if head is None:
        told = (
            f"a {named} judges and does not continue text: say so in its config "
            "(reward: {kind: outcome} or {kind: process, step: TAG}), and ask it through the PTE "
            "verifier or process_verifier"
        )
        return told if has_head else None
    if has_head and head.returned:
        return f"a {named} has a head of its own, and reward.returned is of models without one"
    if architecture is None or (head.returned and named.endswith("ForCausalLM")):
        return None
    if not has_head:
        return (
            f"a {named} has no head to judge with: give one of ...ForSequenceClassification or "
            "...ForTokenClassification, or reward.returned of one that says its judgement in tokens"
        )
    if head.kind == "outcome" and not named.endswith("ForSequenceClassification"):
        return f"a {named} judges steps: set reward.kind=process and reward.step"
    if head.kind == "process" and named.endswith("ForSequenceClassification"):
        return f"a {named} judges whole solutions: set reward.kind=outcome"
    if labels is not None and labels not in LABELS:
        return f"its head gives {labels} numbers, and one or two can be read as right and wrong"
    return None
