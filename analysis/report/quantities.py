"""Every quantity that leaves an analysis, with what it is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import isfinite
from typing import Any

from analysis.ceg.budget import StackCost
from analysis.ceg.estimate import Ceg
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Experiment
from analysis.contracts.reference import Decoding
from analysis.result import ExperimentResult


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
    decoding: Decoding | None = None
    """How the stacks without a selection decode that it is over; None for scores."""
    primary: bool | None = None
    """Whether that is the experiment's one reference; None for scores."""
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
    yield from _predicted(result)
    if result.total is not None:
        named = Named(id="M", kind="M", scale="M", ptes=_fitted(result), **_lattice(result))
        yield named, result.total.m


def _fitted(result: ExperimentResult) -> tuple[str, ...]:
    """The PTEs of the stacks that M was fitted to, as pairs and lattices call them."""
    experiment = result.experiment
    stacks = () if result.total is None else result.total.stacks
    parts = [
        part
        for number, arm in enumerate(experiment.arms)
        if experiment.called(number) in stacks
        for part in arm.parts
    ]
    return tuple(dict.fromkeys(map(experiment.piece, parts)))


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
    """Every arm over its base, under its plain name; a selection over the other base too."""
    for each in result.cegs:
        yield from _gain(result, each, each.arm)
    for each in result.cegs_over_other:
        yield from _gain(result, each, f"{each.arm}/over/{each.reference}")


def _gain(result: ExperimentResult, of: Ceg, name: str) -> Iterator[tuple[Named, Estimate]]:
    """One arm over one base, in every unit and on every rung."""
    price = next(price for price in result.prices if price.arm == of.arm)
    said = _stack(result.experiment, of, price)
    bound = of.discrete.low if isfinite(of.discrete.low) else None
    yield Named(id=f"ceg/{name}", kind="ceg", scale="log10_ceg", **said, at_least=bound), of.ceg
    kind = "predictor_difference"
    yield Named(id=f"{kind}/{name}", kind=kind, scale="logit", **said), of.predictor
    kind = "score_difference"
    yield Named(id=f"{kind}/{name}", kind=kind, scale="points", **said, factor=100.0), of.points
    if of.by_compute is not None:
        growth = Named(id=f"ceg_growth/{name}", kind="ceg_growth", scale="log10_ceg", **said)
        yield growth, of.by_compute.growth
        for at in of.by_compute.rungs:
            for model in at.models:
                where = f"ceg_at/{name}/{model}"
                yield Named(id=where, kind="ceg_at", scale="log10_ceg", **said, model=model), at.ceg
    for on in of.rungs:
        where = f"ceg_rung/{name}/{on.model}"
        yield Named(id=where, kind="ceg_rung", scale="log10_ceg", **said, model=on.model), on.ceg


def _lattice(result: ExperimentResult) -> dict[str, Any]:
    """What is said of everything that is made of the lattice."""
    return {"decoding": result.experiment.reference.decoding, "primary": True}


def _base(result: ExperimentResult) -> str:
    """Label of the base of the lattice."""
    base = result.experiment.base
    assert base is not None, "nothing is combined without a base"
    return result.experiment.arms[base].label


def _stack(experiment: Experiment, of: Ceg, price: StackCost) -> dict[str, Any]:
    arm, reference = experiment.arms[experiment.arm(of.arm)], experiment.arm(of.reference)
    return {
        "ptes": arm.ptes,
        "stack": arm.label,
        "reference": of.reference,
        "decoding": experiment.decoding(reference),
        "primary": reference == experiment.base,
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
            **_lattice(result),
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
        of: dict[str, Any] = {"ptes": pair, "pair": pair, "reference": _base(result), "context": ()}
        of |= _lattice(result)
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
                "reference": _base(result),
                **_lattice(result),
                "context": lattice.ptes,
            }
            name = f"{effect.kind}/{'+'.join(effect.ptes)}/in/{'+'.join(lattice.ptes)}"
            yield Named(id=f"{name}/logit", kind=effect.kind, scale="logit", **of), effect.predictor
            yield Named(id=f"{name}/ceg", kind=effect.kind, scale="log10_ceg", **of), effect.ceg


def _predicted(result: ExperimentResult) -> Iterator[tuple[Named, Estimate]]:
    """Stacks that were not run; `ptes` says which, since no arm has their label."""
    for each in result.predictions.stacks:
        of: dict[str, Any] = {"ptes": each.ptes, "reference": _base(result), **_lattice(result)}
        name = f"predicted_ceg/{each.stack}"
        yield Named(id=name, kind="predicted_ceg", scale="log10_ceg", **of), each.ceg
        kind = "predicted_difference"
        name = f"{kind}/{each.stack}"
        yield Named(id=f"{name}/logit", kind=kind, scale="logit", **of), each.predictor
        yield (
            Named(id=f"{name}/points", kind=kind, scale="points", **of, factor=100.0),
            each.points,
        )
