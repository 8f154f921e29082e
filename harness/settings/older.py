"""Settings that were once called otherwise: words of older commands, and stored configurations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from omegaconf import DictConfig, OmegaConf

from harness.settings.root import BudgetBlock, RehearsalBlock
from harness.settings.wording import shown_value

GREEDY_BASE = "greedy_base"
"""Became `greedy`: true is `base`, false is `none`."""
SAID = {"true": "base", "false": "none"}
BEFORE = BudgetBlock(multiplier=None, cost="gross", keep_full=False)
"""What a budget meant before it had these settings."""


def read_words(overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words of a command in today's names, and a line for each that cannot be told."""
    words, problems = [], []
    for word in overrides:
        name, given, value = word.partition("=")
        if name != GREEDY_BASE or not given:
            words.append(word)
        elif all(each in SAID for each in value.lower().split(",")):  # of a multirun, several
            words.append(f"greedy={','.join(SAID[each] for each in value.lower().split(','))}")
        else:
            problems.append(
                f"{GREEDY_BASE} is {shown_value(value)}: give true or false, "
                "or say greedy=all, greedy=base or greedy=none"
            )
    return words, problems


def complete(config: DictConfig) -> None:
    """Give a stored configuration what it lacks, with what was meant before there was a setting."""
    if GREEDY_BASE in config:
        config["greedy"] = SAID[str(config.pop(GREEDY_BASE)).lower()]
    # A run that was begun before plans rehearsed is stored without how they do it.
    if "rehearsal" not in config:
        config["rehearsal"] = asdict(RehearsalBlock())
    budget = config.get("budget")
    if OmegaConf.is_dict(budget):
        for name, value in asdict(BEFORE).items():
            if name not in budget:
                budget[name] = value


def in_old_terms(root: Mapping[str, Any]) -> dict[str, Any]:
    """Top-level settings as a run's name has always described them: which arms decode greedily was
    whether the base does, and `greedy` says what is more."""
    described = {**root, GREEDY_BASE: root["greedy"] != "none"}
    # What `paper` sets lies in the PTEs.
    described["budget"] = {name: each for name, each in root["budget"].items() if name != "paper"}
    return described | ({"greedy": "all"} if root["greedy"] == "none" else {})
