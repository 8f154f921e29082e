"""One clear message in place of other libraries' errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from harness.errors import UserError


@contextmanager
def mended() -> Iterator[None]:
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
