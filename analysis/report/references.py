"""The reference in words: which base gains are over."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analysis.ceg.estimate import Ceg
from analysis.contracts.experiment import Experiment
from analysis.contracts.reference import Decoding
from analysis.result import ExperimentResult


def base_words(experiment: Experiment, label: str) -> str:
    """A base in words, such as `greedy base`, by its label."""
    decoding = experiment.decoding(experiment.arm(label))
    return "base" if decoding is Decoding.UNSAID else f"{decoding} base"


def over(experiment: Experiment, of: Ceg) -> dict[str, str]:
    """The column that says what a gain is over; none where there is but one base."""
    one = experiment.other_base is None
    return {} if one else {"over": base_words(experiment, of.reference)}


def reference_sentence(experiment: Experiment) -> str:
    """Which base gains are over, why that one, and what else is given."""
    reference = experiment.reference
    if experiment.base is None:
        return ""
    first = f"Gains are over {reference.words} ({reference.reason})."
    if experiment.other_base is None:
        alone = reference.decoding is not Decoding.UNSAID
        return f"{first} No other decoding was run." if alone else first
    other = base_words(experiment, experiment.arms[experiment.other_base].label)
    given = [f"the {other} itself over {reference.words}"]
    if any(arm.selects for arm in experiment.arms):
        given.insert(0, f"selections over the {other} too")
    turned = any(
        not arm.is_base and not arm.selects and arm.greedy != reference.marked
        for arm in experiment.arms
    )
    if turned:
        given.append(f"other {other.removesuffix(' base')} arms over the {other}")
    return f"{first} Beside them stand {', '.join(given)}."


def with_both(result: ExperimentResult, first: Sequence[Ceg] | None = None) -> Iterator[Ceg]:
    """The CEGs of a result, each selection's over the other base right after that over the
    reference.

    Args:
        result: of the analysis.
        first: its CEGs in the order that is wanted; as they are without.
    """
    over_other = {each.arm: each for each in result.cegs_over_other}
    for each in result.cegs if first is None else first:
        yield each
        if each.arm in over_other:
            yield over_other[each.arm]
