"""What settings have to be together, where each by itself is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from harness.settings.wording import joined, shown_value

FREE_ALONE = ("reply_tokens", "thinking_tokens")
"""Limits of the readout `free` alone, which a plan holds against the window where it is that."""
MOST_FACTORS = 14
"""PTEs of a factorial sweep at most, whose stacks are two to the power of them."""


def problems(config: Mapping[str, Any], tokens: Mapping[str, int]) -> Iterator[str]:
    """A line for each that do not fit one another.

    `tokens` holds the settings in tokens by their full names.
    """
    window = config["context_window"]
    yield from _too_long(tokens, window)
    yield from _sweep(config["sweep"])
    yield from _misnamed(config["sweep"], config["pte"])


def _too_long(tokens: Mapping[str, int], window: int) -> Iterator[str]:
    """Limits on what is written that leave a prompt no room in the window."""
    together: dict[str, list[str]] = {}
    for name, value in tokens.items():
        if name.rpartition(".")[2] in FREE_ALONE:
            continue
        if value >= window:
            yield (
                f"{name} is {value}, and context_window is {window}: a prompt and what is written "
                "after it have to fit; lower the one or raise the other"
            )
        elif name.startswith("benchmark."):
            together.setdefault(name.rpartition(".")[0], []).append(name)
    for names in together.values():
        total = sum(tokens[name] for name in names)
        if total >= window:
            yield (
                f"{joined(names, 'and')} are {total} together, and context_window is {window}: "
                "they leave a prompt no room; lower them or raise context_window"
            )


def _sweep(sweep: Mapping[str, Any]) -> Iterator[str]:
    kind, stacks = sweep["kind"], sweep.get("stacks") or []
    if stacks and kind != "list":
        yield f"sweep.stacks is {shown_value(stacks)}, and sweep={kind} reads none: set sweep=list"
    if kind == "factorial" and len(names := sweep.get("ptes") or []) > MOST_FACTORS:
        yield (
            f"sweep=factorial of {len(names)} PTEs is {2 ** len(names)} stacks: name at most "
            f"{MOST_FACTORS}, or set sweep=pairs"
        )
    for key, names in (("ptes", sweep.get("ptes") or []), *(("stacks", each) for each in stacks)):
        if repeated := [name for name, times in Counter(names).items() if times > 1]:
            yield f"sweep.{key} names {joined(repeated, 'and')} twice in {shown_value(names)}"
    sets = Counter(frozenset(stack) for stack in stacks)
    for stack, times in sets.items():
        if times > 1:
            yield f"sweep.stacks has the stack {shown_value(sorted(stack))} {times} times"


def _misnamed(sweep: Mapping[str, Any], ptes: Mapping[str, Any]) -> Iterator[str]:
    """PTEs whose file puts them under another name than the file's own."""
    lists = (sweep.get("ptes") or [], *(sweep.get("stacks") or []))
    for name in dict.fromkeys(each for names in lists for each in names):
        if name not in ptes:
            yield (
                f"pte.{name} is not there: the file {name}.yaml must begin with the line "
                f"'# @package pte.{name}'"
            )
