"""From command-line overrides to one configuration, by Hydra."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from harness.anchor import CONFIGS
from harness.errors import UserError
from harness.settings.checking import problems_of
from harness.settings.choices import Choices
from harness.settings.files import folders, unreadable
from harness.settings.messages import composition
from harness.settings.models import resolve_places, settle_compute
from harness.settings.names import stray, unknown, unlisted
from harness.settings.older import read_words
from harness.settings.overrides import SEARCHPATH, Word, lost_places, read
from harness.settings.papers import paper_words
from harness.settings.roles import additions, declared_by, role_problems
from harness.settings.wording import refuse, shown_value, suggestion

MOST_JOBS = 10_000
"""Runs of one multirun at most."""


def composed(overrides: Sequence[str]) -> DictConfig:
    """The composed configuration, with every PTE that the sweep names in its `pte` group; each
    setting of it is one that there is, and may be what it is.

    Names in `sweep.ptes` and `sweep.stacks` need not be repeated in `pte=[...]`: a first pass reads
    them, a second composes with all of them.

    Raises:
        UserError: something is wrong with the overrides or with a configuration file; a line each.
    """
    overrides, older = read_words(overrides)
    words, problems = read(overrides)
    problems += older
    places = [word for word in words if word.key == SEARCHPATH]
    refuse([*problems, *_places(places)])
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        loader, own = GlobalHydra.instance().config_loader(), [word.text for word in places]
        words = resolve_places(words, Choices(loader, own))
        choices = Choices(loader, own)
        chosen = [word for word in words if choices.is_choice(word)]
        values = [word for word in words if word not in chosen and word not in places]
        refuse([*problems, *_choices(chosen, choices)])
        return _whole(places, chosen, values, choices)


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The jobs of a multirun: every combination of the overrides that list several values.

    Raises:
        UserError: a word cannot be read; a line each.
    """
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    overrides, older = read_words(overrides)
    words, problems = read(overrides, sweeps=True)
    problems += older
    refuse(problems)
    jobs = 1
    with composition():
        for word in words:
            if word.parsed.is_sweep_override():
                jobs *= sum(1 for _ in islice(word.parsed.sweep_iterator(), MOST_JOBS + 1))
        if jobs == 0:
            raise UserError("these words stand for no run at all: a range is empty")
        if jobs > MOST_JOBS:
            raise UserError(f"these words stand for more than {MOST_JOBS} runs: name fewer values")
        parsed = OverridesParser.create().parse_overrides([word.text for word in words])
        batches = BasicSweeper.split_arguments(parsed, None)
        return [list(job) for batch in batches for job in batch]


def _places(words: Sequence[Word]) -> list[str]:
    if len(words) > 1:
        return [f"{SEARCHPATH} is given {len(words)} times: give all folders in one list"]
    return [line for word in words for line in lost_places(word)]


def _choices(words: Sequence[Word], choices: Choices) -> list[str]:
    """What is wrong with the choices of groups, each by itself and together."""
    results = [line for word in words for line in choices.problems(word)]
    by_name = {word.name: word for word in words}
    ladder, model = by_name.get("ladder"), by_name.get("model")
    if ladder and model and ladder.parsed.value() is not None:
        results.append(
            f"{ladder.text} and {model.text} both choose the models: leave one of them out"
        )
    return results


def _whole(
    places: Sequence[Word], chosen: Sequence[Word], values: Sequence[Word], choices: Choices
) -> DictConfig:
    """The checked configuration of words that can be read and choices that there are."""
    own, files = folders(places), [each for word in chosen for each in _files(word)]
    refuse(unreadable(own, files))
    names = _swept(_first(places, chosen, values), chosen, choices)
    refuse(unreadable(own, [("pte", name) for name in names]))
    others = [word for word in chosen if word.name != "pte"]
    refuse(line for word in others if (line := stray(word.name, word.parsed.package, names)))
    groups = [*(word.text for word in (*places, *others)), f"pte=[{','.join(names)}]"]
    groups += _roles(groups if names else None, values)
    groups += _papers(groups, values)
    sweep = f"sweep.ptes=[{','.join(names)}]"
    kept = [word for word in values if word.key != "sweep.ptes"]
    try:
        config = compose("config", [*groups, *(word.text for word in kept), sweep])
    except Exception:  # of many kinds: the words are looked at one by one, and each is told
        bare = _compose(groups)
        added = [word for word in kept if unlisted(word, bare)]
        lines = {word: None if word in added else unknown(word, bare, choices) for word in kept}
        right = [f"++{w.text}" if w in added else w.text for w in kept if not lines[w]]
        message = [line for line in lines.values() if line]
        try:
            config = _compose([*groups, *right, sweep])
        except UserError as error:
            refuse([*message, str(error)])
        refuse([*message, *problems_of(config)])
    else:
        refuse(problems_of(config))
    settle_compute(config, kept, lambda: _compose(groups))
    return config


