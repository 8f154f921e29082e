"""`estimates.json`: what an analysis hands to models that forecast from measurements.

The format is `estimates.schema.json` (JSON Schema 2020-12), which describes every field. Files are
checked against it when they are written and when they are read.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema

from harness.errors import UserError
from harness.stored import data_in

VERSION = 1
"""Version of the format of `estimates.json`; raised when a field changes its meaning."""


def write_estimates(path: Path, content: Mapping[str, Any]) -> None:
    """Check against the schema and write, an estimate a line.

    Raises:
        jsonschema.ValidationError: the content is not what the schema says.
        ValueError: two estimates have the same id.
    """
    validator().validate(content)
    counted = Counter(entry["id"] for entry in content["estimates"])
    twice = [name for name, number in counted.items() if number > 1]
    if twice:
        raise ValueError(f"two estimates are called {twice[0]}")
    head = {key: content[key] for key in ("schema_version", "generated")}
    lines = [_json(head)[:-1] + ',\n"estimates":[']
    lines.append(",\n".join(_json(entry) for entry in content["estimates"]))
    lines.append('],\n"findings":[')
    lines.append(",\n".join(_json(finding) for finding in content["findings"]))
    path.write_text("\n".join(lines) + "]}\n", encoding="utf-8")


def read_estimates(path: Path) -> dict[str, Any]:
    """A file of estimates as plain data, checked against the schema.

    Raises:
        UserError: it cannot be read, is not JSON, or is not what the schema says.
    """
    try:
        content = data_in(path)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise UserError(
            f"{path} is not JSON: {error}; 'pte analyze' writes estimates.json"
        ) from error
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != VERSION:
        raise UserError(
            f"{path} has schema_version {version}, and this reads {VERSION}: "
            "write it anew with 'pte analyze'"
        )
    problem = next(iter(validator().iter_errors(content)), None)
    if problem is not None:
        where = "/".join(map(str, problem.absolute_path)) or "the top"
        raise UserError(
            f"{path} is no file of estimates of version {VERSION}: at {where}, "
            f"{problem.message[:200]}; write it anew with 'pte analyze'"
        )
    result: dict[str, Any] = content
    return result


@cache
def validator() -> Any:
    """A JSON Schema validator of `estimates.json`, for the schema in this package."""
    text = files(__package__).joinpath("estimates.schema.json").read_text(encoding="utf-8")
    return jsonschema.Draft202012Validator(json.loads(text))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
