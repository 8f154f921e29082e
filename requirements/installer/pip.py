"""Pip in the virtual environment, and whether an index answers."""

from __future__ import annotations

import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from installer.errors import InstallError

FLAGS = ("--disable-pip-version-check", "--no-input", "--timeout", "20", "--retries", "2")
"""Nothing waits for minutes at an index that does not answer."""
LAST = 25
"""Lines of pip's words that are shown where it failed."""


def python_of(venv: Path) -> Path:
    """The environment's own Python."""
    return venv / "bin" / "python"


def install(venv: Path, *arguments: str) -> bool:
    """`pip install` with these arguments; whether it went through.

    Pip's own words are shown where it did not: what it warns of on the way (of a folder that is not
    there, for each package) is nothing to a user for whom all went well.
    """
    command = [str(python_of(venv)), "-m", "pip", *FLAGS, "install", "--quiet"]
    command += ["--no-warn-conflicts"]  # what the lists leave out is none
    done = subprocess.run([*command, *arguments], stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        print(*done.stderr.splitlines()[-LAST:], sep="\n", file=sys.stderr)
    return done.returncode == 0


def must_install(venv: Path, what: str, *arguments: str) -> None:
    """`install`, where there is no going on without.

    Raises:
        InstallError: Pip failed; its own words are above.
    """
    if not install(venv, *arguments):
        raise InstallError(
            f"pip could not install {what}: its own words are above. Where the network failed, the "
            "same command goes on from here. A proxy or an index of your own belongs into pip's "
            "configuration (pip config list shows it)"
        )


def installed(venv: Path, package: str) -> str | None:
    """The version of a package in the environment, without its build (+cpu); None where absent."""
    code = f"from importlib.metadata import version; print(version({package!r}))"
    command = [str(python_of(venv)), "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip().partition("+")[0] if done.returncode == 0 else None


def answers(url: str, seconds: float = 5.0) -> bool:
    """Whether something speaks HTTP there and has the page; asked once."""
    try:
        with urllib.request.urlopen(url, timeout=seconds):
            return True
    except urllib.error.HTTPError:
        return False
    except urllib.error.URLError as error:
        # It is there; pip may know the certificate that this Python does not.
        return isinstance(error.reason, ssl.SSLError)
    except OSError:
        return False
