"""What several verbs share: overrides, folders of runs, and the help on the configuration."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from harness.anchor import CONFIGS
from harness.errors import UserError
from harness.settings.allowed import allowed
from harness.settings.composing import composed
from harness.settings.folder import run_folder
from harness.settings.parameters import parameters
from harness.settings.root import Root

GROUPS = (
    "model",
    "ladder",
    "benchmark",
    "pte",
    "sweep",
    "engine",
    "budget",
    "hardware",
    "cluster",
    "tracking",
)
NOT_SETTINGS = ("defaults", "pte", "hydra")
"""Blocks of the root configuration that are not for setting."""


def configuration_help() -> str:
    """The groups with their choices and the top-level settings, read from the configs."""
    lines = [
        "overrides are Hydra's: GROUP=NAME, GROUP=[NAME,NAME], GROUP.NAME.SETTING=VALUE",
        "'pte settings GROUP.NAME' lists what can be set of one, and what it may be",
        "",
    ]
    lines.append("groups:")
    for group in GROUPS:
        names = sorted(entry.name[:-5] for entry in (CONFIGS / group).iterdir() if entry.is_file())
        names = [name for name in names if not name.startswith("__init__")]
        lines += _wrapped(f"  {group:10}", names)
    lines += ["", "settings:"]
    for settings, comment in _settings((CONFIGS / "config.yaml").read_text()):
        lines += [f"  {setting}{_may_be(setting)}" for setting in settings]
        lines.append(f"      {comment}")
    return "\n".join(lines)


def _may_be(setting: str) -> str:
    """What a setting of the top level may be, to stand behind it; nothing of other settings."""
    known = parameters(Root).known.get(setting.partition(":")[0])
    return f"   ({allowed(known.hint)})" if known else ""


def _settings(text: str) -> list[tuple[list[str], str]]:
    """Top-level settings, and those of a block under its name, with the comment above them."""
    result: list[tuple[list[str], str]] = []
    comment: list[str] = []
    block = ""
    for line in text.splitlines():
        if line.strip().startswith("#"):
            comment += [line.removeprefix("# ")] if line.startswith("#") else []
            continue
        if line and not line.startswith(" "):
            block = line.partition(":")[0]
        if block in NOT_SETTINGS:
            comment = []
        elif line and line != f"{block}:":
            if comment:
                result.append(([], " ".join(comment)))
            result[-1][0].append(f"{block}.{line.strip()}" if line.startswith(" ") else line)
            comment = []
    return result


def _wrapped(head: str, names: Sequence[str], width: int = 96) -> list[str]:
    lines, line = [], head
    for name in names:
        if len(line) + len(name) + 1 > width:
            lines.append(line)
            line = " " * len(head)
        line += f" {name}"
    return [*lines, line]


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """Take Hydra overrides."""
    parser.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="see below")
    add_conf(parser)
    written = parser.format_help

    def format_help() -> str:
        parser.epilog = configuration_help()  # read where somebody asks for it
        return written()

    parser.format_help = format_help  # type: ignore[method-assign]


def add_runs(parser: argparse.ArgumentParser) -> None:
    """Take folders of runs, or the overrides that a run was started with."""
    parser.add_argument(
        "runs",
        nargs="*",
        metavar="RUNS",
        help="folders of runs, or folders that hold some (default: runs); "
        "or the overrides that a run was started with",
    )
    add_conf(parser)


def add_conf(parser: argparse.ArgumentParser) -> None:
    """Take folders with configurations of the user's own."""
    parser.add_argument(
        "--conf",
        action="append",
        metavar="FOLDER",
        help="a folder with configurations of your own: pte/NAME.yaml, benchmark/NAME.yaml, ...",
    )


def searching(folders: Sequence[str], overrides: Sequence[str]) -> list[str]:
    """The overrides with one that has configurations looked for in these folders, too.

    Raises:
        UserError: a folder is absent or holds no group, or Hydra's own way is taken as well.
    """
    if any(override.startswith("hydra.searchpath=") for override in overrides):
        raise UserError("--conf and hydra.searchpath are two ways to the same: give one of them")
    places = []
    for folder in map(Path, folders):
        if not folder.is_dir():
            raise UserError(f"--conf {folder}: there is no such folder")
        if not any((folder / group).is_dir() for group in GROUPS):
            raise UserError(
                f"--conf {folder}: it has no folder of the name of a group ({', '.join(GROUPS)}); "
                f"a PTE of your own is in {folder}/pte/NAME.yaml"
            )
        places.append(f"file://{folder.resolve()}")
    return [f"hydra.searchpath=[{','.join(places)}]", *overrides]


def add_own_word(parser: argparse.ArgumentParser) -> None:
    """Take what a run's folder may name although somebody else made it: modules, a journal."""
    parser.add_argument(
        "--code",
        action="append",
        default=[],
        metavar="MODULE",
        help="a module that the run's folder may have imported although somebody else made it",
    )
    parser.add_argument(
        "--journal",
        type=Path,
        metavar="FOLDER",
        help="the journal that the run's folder may name although somebody else made it",
    )


def add_format(parser: argparse.ArgumentParser) -> None:
    """Take an output format."""
    parser.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="how to print it"
    )


def run_folders(arguments: Sequence[str]) -> list[Path]:
    """The runs that the arguments name.

    Raises:
        UserError: there are none.
    """
    overrides = [argument for argument in arguments if "=" in argument]
    roots = [Path(argument) for argument in arguments if "=" not in argument]
    if overrides:
        roots.append(run_folder(composed(overrides)))
    results = [path.parent for root in roots or [Path("runs")] for path in _plans(root)]
    if not results:
        where = ", ".join(map(str, roots or [Path("runs")]))
        raise UserError(f"no run in {where}: give a run's folder, or start one with 'pte run'")
    return results


def _plans(root: Path) -> list[Path]:
    return (
        [root / "plan.json"] if (root / "plan.json").exists() else sorted(root.glob("*/plan.json"))
    )
