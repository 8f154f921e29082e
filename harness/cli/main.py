"""`pte VERB ...`: finds the verb, prints one clear message where the user can mend something."""

from __future__ import annotations

import argparse
import logging
import os
import select
import sys
import warnings
from collections.abc import Sequence
from importlib.metadata import entry_points
from typing import Any

from harness import __version__, interrupts
from harness.cli import (
    doctor,
    plan,
    results,
    run,
    serve,
    settings,
    show,
    status,
    track,
    train,
    work,
)
from harness.cli.options import searching
from harness.console import Console
from harness.errors import EngineLostError, UserError
from harness.visible import visible

VERBS = {
    "plan": plan,
    "settings": settings,
    "run": run,
    "train": train,
    "work": work,
    "serve": serve,
    "status": status,
    "results": results,
    "show": show,
    "track": track,
    "doctor": doctor,
}
GROUP = "pte.verbs"
"""Entry points under which other packages declare verbs: modules made like those of `VERBS`."""
WORDS = ("overrides", "runs", "words")
"""Arguments of verbs that hold words which may stand on either side of the options."""


class Broken:
    """Stands for a declared verb that cannot be imported, and says so where it is asked for."""

    def __init__(self, name: str, error: Exception) -> None:
        self.SUMMARY = self.DESCRIPTION = f"cannot be loaded: {type(error).__name__}: {error}"
        self.message = f"the verb {name} {self.SUMMARY}; install its package again"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take no options: none are known of a verb that cannot be imported."""

    def execute(self, options: argparse.Namespace) -> int:
        """Refuse the verb, with what its import said."""
        raise UserError(self.message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return its exit code.

    0 done; 1 done, but something failed on the way; 2 the request cannot be carried out as asked;
    130 interrupted, resumable; 141 whoever read the output (`pte results | head`) has gone.
    """
    logging.basicConfig(level=logging.WARNING)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(VisibleFormatter("%(levelname)s: %(message)s"))
    warnings.formatwarning = lambda message, *_: f"warning: {visible(str(message))}\n"
    given = list(sys.argv[1:] if arguments is None else arguments)
    verbs = _verbs(given)
    try:
        options = _parsed(given, verbs)
        code: int = verbs[options.verb].execute(options)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        if not _reader_has_gone():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what Python still flushes at its end
        return 141
    except UserError as error:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"pte: {error}", markup=False)
        return 2
    except KeyboardInterrupt:
        sys.stderr.write(f"{interrupts.LINE}\n")
        return interrupts.CODE
    except EngineLostError as error:
        sys.stderr.write(
            f"pte: {visible(str(error))}\n"
            "Every finished draw is kept: run the same command again.\n"
        )
        return 1


class VisibleFormatter(logging.Formatter):
    """Writes out the control characters of what is logged, which may be a server's words."""

    def format(self, record: logging.LogRecord) -> str:
        return visible(super().format(record))


def _reader_has_gone() -> bool:
    """Whether standard output is a pipe that nobody reads any more."""
    poll = select.poll()
    poll.register(1, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _verbs(given: Sequence[str]) -> dict[str, Any]:
    """Our own verbs, then those of other packages by name; ours are never replaced.

    The others may be slow to import, or broken: where the command names one, it is imported alone.
    """
    verbs: dict[str, Any] = dict(VERBS)
    if given and given[0] in VERBS:
        return verbs
    points = sorted(entry_points(group=GROUP), key=lambda point: point.name)
    for point in [each for each in points if given and each.name == given[0]] or points:
        if point.name in verbs:
            continue
        try:
            verbs[point.name] = point.load()
        except Exception as error:  # whatever it is, it must not cost the other verbs
            verbs[point.name] = Broken(point.name, error)
    return verbs


def _parsed(given: Sequence[str], verbs: dict[str, Any]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="pte",
        description="Measures what post-training enhancements (PTEs) add to a fixed model, "
        "and how they combine.",
    )
    parser.add_argument("--version", action="version", version=f"pte {__version__}")
    subparsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    for name, module in verbs.items():
        verb = subparsers.add_parser(
            name,
            help=module.SUMMARY.replace("%", "%%"),
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(verb)
    options, further = parser.parse_known_args(given)
    if isinstance(verbs[options.verb], Broken):
        return options
    # Words may stand on either side of an option, which argparse alone does not allow.
    words = next((getattr(options, name) for name in WORDS if hasattr(options, name)), None)
    if further and (words is None or any(word.startswith("-") for word in further)):
        parser.error(f"unrecognized arguments: {' '.join(further)}")
    if words is not None:
        words.extend(further)
        words[:] = searching(options.conf, words) if getattr(options, "conf", None) else words
    return options


if __name__ == "__main__":
    sys.exit(main())
