"""Rungs under names of their own: findings, tables and pictures know a rung by its name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.contracts.experiment import Rung

SHORT = 6
"""Characters of a setting's hash in a name."""


def rungs(cells: pd.DataFrame) -> tuple[NDArray[np.intp], tuple[Rung, ...]]:
    """The rung of each cell, and the rungs by rising compute, unknown compute last."""
    settings = cells["setting"].astype(object).fillna("")
    checkpoint = zip(cells["model"], cells["family"], cells["stage"], settings, strict=True)
    codes, _ = pd.factorize(pd.Series(list(checkpoint)))
    first = cells.iloc[np.unique(codes, return_index=True)[1]]
    flop = first["training_flop"].where(first["training_flop"] > 0).to_numpy(np.float64)
    order = np.lexsort((first["model"].astype(str), first["parameters"], flop))
    made = []
    for place in order:
        cell = first.iloc[place]
        valid = bool(cell["valid_for_ceg"]) if pd.notna(cell["valid_for_ceg"]) else True
        source = str(cell["training_flop_source"] or "")
        model, family, stage = (str(cell[name]) for name in ("model", "family", "stage"))
        size, run = float(cell["parameters"]), cell["training_seed"]
        made.append(
            Rung(
                model=model,
                family=family,
                stage=stage,
                flop=float(flop[place]),
                parameters=size,
                valid=valid,
                source=source,
                seed="" if pd.isna(run) else f"{run:g}",
            )
        )
    ids = [str(settings[name])[:SHORT] for name in first.index[order]]
    return np.argsort(order)[codes], distinguished(made, ids)


def distinguished(rungs: Sequence[Rung], ids: Sequence[str]) -> tuple[Rung, ...]:
    """The rungs, those that share a model's name with what tells them apart, as `7B (instruct)`.

    Args:
        rungs: of one experiment.
        ids: what tells a rung apart where neither stage nor family does; may be empty.
    """
    shared = Counter(rung.model for rung in rungs)
    names = [rung.model for rung in rungs]
    for model in (model for model, times in shared.items() if times > 1):
        places = [place for place, rung in enumerate(rungs) if rung.model == model]
        others = {name for place, name in enumerate(names) if place not in places}
        for message in _names([rungs[p] for p in places], [ids[p] for p in places]):
            if len({*message} - others) == len(places):
                for place, name in zip(places, message, strict=True):
                    names[place] = name
                break
    return tuple(replace(rung, model=name) for rung, name in zip(rungs, names, strict=True))


def _names(sharing: Sequence[Rung], ids: Sequence[str]) -> Iterator[list[str]]:
    """Ways to name rungs of one model's name, the plainest first."""
    model = sharing[0].model
    ways: list[list[tuple[str, ...]]] = [
        [(rung.stage,) for rung in sharing],
        [(rung.family,) for rung in sharing],
        [(rung.family, rung.stage) for rung in sharing],
        [(short,) for short in ids],
        [(r.family, r.stage, short) for r, short in zip(sharing, ids, strict=True)],
    ]
    for parts in ways:
        yield [
            f"{model} ({', '.join(filter(None, each))})" if any(each) else model for each in parts
        ]
    for first in count(1):
        yield [f"{model} #{number}" for number in range(first, first + len(sharing))]
