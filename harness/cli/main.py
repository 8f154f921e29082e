"""`pte VERB ...`: finds the verb, prints one clear message where the user can mend something."""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from collections.abc import Sequence

from rich.console import Console

from harness import __version__
from harness.cli import plan, results, run, show, status
from harness.errors import EngineLostError, UserError

VERBS = {"plan": plan, "run": run, "status": status, "results": results, "show": show}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit code.

    0 done; 1 done, but something failed on the way; 2 the request cannot be carried out as asked;
    130 interrupted, resumable.
    """
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    warnings.formatwarning = lambda message, *_: f"warning: {message}\n"
    parser = argparse.ArgumentParser(
        prog="pte",
        description="Measures what post-training enhancements (PTEs) add to a fixed model, "
        "and how they combine.",
    )
    parser.add_argument("--version", action="version", version=f"pte {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in VERBS.items():
        verb = verbs.add_parser(
            name,
            help=module.SUMMARY,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(verb)
    options, further = parser.parse_known_args(arguments)
    # Words may stand on either side of an option, which argparse alone does not allow.
    if any(word.startswith("-") for word in further):
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    words = "overrides" if hasattr(options, "overrides") else "runs"
    getattr(options, words).extend(further)
    try:
        code: int = VERBS[options.verb].execute(options)
        return code
    except UserError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"pte: {error}", markup=False)
        return 2
    except EngineLostError as error:
        sys.stderr.write(
            f"pte: {error}\nEvery finished draw is kept: run the same command again.\n"
        )
        return 1


if __name__ == "__main__":
    sys.exit(main())
