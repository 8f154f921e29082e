"""What `pte power` can be told."""

from __future__ import annotations

import argparse
from pathlib import Path

from harness.cli.options import add_format

DESCRIPTION = """\
Says, before anything is run, what a sweep will show, and which design to take: the cheapest that
reaches --half-width or --power, or the most precise within --budget attempts, or both. A design is
rungs x items x draws x arms; its attempts are their product.

A half-width is half the distance between a 95% interval's ends: on log10 CEG (0.15 is a factor of
1.41 either way), on the composability exponent, or on the interaction in logits. --half-width is
that of the median experiment; with --assurance 0.8 it is kept in 80% of experiments. Intervals that
are unbounded and exponents that are refused count as wider than any. Power is the share of
experiments that see what is assumed: of a CEG that it is clearly above 1, of an exponent or
interaction that the verdict on the pair is the one assumed (substitutes, by default).

  pte power --half-width 0.15                        log10 CEG to 0.15 in the median experiment
  pte power --half-width 0.3 --assurance 0.8         the same to 0.3 in 80% of experiments
  pte power --target exponent --power 0.8 --ceg2 10  80% of experiments see substitutes
  pte power --target ceg --budget 9000               the most precise within 9,000 attempts

The delta method says which designs are worth a look, and simulated experiments decide: drawn from
what is assumed and analysed by what 'pte analyze' runs, forms of the curve and Holm's correction
(of one pair) included. Shares of them carry the simulation's own error, which --experiments makes
smaller. The table shows the designs that no cheaper one beats and those that were simulated; csv
and json give all. Rows with 0 experiments have the delta method's median half-widths, too small on
ladders of 3 rungs, and nothing else.

What must be assumed, and where the defaults come from:
  --slope           how steeply the base's mean score rises: logits per OOM of training compute.
                    1.2 is near the HumanEval sigmoid of Lifland, Becker and Campos, 1.16.
  --base            the base's mean score half way up the ladder; precision is best near a half.
  --ceg --ceg2      CEG of the PTE, and of a second one. A guess at what you look for: a larger CEG
                    hangs more on the slope and is known less well.
  --exponent        their composability exponent: 0.6, as that document's middle M.
  --item-sd         how far problems differ in difficulty for all arms alike, in logits: it cancels
                    in comparisons on the same problems.
  --item-arm-sd     how far a problem suits one arm rather than another: only more items help.
  --rung-sd         how far a model lies off the ladder's curve, logits of the mean score.
  --interaction-sd  how far an arm on a model lies off besides. Only more rungs help against both.
  --chance          mean score of a guess.
The spreads' defaults are round numbers of an ordinary size, not measurements: --from RUNS reads
slope, base score, spreads, chance and the ladder's span from records of a run instead, and options
given on the command line go before those. --check runs the analysis itself, experiment by
experiment and with more bootstrap replicates, on the recommended design; it takes minutes."""

ASSUMED = {
    "slope": "logits per OOM (default: 1.2)",
    "base": "score at the ladder's middle (default: 0.4)",
    "ceg": "CEG of the PTE, a multiple (default: 3)",
    "ceg2": "CEG of the second PTE (default: 2)",
    "exponent": "composability exponent (default: 0.6)",
    "item_sd": "logits (default: 1.5)",
    "item_arm_sd": "logits (default: 0.7)",
    "rung_sd": "logits (default: 0.1)",
    "interaction_sd": "logits (default: 0.1)",
    "chance": "score of a guess (default: 0)",
}
DEFAULT_WIDTH = {"ceg": 0.15, "exponent": 0.3, "interaction": 0.2}
SIMULATIONS = 20
"""Experiments of --check."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    add_format(parser)
    wanted = parser.add_argument_group("what is wanted")
    wanted.add_argument(
        "--target",
        "--on",
        dest="on",
        choices=tuple(DEFAULT_WIDTH),
        default="ceg",
        help="whose half-width or power (default: ceg)",
    )
    wanted.add_argument(
        "--half-width",
        type=float,
        metavar="W",
        help="largest half-width (default without a budget: 0.15, exponent 0.3, interaction 0.2)",
    )
    wanted.add_argument(
        "--assurance",
        type=float,
        metavar="A",
        help="share of experiments that keep the half-width (default: 0.5, the median)",
    )
    wanted.add_argument(
        "--power",
        type=float,
        metavar="P",
        help="smallest share of experiments that see what is assumed",
    )
    wanted.add_argument(
        "--factor", type=float, metavar="F", help="--half-width of a CEG, as a factor either way"
    )
    wanted.add_argument(
        "--budget", type=float, metavar="N", help="most attempts; most FLOP with --parameters"
    )
    wanted.add_argument(
        "--experiments",
        type=int,
        metavar="N",
        help="simulated of the design to take (default: 200)",
    )
    wanted.add_argument(
        "--check",
        action="store_true",
        help=f"analyse {SIMULATIONS} experiments of the recommended design one by one, too",
    )
    wanted.add_argument("--seed", type=int, default=0, help="of the simulations (default: 0)")
    designs = parser.add_argument_group("designs to choose from")
    designs.add_argument("--rungs", type=_numbers, default=(3, 4, 5, 8), metavar="N,N")
    designs.add_argument(
        "--items", type=_numbers, default=(100, 200, 400, 800, 1319), metavar="N,N"
    )
    designs.add_argument("--draws", type=_numbers, default=(1, 2, 4, 8), metavar="N,N")
    designs.add_argument(
        "--most-items", type=int, metavar="N", help="problems that the benchmark has"
    )
    designs.add_argument(
        "--span", type=float, metavar="OOM", help="of the ladder's training compute (default: 2.5)"
    )
    designs.add_argument(
        "--arms", type=int, metavar="N", help="stacks run, base included (default: 2; a pair: 4)"
    )
    designs.add_argument(
        "--parameters",
        type=_sizes,
        metavar="LOW,HIGH",
        help="of the ladder's ends, such as 1e8,1e10",
    )
    designs.add_argument(
        "--tokens", type=float, default=500, help="of an attempt, for its FLOP (default: 500)"
    )
    assumed = parser.add_argument_group("what is assumed")
    assumed.add_argument(
        "--from", dest="source", type=Path, metavar="RUNS", help="a run, or a folder of runs"
    )
    assumed.add_argument("--experiment", metavar="NAME", help="which of several in RUNS")
    assumed.add_argument(
        "--margin",
        type=float,
        metavar="X",
        help="what counts as no interaction, logits, as in 'pte analyze' (default: 0.2)",
    )
    for name, text in ASSUMED.items():
        assumed.add_argument(f"--{name.replace('_', '-')}", type=float, metavar="X", help=text)


def _numbers(text: str) -> tuple[int, ...]:
    try:
        result = tuple(int(part) for part in text.split(","))
    except ValueError:
        result = ()
    if not result or min(result) < 1:
        raise argparse.ArgumentTypeError(f"'{text}': give whole numbers above 0, such as 3,5,8")
    return result


def _sizes(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}': give two numbers, such as 1e8,1e10") from None
    return low, high
