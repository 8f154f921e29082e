"""What must not be in the repository: one machine's paths, registries, code that nobody calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from vulture import Vulture

from tests.project.repository import PACKAGES, ROOT, tracked

LARGEST = 2_000_000
"""Bytes; what is larger is data."""
FORBIDDEN = {
    "/" + "work/": "a path of one machine",
    "/" + "root/": "a path of one machine",
    "pypi" + ".org": "the host of a package registry",
    "pythonhosted" + ".org": "the host of a package registry",
    "registry.npmjs" + ".org": "the host of a package registry",
}

CALLED_FROM_ELSEWHERE = {
    "WeightSwap": "vLLM is given its dotted path",
    "swap_weights": "vLLM calls it by name in its workers",
    "formatwarning": "the standard library's hook",
    "__qualname__": "read by whoever prints a function",
    "pre_tokenizer": "read by the tokenizers library",
    "_n_gpu": "read by transformers' trainer",
    "decoder": "read by the tokenizers library",
    "normalizer": "read by the tokenizers library",
    "post_processor": "read by the tokenizers library",
    "find_class": "pickle calls it",
    "do_GET": "the standard library's server calls it",
    "log_message": "the standard library's server calls it",
    "persistent_load": "pickle calls it",
    "scroll": "one of the browser's actions, chosen by name",
    "GEOMETRIC": "a convention, chosen by its value",
    "frame": "a run's records, for those who hold a runner",
    "contains": "what a set of ratios is for",
    "bounded": "part of the public Estimate",
    "segments": "part of the journal's report",
    "duplicates": "part of the journal's report",
    "TableBenchmark": "a user's YAML builds it",
    "same_weights": "the user's word; settings.models reads it as a setting",
    "prompts": "what a user's own test looks at",
    "EXEC": "chosen by its value",
    "licence": "a reward model's config states it for its readers",
    **dict.fromkeys(
        ("SEM_VALUE_MAX", "handle", "_get_value", "_is_zero", "SemLock", "sem_unlink"),
        "what multiprocessing asks of its semaphores",
    ),
}
"""Names that vulture takes for unused, and who uses them."""
WRITTEN_WHOLE = {
    "analysis.forecast.measured.values",
    "analysis.forecast.trends",
    "analysis.ceg.potency",
    "harness.artefacts.contract",
    "harness.records.run_plan",
    "harness.run.signs",
}
"""Modules of which classes are written field by field into tables, or held against stored files."""


def test_nothing_speaks_of_one_machine_or_of_registries() -> None:
    results = [
        f"{path.relative_to(ROOT)}: {word} ({why})"
        for path in tracked()
        if path.stat().st_size < LARGEST
        for word, why in FORBIDDEN.items()
        if word.encode() in path.read_bytes()
    ]
    assert not results


def test_nothing_is_there_that_only_tests_use() -> None:
    finder = Vulture(ignore_names=["__dir__", "__getattr__"], ignore_decorators=["@alt.theme.*"])
    finder.scavenge([str(ROOT / package) for package in PACKAGES])
    built = set(_built())
    unused = [
        f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: {item.typ} {item.name}"
        for item in finder.get_unused_code(min_confidence=60)
        if item.name not in CALLED_FROM_ELSEWHERE
        and f"{_module(item.filename)}.{item.name}" not in built
        and not (item.typ == "variable" and _module(item.filename) in WRITTEN_WHOLE)
    ]
    assert not unused


def _built() -> Iterator[str]:
    """What the configuration builds by name, and what entry points name."""
    for path in (ROOT / "configs").rglob("*.yaml"):
        yield from re.findall(r"^\s*_target_: (\S+)", path.read_text(), re.MULTILINE)
    for home, name in re.findall(r'= "([\w.]+):(\w+)"', (ROOT / "pyproject.toml").read_text()):
        yield f"{home}.{name}"


def _module(file: str | Path) -> str:
    return ".".join(Path(file).relative_to(ROOT).with_suffix("").parts)
