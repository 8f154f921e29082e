"""From command-line overrides to everything a run is made of, by Hydra."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_module
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException
from hydra.utils import instantiate
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from harness.contracts.benchmark import Benchmark
from harness.contracts.pte import PTE
from harness.engines.protocol import EngineConfig, Sampling
from harness.errors import UserError
from harness.models.spec import ModelSpec
from harness.plan.cell import Setting
from harness.plan.plan import Loaded, Request
from harness.plan.sweep import Sweep
from harness.sandbox.contract import SandboxConfig, Tier
from harness.stack import digest
from harness.tracking.settings import WandbConfig

MODULE = "configs"


@dataclass(frozen=True)
class Hardware:
    """What hours are worked out on."""

    name: str
    flop_per_second: float
    utilisation: float

    def hours(self, flop: float) -> float:
        """Hours that `flop` would take."""
        return flop / (self.flop_per_second * self.utilisation) / 3600.0


@dataclass(frozen=True)
class Experiment:
    """A composed and instantiated configuration."""

    request: Request
    hardware: Hardware
    folder: Path
    """Of this run."""
    journal: Path
    sandbox: SandboxConfig
    tracking: WandbConfig | None
    overrides: tuple[str, ...]
    config: str
    """The resolved configuration as YAML, for the run's folder."""


def load(overrides: Sequence[str]) -> Experiment:
    """Compose, instantiate, read the problems; no model is touched.

    Raises:
        UserError: whatever is wrong with what was asked, in one message.
    """
    with _mended():
        return _experiment(composed(overrides), overrides)


def stored(text: str, overrides: Sequence[str]) -> Experiment:
    """The same from the configuration that an earlier command composed and put down.

    Raises:
        UserError: as `load`.
    """
    with _mended():
        config = OmegaConf.create(text)
        if not isinstance(config, DictConfig):
            raise UserError("the stored configuration is not a mapping")
        return _experiment(config, overrides)


def _experiment(config: DictConfig, overrides: Sequence[str]) -> Experiment:
    _check(config)
    benchmarks = {name: _loaded(name, node) for name, node in config.benchmark.items()}
    ptes: dict[str, PTE] = {name: _build(node) for name, node in config.pte.items()}
    models: list[ModelSpec] = [_build(node) for node in config.model.values()]
    engine: EngineConfig = _build(config.engine)
    sweep: Sweep = _build(config.sweep)
    request = Request(
        models=models,
        benchmarks=benchmarks,
        stacks=sweep.build(ptes),
        engine=engine,
        setting=_setting(config),
        replicates=config.replicates,
        greedy_base=config.greedy_base,
        budget=config.budget.multiplier,
    )
    return Experiment(
        request=request,
        hardware=Hardware(**config.hardware),
        folder=run_folder(config),
        journal=Path(config.journal),
        sandbox=_sandbox(config),
        tracking=tracking_of(config.tracking),
        overrides=tuple(overrides),
        config=OmegaConf.to_yaml(config, resolve=True),
    )


def composed(overrides: Sequence[str]) -> DictConfig:
    """The composed configuration, with every PTE that the sweep names in its `pte` group.

    Names in `sweep.ptes` and `sweep.stacks` need not be repeated in `pte=[...]`: a first pass reads
    them, a second composes with all of them.
    """
    with _mended(), initialize_config_module(MODULE, version_base="1.3"):
        # What is set below a PTE has no place to go before that PTE is chosen.
        first = _compose([o for o in overrides if not re.match(r"[^=]*\bpte\.", o)])
        for key in ("ptes", "stacks"):
            _names(f"sweep.{key}", first.sweep[key])
        for stack in first.sweep.stacks:
            _names("sweep.stacks", stack)
        stacks = [name for stack in first.sweep.stacks for name in stack]
        chosen = list(dict.fromkeys([*first.pte, *first.sweep.ptes, *stacks]))
        rest = [o for o in overrides if not o.startswith(("pte=", "sweep.ptes="))]
        groups = [f"pte=[{','.join(chosen)}]", f"sweep.ptes=[{','.join(chosen)}]"]
        return _compose([*rest, *groups])


def _compose(overrides: Sequence[str]) -> DictConfig:
    try:
        return compose("config", overrides=list(overrides))
    except ValueError as error:
        raise UserError(f"{error}: give a name, or a list of names") from error
    except HydraException as error:
        unknown = re.search(r"Could not load '(\w+)/(\w+)'", str(error))
        if unknown is None:
            raise
        # Named in a list; named alone, Hydra says what there is.
        kept = [o for o in overrides if o.startswith("hydra.searchpath=")]
        compose("config", overrides=[*kept, f"{unknown[1]}={unknown[2]}"])
        raise


def _names(setting: str, value: Any) -> None:
    if not isinstance(value, ListConfig):
        raise UserError(f"{setting} must be a list, and {value!r} is none: use [{value}]")


def expand(overrides: Sequence[str]) -> list[list[str]]:
    """The jobs of a multirun: every combination of the overrides that list several values."""
    from hydra._internal.core_plugins.basic_sweeper import BasicSweeper

    with _mended():
        parsed = OverridesParser.create().parse_overrides(list(overrides))
        return [list(job) for batch in BasicSweeper.split_arguments(parsed, None) for job in batch]


