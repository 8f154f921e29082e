"""`forecast.json`: the forecast for programs, validated against its schema on write."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from math import isfinite
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pandas as pd
import yaml

from analysis.forecast.budget_cases import BudgetCase
from analysis.forecast.intervals import QUANTILES
from analysis.forecast.measured.estimates import EstimatesFile
from analysis.forecast.output.frames import BAND
from analysis.forecast.output.stated_document import stated_document
from analysis.forecast.slope import CONVENTIONS, WRITEUP_CONVENTION
from analysis.forecast.study import Compared, Study
from analysis.writeup.months import label
from analysis.writeup.table import read_writeup
from harness import __version__

VERSION = 2
"""Version of the format of `forecast.json`; raised whenever a reader of the old one could go
wrong."""


def write_document(path: Path, study: Study, tables: dict[str, pd.DataFrame]) -> None:
    """Write the forecast as JSON.

    Raises:
        jsonschema.ValidationError: it breaks its own schema, which is an error of this package.
    """
    data = document(study, tables)
    jsonschema.validate(data, schema())
    text = json.dumps(data, indent=1, allow_nan=False, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


def schema() -> dict[str, Any]:
    """The JSON Schema of `forecast.json`."""
    text = (files(__package__) / "forecast.schema.json").read_text(encoding="utf-8")
    result: dict[str, Any] = json.loads(text)
    return result


def units() -> dict[str, str]:
    """The unit of every number of `forecast.json`, by its place; [] is each entry of a list."""
    text = (files(__package__) / "units.yaml").read_text(encoding="utf-8")
    result: dict[str, str] = yaml.safe_load(text)
    return result


def document(study: Study, tables: dict[str, pd.DataFrame]) -> dict[str, Any]:
    """The forecast as plain data; an infinite number (a budget without a limit) becomes null."""
    data = {
        "schema_version": VERSION,
        "units": units(),
        "generated": _generated(study),
        "source": dict(study.table.source),
        "sigmoid": _sigmoid(study),
        "running_totals": _records(tables["running_totals"]),
        "by_m": [_by_m(study, one) for one in study.by_m],
        "points": {
            "m": study.measured.points.m[0],
            "slope": study.point_line.slope[0],
            "log10_totals": [
                {"date": label(date), "log10": value}
                for date, value in zip(
                    study.changes, study.limits.capped(study.point_totals), strict=True
                )
            ],
        },
        "slope_conventions": [
            {
                "name": c.name,
                "meaning": c.meaning,
                "slope": study.conventions[c.name],
                "of_the_seed": c.name == WRITEUP_CONVENTION,
            }
            for c in CONVENTIONS
            if c.name in study.conventions
        ],
        "jackknife": _records(tables["jackknife"]),
        "uncertain": _uncertain(study),
        "forecast": {
            "line": [
                {"date": label(date), "log10": float(value)}
                for date, value in zip(
                    study.forecast.months, study.forecast.point_line, strict=True
                )
            ],
            "bands": _records(tables["forecast"]),
        },
        "caps": {
            "applied": study.options.cap is not None,
            "ooms": study.cap,
            "totals": _records(tables["caps"]),
        },
        "budgets": [_budget(case) for case in study.budgets],
        "unpriced": list(study.unpriced),
        "trends": _records(tables["trends"]),
        "trend_rates": _records(tables["trend_rates"]),
        "oracle_rows": _records(tables["oracle_rows"]),
        "sources": [
            {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(one).items()}
            for one in study.measured.sources
        ],
        "first_lines": study.first_lines,
        "moved": [asdict(one) for one in study.moved],
        "unused": [{"estimate": name, "reason": why} for name, why in study.measured.unused],
        "reproduction": _records(tables["reproduction"]),
        **stated_document(study, tables),
    }
    plain: dict[str, Any] = _plain(data)
    return plain


def _generated(study: Study) -> dict[str, Any]:
    options = study.options
    return {
        "by": f"pte-harness {__version__}",
        "m": options.m,
        "until": label(options.until[-1]),
        "seed": options.seed,
        "draws": options.draws,
        "budget": options.budget,
        "cap": options.cap,
        "measured": None
        if options.file is None
        else {"name": options.file.name, "sha256": options.file.sha256},
        "files": [] if options.file is None else _files(options.file),
        "counting": {
            "rows": dict(options.counting.rows),
            "benchmarks": dict(options.counting.benchmarks),
            "at_compute": options.counting.at_compute,
        },
    }


def _files(file: EstimatesFile) -> list[dict[str, str]]:
    """Each file of estimates that was read."""
    parts = file.parts or ((file.name, file.sha256),)
    return [{"name": name, "sha256": sha256} for name, sha256 in parts]


def _sigmoid(study: Study) -> dict[str, Any]:
    printed = read_writeup("printed")["sigmoid"]
    fit = study.sigmoid
    return {
        "axis": "log10(training FLOP / 1e21)",
        "k": {
            "computed": fit.curve.slope,
            "printed": printed["k"]["printed"],
            "standard_error": fit.slope_se,
        },
        "x0": {
            "computed": fit.curve.midpoint,
            "printed": printed["x0"]["printed"],
            "standard_error": fit.midpoint_se,
        },
    }


def _by_m(study: Study, one: Compared) -> dict[str, Any]:
    printed = {entry["m"]: entry["printed"] for entry in read_writeup("printed")["slopes"]}
    return {
        "m": one.m,
        "slope": {
            "computed": one.slope,
            "printed": printed.get(one.m) if study.plain else None,
        },
        "slope_with_measured": one.slope_with_measured,
        "totals": [
            {
                "date": label(date),
                "ceg": float(10 ** one.totals[i]),
                "log10": float(one.totals[i]),
                "log10_with_measured": float(one.with_measured[i]),
            }
            for i, date in enumerate(study.changes)
        ],
    }


def _uncertain(study: Study) -> dict[str, Any]:
    slopes = np.quantile(study.slopes, QUANTILES)
    return {
        "slope": dict(zip(BAND, slopes, strict=True)),
        "m": dict(zip(BAND, np.quantile(study.draws.m, QUANTILES), strict=True)),
        "log10_totals": [
            {"date": label(date), **dict(zip(BAND, row, strict=True))}
            for date, row in zip(study.changes, study.bands, strict=True)
        ],
    }


def _budget(case: BudgetCase) -> dict[str, Any]:
    return {
        "name": case.name,
        "budget": case.budget,
        "unknown_multipliers": case.unknown.value,
        "slope": case.slope,
        "last": dict(zip(BAND, case.band, strict=True)),
        "choices": [
            {
                "date": label(choice.month),
                "log10": choice.log_ceg,
                "multiplier": choice.multiplier,
                "ptes": list(choice.ptes),
            }
            for choice in case.choices
        ],
    }


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _plain(value: Any) -> Any:
    """Numbers of numpy as Python's, and numbers that JSON lacks as null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, float) and not isfinite(value):
        return None
    return value
