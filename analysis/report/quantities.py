"""Every quantity that leaves an analysis, with what it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from analysis.ceg.budget import StackCost
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Arm
from analysis.pipeline import ExperimentResult

BASE = "base"


@dataclass(frozen=True, kw_only=True)
class Named:
    """What an estimate is of, beside its numbers; fields as in `estimates.schema.json`."""

    id: str
    kind: str
    scale: str
    ptes: tuple[str, ...] = ()
    stack: str | None = None
    model: str | None = None
    reference: str | None = None
    pair: tuple[str, str] | None = None
    context: tuple[str, ...] | None = None
    factor: float = 1.0
    """What the estimate is multiplied by: 100 for points."""
    oracle: bool = False
    """Whether the stack looks at a hidden target."""
    definition: str | None = None
    """Whether the stack is a PTE by Lifland et al.'s definition; None where no stack is meant."""
    inference_multiple: float | None = None
    """Inference FLOP of the stack over the base's, gross; None where unknown."""
    inference_multiple_net: float | None = None
    """The same net of the own prefix."""
    at_least: float | None = None
    """The lower bound of a CEG that base rungs alone support, log10; None where there is none."""


def quantities(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    """All quantities of a result with their estimates, scores first."""
    yield from _scores(result)
    yield from _gains(result)
    yield from _conditionals(result)
    yield from _pairs(result)
    yield from _effects(result)
    if result.total is not None:
        yield Named(id="M", kind="M", scale="M"), result.total.m


def _scores(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    arms = {arm.label: arm for arm in result.experiment.arms}
    for score in result.scores:
        yield (
            Named(
                id=f"score/{score.arm}/{score.model}",
                kind="score",
                scale="score",
                ptes=arms[score.arm].ptes,
                stack=score.arm,
                model=score.model,
            ),
            score.score,
        )


def _gains(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    arms = {arm.label: arm for arm in result.experiment.arms}
    prices = {price.arm: price for price in result.prices}
    for results in result.cegs:
        of = _stack(arms[results.arm], results.reference, prices[results.arm])
        bound = results.discrete.low if isfinite(results.discrete.low) else None
        yield (
            Named(id=f"ceg/{results.arm}", kind="ceg", scale="log10_ceg", **of, at_least=bound),
            results.ceg,
        )
        yield (
            Named(
                id=f"predictor_difference/{results.arm}",
                kind="predictor_difference",
                scale="logit",
                **of,
            ),
            results.predictor,
        )
        yield (
            Named(
                id=f"score_difference/{results.arm}",
                kind="score_difference",
                scale="points",
                **of,
                factor=100.0,
            ),
            results.points,
        )
        for on in results.rungs:
            name = f"ceg_rung/{results.arm}/{on.model}"
            yield Named(id=name, kind="ceg_rung", scale="log10_ceg", **of, model=on.model), on.ceg


def _stack(arm: Arm, reference: str, price: StackCost) -> dict[str, Any]:
    return {
        "ptes": arm.ptes,
        "stack": arm.label,
        "reference": reference,
        "oracle": arm.oracle,
        "definition": price.definition,
        "inference_multiple": price.multiple if isfinite(price.multiple) else None,
        "inference_multiple_net": price.net if isfinite(price.net) else None,
    }


def _conditionals(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    """What a PTE adds to a stack; over the base it is the stack's own gain, told already."""
    for results in result.conditionals:
        if not results.context:
            continue
        context = "+".join(results.context)
        of: dict[str, Any] = {
            "ptes": (results.pte,),
            "stack": results.stack,
            "reference": context,
            "context": results.context,
        }
        name = f"{results.pte}/on/{context}"
        yield (
            Named(id=f"conditional_ceg/{name}", kind="conditional_ceg", scale="log10_ceg", **of),
            results.ceg,
        )
        yield (
            Named(
                id=f"predictor_difference/{name}", kind="predictor_difference", scale="logit", **of
            ),
            results.predictor,
        )


def _pairs(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    for results in result.pairs:
        pair = (results.larger, results.smaller)
        of: dict[str, Any] = {"ptes": pair, "pair": pair, "reference": BASE, "context": ()}
        name = "/".join(pair)
        yield (
            Named(id=f"exponent/{name}", kind="exponent", scale="exponent", **of),
            results.exponent,
        )
        yield (
            Named(id=f"interaction/{name}", kind="interaction", scale="logit", **of),
            results.interaction,
        )
        yield (
            Named(id=f"interaction_ceg/{name}", kind="interaction", scale="log10_ceg", **of),
            results.interaction_ceg,
        )


def _effects(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    for lattice in result.lattices:
        for effect in lattice.effects:
            of: dict[str, Any] = {
                "ptes": effect.ptes,
                "reference": BASE,
                "context": lattice.ptes,
            }
            name = f"{effect.kind}/{'+'.join(effect.ptes)}/in/{'+'.join(lattice.ptes)}"
            yield Named(id=f"{name}/logit", kind=effect.kind, scale="logit", **of), effect.predictor
            yield Named(id=f"{name}/ceg", kind=effect.kind, scale="log10_ceg", **of), effect.ceg
