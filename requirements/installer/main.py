"""The installation, step by step; what is there already is not done again."""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from installer import venv
from installer.choice import STACKS, VLLM_ON_CPU, Choice, choose, with_transformers
from installer.errors import InstallError
from installer.imports import trouble
from installer.machine import look
from installer.pip import must_install, python_of
from installer.torch import complete_torch, install_torch

REQUIREMENTS = Path(__file__).resolve().parents[1]
CUDA_BUILT = (
    "assert torch.version.cuda, 'it is a CPU build; after make clean, another is installed'"
)
KERNELS = "from vllm.platforms import current_platform; current_platform.import_kernels()\n"
KERNELS += "import torch; torch.ops._C.silu_and_mul"
"""Loads vLLM's compiled part, which fits one release of torch, and finds an operation of it."""


def main(arguments: Sequence[str]) -> int:
    """Installs; 0, or 1 with one message."""
    parser = argparse.ArgumentParser(prog="install.py", description=__doc__)
    parser.add_argument("folder", type=Path, help="of the virtual environment, such as .venv")
    parser.add_argument("--stack", default="auto", help=f"one of {', '.join(STACKS)}")
    parser.add_argument("--dev", action="store_true", help="what tests and checks need, on top")
    parser.add_argument("--docs", action="store_true", help="what builds the site, and that alone")
    options = parser.parse_args(arguments)
    try:
        if options.dev:
            add_dev(options.folder)
        elif options.docs:
            install_docs(options.folder)
        else:
            install_all(options.folder, options.stack)
    except InstallError as error:
        print(f"install: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("install: interrupted; the same command goes on", file=sys.stderr)
        return 130
    return 0


def install_all(folder: Path, wanted: str) -> None:
    """What the demo needs on this machine; the settings for it go into the folder's `.installed`.

    Raises:
        InstallError: It cannot be done here; says why and what to do.
    """
    choice = choose(look(), wanted)
    print(f"Installing into {folder}: {choice.why}", flush=True)
    venv.make(folder)
    _refuse_full_disk(folder, choice)
    pin = REQUIREMENTS / "torch.txt"
    with _step(pin.read_text().strip()):
        install_torch(folder, pin, choice)
    with _step(f"everything else (requirements/{choice.pins})"):
        _install_list(folder, choice.pins)
        ours = ("--no-deps", "--no-build-isolation", "-e", str(REQUIREMENTS.parent))
        must_install(folder, "this project", *ours)
    with _step("a look whether it imports"):
        complete_torch(folder, pin)
        choice = _checked(folder, choice)
    (folder / ".installed").write_text(choice.settings + "\n")
    print(f"Ready: {choice.why}; pte is told {choice.settings}", flush=True)


def add_dev(folder: Path) -> None:
    """What tests and checks need, into an environment that `install_all` made.

    Raises:
        InstallError: Pip failed.
    """
    with _step("what tests and checks need (requirements/dev.txt)"):
        _install_list(folder, "dev.txt")
    (folder / ".installed-dev").touch()


def install_docs(folder: Path) -> None:
    """What the site is built with, into an environment of its own.

    Raises:
        InstallError: Pip failed, or this Python lacks what it takes.
    """
    print(f"Installing into {folder}:", flush=True)
    venv.make(folder)
    with _step("what builds the site (requirements/docs.txt)"):
        _install_list(folder, "docs.txt")
    (folder / ".installed").touch()


def _install_list(folder: Path, name: str) -> None:
    # --no-deps: the lists are whole, and leave out what packages name and this project never loads.
    listed = str(REQUIREMENTS / name)
    must_install(folder, f"requirements/{name}", "--no-deps", "--require-hashes", "-r", listed)


def _checked(folder: Path, choice: Choice) -> Choice:
    """The choice, seen to import; without vLLM where on a CPU only that does not.

    Raises:
        InstallError: What the choice stands on does not import.
    """
    python = python_of(folder)
    on_gpu = choice.pins == "gpu.txt"
    needed = [("torch", CUDA_BUILT), ("vllm", "")] if on_gpu else []
    for module, after in (("transformers", "from transformers import PreTrainedModel"), *needed):
        if wrong := trouble(python, module, after):
            raise InstallError(wrong.words)
    if choice.settings != VLLM_ON_CPU:
        return choice
    wrong = trouble(python, "vllm", KERNELS)
    return with_transformers(choice, f"vLLM does not load: {wrong.words}") if wrong else choice


def _refuse_full_disk(folder: Path, choice: Choice) -> None:
    if (folder / ".installed").exists():
        return
    free = shutil.disk_usage(folder).free / 1e9
    if free < choice.gigabytes:
        raise InstallError(
            f"{folder.resolve()} has {free:.1f} GB free, and this needs {choice.gigabytes:g}"
        )


@contextmanager
def _step(what: str) -> Iterator[None]:
    print(f"- {what} ...", flush=True)
    began = time.monotonic()
    yield
    print(f"  done in {time.monotonic() - began:.0f} s", flush=True)
