"""Arms of an experiment from the cells that are theirs, each under a label of its own."""

from __future__ import annotations

import json
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.contracts.experiment import Arm
from harness.records.schema import GREEDY_MARK

ORACLE = " (oracle)"
LONGEST = 24
"""Characters of a parameter's value in a label."""


def arm_keys(cells: pd.DataFrame) -> pd.Series[Any]:
    """What tells an arm from another: stack, greedy decoding, and how further roles sample."""
    keys = [
        (stack, bool(greedy), _roles(sampling, role_models))
        for stack, greedy, sampling, role_models in zip(
            *(cells[name] for name in ("stack_id", "greedy", "sampling", "voices")), strict=True
        )
    ]
    return pd.Series(keys, index=cells.index)


def arms(cells: pd.DataFrame, keys: pd.Series[Any]) -> dict[Hashable, Arm]:
    """The arms in their order, by key: the sampled base, then by number of PTEs and label."""
    firsts = cells.groupby(keys, sort=False).head(1)
    result = dict(zip(keys[firsts.index], firsts.to_dict("records"), strict=True))
    by_label: dict[str, list[Hashable]] = {}
    for key, cell in result.items():
        by_label.setdefault(_plain(cell), []).append(key)
    labels: dict[Hashable, str] = {}
    for label, sharing in by_label.items():
        message = _distinct([result[key] for key in sharing]) if len(sharing) > 1 else [label]
        labels |= dict(zip(sharing, message, strict=True))
    made = {key: _arm(cell, labels[key]) for key, cell in result.items()}
    order = sorted(made, key=lambda k: (not made[k].is_base, len(made[k].ptes), made[k].label))
    return {key: made[key] for key in order}


def _roles(sampling: Any, role_models: Any) -> str:
    """Sampling of the roles beyond the first that spoke in a cell, as text."""
    if not isinstance(sampling, str) or not isinstance(role_models, str):
        return ""
    spoke = set(json.loads(role_models)) - {"solve"}
    return json.dumps({r: v for r, v in json.loads(sampling).items() if r in spoke})


def _plain(cell: dict[Any, Any]) -> str:
    return f"{cell['stack']}{_mark(cell)}"


def _arm(cell: dict[Any, Any], label: str) -> Arm:
    ptes = _names(cell["ptes"])
    categories = dict(zip(ptes, _names(cell["categories"]), strict=False))  # none in older records
    config = cell["stack_config"] if isinstance(cell["stack_config"], str) else ""
    oracle = bool(_mark(cell))
    return Arm(
        label=label,
        ptes=ptes,
        config=config,
        greedy=bool(cell["greedy"]),
        categories=categories,
        oracle=oracle,
        rows=_rows(cell["table_rows"], ptes),
    )


def _rows(value: Any, ptes: Sequence[str]) -> dict[str, str | None] | None:
    """The row of a forecast's table that each PTE says it is; None where records do not tell."""
    if not isinstance(value, list | np.ndarray):
        return None
    return {name: row or None for name, row in zip(ptes, value, strict=True)}


def _mark(cell: dict[Any, Any]) -> str:
    """What a label says of an arm that looked at a hidden target."""
    looked = cell["oracle"]
    return ORACLE if pd.notna(looked) and looked else ""


def _distinct(cells: Sequence[dict[Any, Any]]) -> list[str]:
    """One label for several stacks of the same PTEs, told apart by the parameters that differ."""
    configs = [_parameters(cell) for cell in cells]
    labels = []
    for cell, config in zip(cells, configs, strict=True):
        parts = []
        for name in _names(cell["ptes"]):
            message = [
                f"{key}={_value(value)}"
                for key, value in config.get(name, {}).items()
                if any(other.get(name, {}).get(key) != value for other in configs)
            ]
            parts.append(f"{name}[{','.join(message)}]" if message else name)
        greedy = GREEDY_MARK if parts and cell["greedy"] else ""
        labels.append(("+".join(parts) or str(cell["stack"])) + greedy + _mark(cell))
    if len(set(labels)) == len(labels):
        return labels
    ids = [str(cell["stack_id"])[:6] for cell in cells]
    if len(set(ids)) < len(ids):  # the same stack, whose further roles sample in another way
        ids = [str(cell["cell"])[:6] for cell in cells]
    return [f"{_plain(cell)} [{short}]" for cell, short in zip(cells, ids, strict=True)]


def _names(value: Any) -> tuple[str, ...]:
    """A list as Arrow and pandas give it; nothing where the column is not there."""
    return tuple(map(str, value)) if isinstance(value, list | np.ndarray) else ()


def _parameters(cell: dict[Any, Any]) -> dict[str, dict[str, Any]]:
    config = cell["stack_config"]
    return dict(json.loads(config)) if isinstance(config, str) else {}


def _value(value: Any) -> str:
    if isinstance(value, dict) and "name" in value:
        value = value["name"]
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 3]}..."