def _roles(groups: Sequence[str] | None, values: Sequence[Word]) -> list[str]:
    """Words that give each role of the sweep's PTEs its sampling; None where it has no PTE."""
    declared, problems = declared_by(_compose(groups).pte) if groups else ({}, [])
    refuse([*problems, *role_problems(declared, values)])
    return additions(declared)


def _papers(groups: Sequence[str], values: Sequence[Word]) -> list[str]:
    """Words that give the sweep's PTEs their papers' settings, where `budget.paper` says so; the
    user's come after them."""
    said = [word.text for word in values if word.key == "budget.paper"]
    try:
        config = compose("config", [*groups, *said])
    except Exception:  # told where all words are
        return []
    return paper_words(config) if config.budget.get("paper") is True else []


def _files(word: Word) -> Iterator[tuple[str, str]]:
    """Group and name of each file that a word chooses."""
    chosen = word.parsed.value()
    for each in chosen if isinstance(chosen, list) else [chosen]:
        if each is not None:
            yield word.key, str(each)


def _compose(words: Sequence[str]) -> DictConfig:
    with composition():
        return compose("config", list(words))


def _first(places: Sequence[Word], chosen: Sequence[Word], values: Sequence[Word]) -> DictConfig:
    """A composition that knows which PTEs are asked for, but not yet their settings."""
    above = [
        word.text
        for word in (*places, *chosen)
        if not (word.parsed.package or "").startswith("pte.")
    ]
    sweep = [word.text for word in values if word.key.partition(".")[0] == "sweep"]
    try:
        return compose("config", [*above, *sweep])
    except Exception:  # a setting that there is not, which is told in its turn
        return _compose(above)


def _swept(first: DictConfig, chosen: Sequence[Word], choices: Choices) -> list[str]:
    """Names of all PTEs that the command asks for, each once.

    Raises:
        UserError: what should be a list of names is none, or there is no such PTE.
    """
    sweep = OmegaConf.to_container(first.sweep, resolve=True)
    ptes = sweep.get("ptes") if isinstance(sweep, dict) else None
    stacks = sweep.get("stacks") if isinstance(sweep, dict) else None
    problems = [*_names("sweep.ptes", ptes), *_lists("sweep.stacks", stacks)]
    refuse(problems)
    named = [name for stack in (ptes or [], *(stacks or [])) for name in stack]
    known = choices.of("pte")
    refuse(
        f"pte/{name}: there is no such pte; choose from {', '.join(known)}{suggestion(name, known)}"
        for name in named
        if name not in known
    )
    words = [word.parsed.value() for word in chosen if word.name == "pte"]
    given: Any = words[-1] if words else [*first.pte]
    return [*dict.fromkeys([*([given] if isinstance(given, str) else given), *named])]


def _lists(setting: str, value: Any) -> Iterator[str]:
    if value is not None and not isinstance(value, list):
        yield f"{setting} is {shown_value(value)}: give a list of lists, {setting}=[[few_shot],[]]"
        return
    for each in value or []:
        yield from _names(setting, each)


def _names(setting: str, value: Any) -> Iterator[str]:
    if value is None or (isinstance(value, list) and all(isinstance(v, str) for v in value)):
        return
    one = f"[{value}]" if isinstance(value, str) else "[NAME,NAME]"
    yield f"{setting} is {shown_value(value)}: give a list of names, {one}"
