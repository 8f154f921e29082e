"""`pte doctor`: what works on this machine, and what to do about the rest."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from harness.cli.options import add_overrides
from harness.doctor.contract import Asked, Check, Status
from harness.doctor.rooms import checks
from harness.doctor.running import Outcome, outcomes
from harness.doctor.summary import as_data, counted, markdown
from harness.errors import UserError
from harness.files import replace_text

SUMMARY = "say what of this machine works, and what to do about the rest"
DESCRIPTION = (
    "Tries what runs need, a line a check: ok, warn, FAIL or skip, with what was seen and the\n"
    "mend. Then a smoke run: a tiny model that comes with this project on the machine's engine\n"
    "(vLLM where it is installed, else transformers), held against transformers on the CPU.\n"
    "A word without '=' is a model (pte doctor qwen2_5_7b, a hub id or a folder): whether it fits\n"
    "the memory and the hub gives it. Other words are overrides, as 'pte run' takes them: runs=,\n"
    "engine.dtype=, cluster.partition=, tracking=wandb, ...\n"
    "It fetches no model and writes to trial folders that it removes. The block at the end has no\n"
    "secret, no name of a user or host and no home folder in it, for an issue.\n"
    "Exit code: 0 nothing failed, 1 something did, 2 cannot be done as asked, 130 interrupted."
)
MODELS = ("model", "ladder")
COLOURS = {Status.OK: "green", Status.WARN: "yellow", Status.FAIL: "bold red", Status.SKIP: "dim"}
INTERRUPTED = 130


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("--quick", action="store_true", help="leave out the smoke run")
    parser.add_argument(
        "--slurm",
        action="store_true",
        help="submit a job of one minute as cluster=... has it, wait for it (5 minutes at most) "
        "and try the shared folder between its node and this machine",
    )
    parser.add_argument(
        "--online", action="store_true", help="ask W&B's server too, though tracking=none"
    )
    parser.add_argument(
        "--only", metavar="CHECKS", help="make these checks alone, by name: --only gpu,cuda,engine"
    )
    parser.add_argument(
        "--json", type=Path, metavar="FILE", help="write all findings there as well"
    )
    add_overrides(parser)


def execute(options: argparse.Namespace) -> int:
    """Make the checks; 1 if one failed."""
    asked = _asked(options)
    asked.config  # noqa: B018  (wrong words end here, before anything is tried)
    chosen = _chosen(checks(), options)
    if options.json and not options.json.absolute().parent.is_dir():
        raise UserError(f"--json {options.json}: there is no folder {options.json.parent}")
    made: list[Outcome] = []
    code = _carried_out(chosen, asked, made)
    if options.json:
        text = json.dumps(as_data(made), indent=1, ensure_ascii=False)
        replace_text(options.json, text + "\n")
    print(f"\n{counted(made)}. To paste into an issue:\n\n{markdown(made)}")
    return code


def _carried_out(chosen: Sequence[Check], asked: Asked, made: list[Outcome]) -> int:
    """Make the checks and print each; the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(check.name) for check in chosen)
    waiting = Console(stderr=True, highlight=False)
    try:
        with waiting.status("") as status:
            for each in outcomes(chosen, asked, lambda check: status.update(escape(check.name))):
                made.append(each)
                _print(console, each, width)
                sys.stdout.flush()
    except KeyboardInterrupt:
        waiting.print("stopped; what was not tried is not below")
        return INTERRUPTED
    return int(any(each.finding.status is Status.FAIL for each in made))


def _print(console: Console, outcome: Outcome, width: int) -> None:
    found = outcome.finding
    colour, name = COLOURS[found.status], outcome.check.name
    console.print(
        f"[{colour}]{found.status:<4}[/]  {name:<{width}}  {escape(found.what)}"
        f"  [dim]{outcome.seconds:.1f} s[/]"
    )
    for line in found.mend.splitlines():
        console.print(f"{'':<{width + 6}}  -> {line}", markup=False)


def _asked(options: argparse.Namespace) -> Asked:
    """What the words mean: a bare one is a model, and the engine is the machine's own."""
    words: list[str] = options.overrides
    bare = [word for word in words if "=" not in word]
    words = [word for word in words if "=" in word]
    if bare:
        words.append(f"model=[{','.join(bare)}]" if len(bare) > 1 else f"model={bare[0]}")
    chosen = {word.partition("=")[0].lstrip("+") for word in words}
    if "engine" not in chosen and find_spec("vllm") is None:
        words.append("engine=transformers")
    return Asked(
        words=tuple(words),
        named=any(name in MODELS or name.startswith("model.") for name in chosen),
        slurm=options.slurm,
        online=options.online,
    )


def _chosen(there: Sequence[Check], options: argparse.Namespace) -> list[Check]:
    """The checks that were asked for, with those that they need.

    Raises:
        UserError: there is no check of such a name.
    """
    if not options.only:
        return [check for check in there if not (options.quick and check.smoke)]
    named = {name.strip() for name in options.only.split(",")}
    if unknown := named - {check.name for check in there}:
        raise UserError(
            f"--only {', '.join(sorted(unknown))}: there is no such check; there are "
            f"{', '.join(check.name for check in there)}"
        )
    named |= {check.needs for check in there if check.name in named}
    return [check for check in there if check.name in named]
