"""One line in place of what Hydra, OmegaConf and YAML say of a configuration file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydra.errors import MissingConfigException
from omegaconf.errors import OmegaConfBaseException
from yaml import MarkedYAMLError

from harness.errors import UserError
from harness.settings.wording import suggestion


@contextmanager
def composition() -> Iterator[None]:
    """Tell what goes wrong while configuration files are read and put together.

    Raises:
        UserError: something did.
    """
    try:
        yield
    except UserError:
        raise
    except Exception as error:  # whatever a file of the user's makes these libraries raise
        raise UserError(_line(error)) from error


def _line(error: Exception) -> str:
    if isinstance(error, MarkedYAMLError) and error.problem_mark is not None:
        mark = error.problem_mark
        place = f"{mark.name}, line {mark.line + 1}, column {mark.column + 1}"
        return f"{place}: this is no YAML: {error.problem}"
    if isinstance(error, MissingConfigException) and error.missing_cfg_file:
        known = list(error.options or ())
        group, _, name = error.missing_cfg_file.rpartition("/")
        choice = f"; choose from {', '.join(known)}" if known else ""
        return (
            f"{group}/{name}: there is no such {group or 'file'}{suggestion(name, known)}{choice}"
        )
    said = [line for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    if isinstance(error, OmegaConfBaseException) and error.full_key:
        return f"{error.full_key}: {said[0]}"
    return f"the configuration cannot be composed: {said[0]}"
