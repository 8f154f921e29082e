"""`pte settings`: what can be set, what it is and what it may be."""

from __future__ import annotations

import argparse
import sys

from harness.cli.options import add_conf
from harness.settings.files import folders
from harness.settings.listing import choices, listed
from harness.settings.overrides import read
from harness.settings.wording import refuse

SUMMARY = "what can be set of a PTE, benchmark, engine, ..., and what it may be"
DESCRIPTION = (
    "Lists the settings of GROUP.NAME, such as pte.few_shot, engine.vllm or hardware.a100: each\n"
    "with its value, what it may be, and what it does. Without a name, those of the top level and\n"
    "what there is of each group."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare this verb's options."""
    parser.add_argument("words", nargs="*", metavar="GROUP.NAME", help="what to list")
    add_conf(parser)


def execute(options: argparse.Namespace) -> int:
    """List settings."""
    words, problems = read([word for word in options.words if "=" in word])
    refuse(problems)
    places = folders(words)
    names = [word for word in options.words if "=" not in word]
    for name in names or [""]:
        result = listed(name, places)
        if not result:
            sys.stdout.write(f"{name} has no settings\n")
        for each in result:
            sys.stdout.write(f"{each.name}: {each.value}\n    {each.may_be}\n")
            if each.comment:
                sys.stdout.write(f"    {each.comment}\n")
    if not names:
        for group, there in sorted(choices(places).items()):
            sys.stdout.write(f"{group}: {' '.join(sorted(there))}\n")
    return 0
