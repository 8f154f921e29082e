"""The first lines of a forecast: what was measured, what of it counts, what was dropped and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import isfinite

from analysis.forecast.measured.estimates import EstimatesFile, Measurement
from analysis.forecast.measured.model_numbers import BOUNDED, GUESSED
from analysis.forecast.measured.moved import ALL, TABLE, Moved
from analysis.forecast.measured.places import Dropped
from analysis.forecast.measured.values import Measured, ValueSource

ANY = "NAME"
"""Stands for each of several benchmarks."""
NAMED = 4
"""Names that a line gives of many."""
WORTH = 0.01
"""OOM a year by which a number has to move the slope to be named."""


def first_lines(
    file: EstimatesFile | None, found: Measured, moved: Sequence[Moved], m: float
) -> list[str]:
    """What a reader must know of measured values before any number; nothing where none were given.

    Args:
        file: what was read.
        found: what became of it.
        moved: the slope with each number put in alone.
        m: the guess of M.
    """
    if file is None:
        return []
    return [
        _measured(file),
        *file.notes,
        *(_taken(one) for one in found.taken),
        *_dropped(found.dropped),
        *_of_m(found, m),
        *_moved(moved),
        _headline(found),
    ]


def _measured(file: EstimatesFile) -> str:
    """What there is, on which benchmarks and models."""
    of = [x for x in file.measurements if _relevant(x)]
    counts = {
        "CEG of a single PTE": sum(x.kind == "ceg" for x in of),
        "exponent": sum(x.kind == "exponent" for x in of),
        "M": sum(x.kind == "M" for x in of),
    }
    said = ", ".join(f"{name} ({number})" for name, number in counts.items() if number)
    benchmarks = list(dict.fromkeys(x.benchmark for x in file.measurements))
    models = list(dict.fromkeys(model for x in file.measurements for model in x.models))
    families = list(dict.fromkeys(name for x in file.measurements for name in x.families))
    on = f"on {_some(benchmarks)}"
    by = (
        f"with {len(models)} model{'s' * (len(models) > 1)} ({_some(models)})"
        if models
        else "with models not said"
    )
    kin = f" of {_some(families)}" if families else ""
    return f"Measured in {file.name}: {said or 'no CEG, exponent or M'}, {on}, {by}{kin}."


def _relevant(one: Measurement) -> bool:
    alone = one.kind == "ceg" and len(one.ptes) == 1 and one.primary
    return alone or one.kind == "M" or (one.kind == "exponent" and not one.context)


def _taken(one: ValueSource) -> str:
    what = {"ceg": f"CEG of {one.key}", "exponent": f"exponent of {one.key}", "M": "M"}
    text = f"In place of {one.guess:.3g}: {what[one.quantity]} {one.value:.3g}"
    if isfinite(one.low) and isfinite(one.high):
        text += f" ({one.low:.3g} to {one.high:.3g}); on a task that was not measured "
        text += f"{one.further_low:.3g} to {one.further_high:.3g}"
    if one.source != "measured":
        text += f"; {one.source}"
    whose = "the recipe's average" if one.quantity == "ceg" else "of recipes' averages"
    return f"{text}; {whose}; {one.how}."


def _dropped(dropped: Sequence[Dropped]) -> Iterator[str]:
    """A line a reason, with what it is the reason of; M has a line of its own."""
    for reason, own in _by_reason([one for one in dropped if one.quantity != "M"]):
        yield f"Dropped, as {reason}: {_some([_what(one) for one in own])}."


def _by_reason(dropped: Sequence[Dropped]) -> Iterator[tuple[str, list[Dropped]]]:
    """Reasons that differ in nothing but the name of a benchmark are one."""
    groups: dict[str, list[Dropped]] = defaultdict(list)
    for one in dropped:
        groups[one.reason.replace(one.benchmark, ANY)].append(one)
    for reason, own in groups.items():
        names = {one.benchmark for one in own}
        yield (reason if len(names) > 1 else own[0].reason), own


def _what(one: Dropped) -> str:
    if one.quantity == "ceg":
        gain = f"CEG {10**one.point:.3g}" if isfinite(one.point) and one.point < 300 else "a CEG"
        return f"{one.what} on {one.benchmark} ({gain})"
    value = f" ({one.point:.2g})" if isfinite(one.point) else ""
    return f"exponent of {one.what} on {one.benchmark}{value}"


def _of_m(found: Measured, m: float) -> Iterator[str]:
    """That M stays what it was, and why, where it was measured or refused."""
    source = next(one for one in found.sources if one.quantity == "M")
    reasons = list(_by_reason([one for one in found.dropped if one.quantity == "M"]))
    said = [f"{reason} ({_some([_on(one) for one in own])})" for reason, own in reasons]
    if source.source == GUESSED and said:
        yield f"M stays the guess of {m:g}: {'; '.join(said)}."
    elif said:
        yield f"Of M is dropped: {'; '.join(said)}."


def _on(one: Dropped) -> str:
    return f"on {one.benchmark}" + (f", {one.point:.2g}" if isfinite(one.point) else "")


def _moved(moved: Sequence[Moved]) -> Iterator[str]:
    """What moved the slope, each number put in alone, the strongest first."""
    table = next((one for one in moved if one.key == TABLE), None)
    whole = next((one for one in moved if one.key == ALL), None)
    if table is None or whole is None:
        return
    alone = [one for one in moved if one.quantity and abs(one.change) >= WORTH]
    alone.sort(key=lambda one: -abs(one.change))
    each = "; ".join(_alone(one, table) for one in alone)
    yield (
        f"The slope goes from {table.slope:.2f} (the table, not rounded) to {whole.slope:.2f} OOM "
        f"a year. Alone, {each or 'no number moves it'}."
    )


def _alone(one: Moved, table: Moved) -> str:
    """How one number moves the slope: by the first total, by the last, or between them."""
    name = f"{one.quantity} of {one.key}" if one.quantity != "M" else "M"
    start, end = one.start - table.start, one.end - table.end
    ends = []
    if abs(start) >= WORTH:
        ends.append(f"the first total {'rises' if start > 0 else 'falls'} by {abs(start):.2f} OOM")
    if abs(end) >= WORTH:
        ends.append(f"the last {'rises' if end > 0 else 'falls'} by {abs(end):.2f}")
    why = f" as {' and '.join(ends)}" if ends else ""
    return f"{name} ({one.guess:.3g} to {one.value:.3g}) moves it to {one.slope:.2f}{why}"


def _headline(found: Measured) -> str:
    if not found.taken:
        return "So nothing measured is in the forecast below: all is the table's guesses."
    bounded = sum(one.source == BOUNDED for one in found.taken)
    also = f", {bounded} of them by bounds alone" if bounded else ""
    return (
        f"So {len(found.taken)} of {len(found.sources)} numbers of the forecast are "
        f"measured{also}; "
        "the others are the table's guesses."
    )


def _some(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    if len(names) <= NAMED + 1:
        return ", ".join(names)
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
