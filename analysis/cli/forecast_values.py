"""Options of `pte forecast` on measured values: where they come from, and what of them counts."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.cli.progress import progress
from harness.errors import UserError

if TYPE_CHECKING:
    from analysis.forecast.measured.counting import Counting
    from analysis.forecast.measured.estimates import EstimatesFile


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options on measured values."""
    parser.add_argument(
        "--measured",
        action="append",
        default=[],
        metavar="PLACE",
        help="where measured values are: estimates.json of 'pte analyze' or its folder; a run's "
        "folder, a folder of runs or a table of scores, which are analysed for it; or an artefact "
        "of W&B, wandb:ENTITY/PROJECT/NAME:VERSION. Several times for several, an experiment that "
        "two of them hold counts once. They replace guesses of the rows that they say they are",
    )
    parser.add_argument(
        "--row",
        action="append",
        default=[],
        metavar="PTE=ROW",
        help="the row of the table that a PTE is (--row few_shot where both have one name), or "
        "none; for PTEs that do not say so themselves, as those of older files and of published "
        "tables. PTE may be the label of a stack too: 'self_consistency[n=40]=none'",
    )
    parser.add_argument(
        "--count-benchmark",
        action="append",
        default=[],
        metavar="NAME[=TYPE]",
        help="count a benchmark that would not count by itself: a toy, one of a kind of task "
        "without a weight, or of a kind that nobody says, which TYPE does (math, coding, qa, ...)",
    )
    parser.add_argument(
        "--at-compute",
        type=float,
        metavar="FLOP",
        help="training compute of the base at which gains that change with compute are taken "
        "(default: that of --reference-compute); without it they are dropped, as their mean over "
        "a ladder is none",
    )


def counting_of(options: argparse.Namespace) -> Counting:
    """What the user says of measured values.

    Raises:
        UserError: a word is not in its form, something is said twice, or nothing is measured.
    """
    from analysis.forecast.measured.counting import NO_ROW, Counting

    given = [*options.row, *options.count_benchmark]
    if not options.measured and (given or options.at_compute is not None):
        raise UserError("--row, --count-benchmark and --at-compute are of values in --measured")
    rows = {
        name: None if row == NO_ROW else row
        for name, row in _pairs("--row", options.row, same=True)
    }
    kinds = dict(_pairs("--count-benchmark", options.count_benchmark, same=False))
    # Who names the base model's compute wants gains there.
    flop = options.at_compute or (options.reference_compute if options.measured else None)
    return Counting(rows=rows, benchmarks=kinds, at_compute=flop)


def measured_of(
    options: argparse.Namespace,
    counting: Counting,
    keys: Sequence[str],
    weights: Mapping[str, float],
) -> EstimatesFile | None:
    """What was measured in the places that the user names; None where there are none.

    Args:
        options: the parsed options.
        counting: what the user says of measured values.
        keys: of the rows of the forecast's table.
        weights: of the average task, by kind of task.

    Raises:
        UserError: a place holds nothing of the kind, or the user says something of what is not
            there.
    """
    if not options.measured:
        return None
    from analysis.forecast.measured.counting import check_counting, check_stated
    from analysis.gathering import check_places, gather

    check_stated(counting, keys, weights)
    check_places(options.measured)
    with progress() as tell:
        file = gather(options.measured, tell=tell)
    check_counting(counting, file.measurements, keys, weights)
    return file


def _pairs(option: str, words: Sequence[str], same: bool) -> Iterator[tuple[str, str]]:
    """Names with what is said of each, the last `=` apart; each name once.

    Args:
        option: as the user knows it.
        words: as given.
        same: whether a name without `=` stands for itself, or nothing.
    """
    seen: set[str] = set()
    for word in words:
        name, mark, said = _split(word)
        if not name or (mark and not said):
            raise UserError(f"{option} {word!r} is not NAME=VALUE: fill in both sides")
        if name in seen:
            raise UserError(f"{option} says two things of {name}: give one")
        seen.add(name)
        yield name, said or (name if same else "")


def _split(word: str) -> tuple[str, str, str]:
    """At the last `=` that is not within the brackets of a label."""
    place = word.rfind("=")
    if place < word.rfind("]"):
        return word.strip(), "", ""
    name, mark, said = word.rpartition("=") if place >= 0 else (word, "", "")
    return name.strip(), mark, said.strip()
