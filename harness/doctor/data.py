"""Which benchmarks' problems can be read."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

from hydra.core.global_hydra import GlobalHydra

from harness.anchor import CONFIGS
from harness.contracts.benchmark import Benchmark
from harness.doctor.contract import Asked, Check, Finding, fail, ok, warn
from harness.errors import UserError
from harness.models.hub import offline
from harness.settings.building import build
from harness.settings.composing import composed

MADE = "data"
"""The setting of those benchmarks that read files; others come with a package or are made."""


def data(asked: Asked) -> Finding:
    """Loads every benchmark that there is, from PTE_DATA (or data=FOLDER) and from packages."""
    place = asked.config.data
    if place is not None and not Path(place).expanduser().is_dir():
        return fail(
            f"PTE_DATA (data=) names {place}, and there is no such folder",
            "make PTE_DATA name the folder with the benchmarks' own files, or unset it",
        )
    names = sorted(path.stem for path in (CONFIGS / "benchmark").glob("*.yaml"))
    config = composed([*_own(asked.words), f"benchmark=[{','.join(names)}]"])
    read: dict[str, int] = {}
    unread: dict[str, str] = {}
    for name in names:
        node = config.benchmark[name]
        if place is None and MADE in node:
            continue
        try:
            made: Benchmark = build(f"benchmark.{name}", node, Benchmark)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                read[name] = len(made.load().items)
        except UserError as error:
            unread[name] = str(error)
    return _told(read, unread, place)


def _own(words: tuple[str, ...]) -> list[str]:
    """The words that say where data and configurations lie."""
    GlobalHydra.instance().clear()
    return [word for word in words if word.startswith(("data=", "hydra.searchpath="))]


def _told(read: Mapping[str, int], unread: Mapping[str, str], place: str | None) -> Finding:
    what = f"{len(read)} benchmarks are readable ({', '.join(read) or 'none'})"
    damaged = {n: why for n, why in unread.items() if "cannot read" not in why}
    if damaged:
        name, why = next(iter(damaged.items()))
        return warn(f"{what}; not {', '.join(damaged)}: {why}", f"fetch the data of {name} again")
    if place is None:
        where = "PTE_DATA is not set: the others' problems come from the hub"
        if offline():
            return warn(
                f"{what}; {where}, and HF_HUB_OFFLINE is set",
                "set PTE_DATA to a folder with the benchmarks' own files (README)",
            )
        return ok(f"{what}; {where}", readable=len(read))
    if unread:
        what += f"; no file there for {', '.join(unread)}"
    return ok(what, readable=len(read), absent=", ".join(unread))


CHECKS = (Check("data", data, seconds=180),)