def run_folder(config: DictConfig) -> Path:
    """The run's folder: named, or made from the settings, so that the same command resumes."""
    if config.name:
        return Path(config.runs) / str(config.name)
    # Where the problems lie is not what they are: benchmarks repeat `data`. Nor is it what draws,
    # where the servers are that do.
    nowhere = {key: None for key in ("urls", "urls_file") if key in config.engine}
    placeless = OmegaConf.merge(config, {"data": None, "engine": nowhere})
    kept = {
        key: value
        for key, value in OmegaConf.to_container(placeless, resolve=True).items()  # type: ignore[union-attr]
        if key not in ("runs", "journal", "name", "hardware", "cluster", "data", "tracking")
    }
    benchmarks = "+".join(config.benchmark)
    return Path(config.runs) / f"{benchmarks}-{config.sweep.kind}-{digest(repr(kept))[:8]}"


def tracking_of(node: DictConfig | None) -> WandbConfig | None:
    """The settings of a `tracking` block; None where nothing is tracked.

    Raises:
        UserError: one of them is of the wrong kind.
    """
    with _mended():
        return _build(node) if node else None


def is_tracking(word: str) -> bool:
    """Whether an override is about tracking, which decides nothing of a run."""
    return word.startswith(("tracking=", "tracking."))


def tracking_words(words: Sequence[str]) -> WandbConfig | None:
    """The tracking that some words of a command line ask for; None where they ask for none.

    Raises:
        UserError: there is no such setting, or it is of the wrong kind.
    """
    asked = [word for word in words if is_tracking(word)]
    return tracking_of(composed(asked).tracking) if asked else None


def _check(config: DictConfig) -> None:
    """Settings of the root whose type nothing else looks at before a run is under way."""
    for key in ("replicates", "seed", "context_window"):
        if type(config[key]) is not int:
            raise UserError(f"{key} is {config[key]!r}: give a whole number")
    if config.limit is not None and (type(config.limit) is not int or config.limit < 1):
        raise UserError(f"limit is {config.limit!r}: give a whole number from 1, or null for all")
    if not isinstance(config.runs, str):
        raise UserError(f"runs is {config.runs!r}: give a folder")
    if not isinstance(config.sampling, DictConfig):
        raise UserError("sampling is set role by role: sampling.solve.temperature=0.7")
    for role, values in config.sampling.items():
        for key, value in values.items():
            if type(value) not in (int, float) or value < 0:
                name = f"sampling.{role!s}.{key!s}"
                raise UserError(f"{name} is {value!r}: give a number from 0")


def _loaded(name: str, node: DictConfig) -> Loaded:
    benchmark: Benchmark = _build(node)
    return Loaded(benchmark, benchmark.task(), benchmark.load())


def _sandbox(config: DictConfig) -> SandboxConfig:
    tier, workers = config.sandbox.tier, config.sandbox.workers
    if tier is not None and tier not in list(Tier):
        raise UserError(f"sandbox.tier is {tier!r}: give {', '.join(Tier)}, or null")
    if workers is not None and (type(workers) is not int or workers < 1):
        raise UserError(f"sandbox.workers is {workers!r}: give a whole number from 1, or null")
    return SandboxConfig(tier=None if tier is None else Tier(tier), workers=workers)


def _setting(config: DictConfig) -> Setting:
    sampling = {str(role): Sampling(**values) for role, values in config.sampling.items()}
    kept = {k: v for k, v in config.engine.items() if k in ("_target_", "dtype", "quantisation")}
    if "file" in config.engine:
        kept["file"] = config.engine.file
    return Setting(
        engine=repr(kept),
        sampling=sampling,
        context_window=config.context_window,
        seed=config.seed,
    )


def _build(node: DictConfig) -> Any:
    return instantiate(node, _convert_="all")


@contextmanager
def _mended() -> Iterator[None]:
    """Turn Hydra's errors into one clear message, and find ours inside them."""
    try:
        yield
    except (HydraException, OmegaConfBaseException) as error:
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, UserError):
                raise cause from None
            cause = cause.__cause__
        raise UserError(_plain(error)) from error


def _plain(error: Exception) -> str:
    """Hydra's message without its hints about itself, with a mend, choices on one line."""
    text = str(error).replace(", set env var HYDRA_FULL_ERROR=1 to see chained exception.", "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    hints = (
        "HYDRA_FULL_ERROR",
        "object_type=",
        "provider=",
        "Config search path:",
        "To append to your config use",  # it would add a setting that nothing reads
    )
    kept = [line for line in lines if not any(hint in line for hint in hints)]
    choices = [n for n, line in enumerate(kept) if line.startswith("Available options")]
    if choices:
        kept[choices[0] :] = [f"{kept[choices[0]]} {', '.join(kept[choices[0] + 1 :])}"]
    if error.__cause__ is not None and "Error locating target" in text:
        kept.append(f"{error.__cause__}. Is its module installed, or on PYTHONPATH?")
    mends = (mend for sign, mend in MENDS.items() if sign in text)
    return "\n".join([*(kept or lines), *mends])


MENDS = {
    "Could not override": "There is no such setting: a PTE's are there once it is named in "
    "pte=[...] or sweep.ptes=[...]; configs/GROUP/NAME.yaml lists them, and 'pte plan --help' "
    "the groups and top-level settings.",
    "Missing mandatory value": "Set it on the command line: NAME=VALUE.",
    "Could not find": "A file of your own needs the first line '# @package GROUP.NAME' and its "
    "folder in hydra.searchpath=[file://FOLDER].",
    "no viable alternative": "Put quotes around values with brackets: 'pte=[few_shot]'.",
}
"""What to do about Hydra's errors, by words that occur in them."""
