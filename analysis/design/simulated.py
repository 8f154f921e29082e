"""What experiments of a design show as the analysis itself gives it, one by one: the check on
`foresee`, and slower."""

from __future__ import annotations

from analysis.ceg.across import across_forms
from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.composability.pairs import MARGIN, pairs
from analysis.design.assumptions import FIRST, Design, DesignAssumptions, truth
from analysis.design.outlook import Outlook, ceg_is_seen, prospect, relation
from analysis.simulation import simulate
from analysis.uncertainty.resample import resample

REPLICATES = 1000


def simulated(
    design: Design,
    assumptions: DesignAssumptions,
    simulations: int = 100,
    seed: int = 0,
    replicates: int = REPLICATES,
    margin: float = MARGIN,
) -> Outlook:
    """What simulated experiments show, by the calls that `pte analyze` makes.

    Args:
        design: what would be run.
        assumptions: what is true in the simulation.
        simulations: number of experiments.
        seed: of the first; the others follow.
        replicates: bootstrap replicates of each.
        margin: half-width of what counts as no interaction, in logits.
    """
    known, wanted = truth(design, assumptions), relation(assumptions)
    cegs, found = [], []
    for number in range(seed, seed + simulations):
        experiment = simulate(known, number)
        fit = place(experiment, resample(experiment, replicates, number), seed=number)
        forms = across_forms(fit, number)
        cegs.append(ceg(forms.fit, experiment.arm(FIRST), others=forms.others).ceg)
        found.append(pairs(forms.fit, margin)[0])
    verdicts = [pair.verdict is wanted for pair in found]
    return Outlook(
        prospect(cegs, [ceg_is_seen(each, assumptions) for each in cegs]),
        prospect([pair.exponent for pair in found], verdicts),
        prospect([pair.interaction for pair in found], verdicts),
    )
