"""What a replay file holds: a line a completion, or a line a problem with everything said of it.

The first form is `{"problem": id, "role": role, "draw": n, "text": text}`, with what `_Optional`
names beside it. The second is anybody's own: `Columns` says which of its fields are what.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from math import inf, log
from pathlib import Path
from typing import Any, Literal

import msgspec

from harness.contracts.address import Address
from harness.contracts.prompt import SOLVE
from harness.engines.protocol import Sampling
from harness.errors import UserError
from harness.stored import data_of, shaped
from harness.visible import one_line

REQUIRED = {"problem": str, "role": str, "draw": int, "text": str}
Scale = Literal["probability", "logit"]
"""What recorded scores are: probabilities of right, or log-odds and rewards on any scale."""
SHARPEST = 1e-12
"""How near to 0 or 1 a recorded probability is taken to be: log-odds have to be finite."""
EVERY = "*"
"""In a field's path, each element of a list."""


class _Optional(msgspec.Struct):
    """What a line may hold beyond `REQUIRED`."""

    address: str = ""
    step: int = 0
    stack: str | None = None
    prompt_sha: str | None = None
    sampling: dict[str, float] | None = None
    finish_reason: str = "stop"
    rewards: dict[str, float | list[float]] = msgspec.field(default_factory=dict)


@dataclass(frozen=True)
class RecordedCompletion:
    """One recorded completion; None where the file leaves a field open."""

    number: int
    text: str
    address: str
    step: int
    stack: str | None
    prompt_sha: str | None
    sampling: Mapping[str, Any] | None
    finish: str
    rewards: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """Scores as they were recorded, by the role of the verifier that gave them; of one that judged
    steps, one a step. The role `*` stands for any."""

    @property
    def bound(self) -> bool:
        """Whether it says which prompt it answers."""
        return self.stack is not None or self.prompt_sha is not None


@dataclass(frozen=True)
class Columns:
    """Which fields of a line a problem are what; paths of names with dots, `*` for all of a list
    (`samples.*.text`)."""

    question: str
    """The problem's words, by which its line is found."""
    draws: tuple[str, ...]
    """What was said: draws 0, 1, ... of the role that solves."""
    rewards: tuple[str, ...] = ()
    """A verifier's scores of them, in the same order."""
    chosen: int | None = None
    """Which draw a verifier chose, where its scores are not recorded."""

    @property
    def text(self) -> str:
        """What of them decides what is served."""
        return json.dumps(asdict(self), sort_keys=True)


@dataclass(frozen=True)
class Recording:
    """A file, read."""

    lines: Mapping[tuple[str, str], list[RecordedCompletion]]
    """By problem and role; problems are named by their words where `by_question`."""
    by_question: bool = False

    @property
    def every(self) -> Iterator[RecordedCompletion]:
        return (line for lines in self.lines.values() for line in lines)

    @property
    def scored(self) -> bool:
        """Whether a verifier's scores are in it."""
        return any(line.rewards for line in self.every)


def read(path: Path, columns: Columns | None) -> Recording:
    """What a file holds.

    Raises:
        UserError: it is absent, not JSON, or a line lacks a field; names the line.
    """
    lines: dict[tuple[str, str], list[RecordedCompletion]] = defaultdict(list)
    for number, raw in enumerate(content(path).splitlines(), start=1):
        if not raw.strip():
            continue
        try:
            row = data_of(raw)
            if not isinstance(row, dict):
                raise ValueError("it is no JSON object")
            if columns is None:
                problem, role, line = _line(number, row)
                lines[problem, role].append(line)
            else:
                question, drawn = _drawn(number, row, columns)
                if (question, SOLVE) in lines:
                    raise ValueError(f"a line before it has the same {columns.question}")
                lines[question, SOLVE] = drawn
        except ValueError as error:
            raise UserError(f"{path}, line {number}: {error}") from error
    return Recording(dict(lines), by_question=columns is not None)


def content(path: Path) -> bytes:
    """A file's bytes.

    Raises:
        UserError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise UserError(f"replay file {path} cannot be read ({error.strerror})") from error


def plain_words(text: str) -> str:
    """A question by its words alone, as line breaks and spaces differ from file to file."""
    return " ".join(text.split())


def log_odds(score: float, scale: Scale) -> float:
    """A recorded score as log-odds.

    Raises:
        ValueError: it is said to be a probability, and is none.
    """
    if scale == "logit":
        return score
    if not 0.0 <= score <= 1.0:
        raise ValueError(
            f"its score {score:g} is no probability: set engine.scale=logit for rewards on another "
            "scale"
        )
    inside = min(max(score, SHARPEST), 1.0 - SHARPEST)
    return log(inside / (1.0 - inside))


def _drawn(
    number: int, row: Mapping[str, Any], columns: Columns
) -> tuple[str, list[RecordedCompletion]]:
    """A problem's words, and what was said of it."""
    [question] = _values(row, [columns.question], str, 1)
    texts = _values(row, columns.draws, str)
    scores: Sequence[tuple[float, ...]] = [()] * len(texts)
    if columns.rewards:
        scores = [_scores(each) for each in _values(row, columns.rewards, object, len(texts))]
    elif columns.chosen is not None:
        if columns.chosen >= len(texts):
            raise ValueError(f"engine.chosen is {columns.chosen}, and it holds {len(texts)} draws")
        # A verifier sees the text alone, so what is said twice is chosen wherever it stands.
        best = texts[columns.chosen].strip()
        scores = [(inf if text.strip() == best else -inf,) for text in texts]
    return plain_words(question), [
        RecordedCompletion(
            number=number,
            text=text,
            address=str(Address().at("selection", n)),
            step=0,
            stack=None,
            prompt_sha=None,
            sampling=None,
            finish="stop",
            rewards={EVERY: score} if score else {},
        )
        for n, (text, score) in enumerate(zip(texts, scores, strict=True))
    ]


def _values(
    row: Mapping[str, Any], paths: Sequence[str], kind: type, count: int | None = None
) -> list[Any]:
    """What lies at some paths, in order, all of one kind and as many as are wanted."""
    found = [(path, value) for path in paths for value in _at(row, path.split("."), path)]
    for path, value in found:
        if not isinstance(value, kind):
            raise ValueError(f"its field {path} holds {type(value).__name__}, not {kind.__name__}")
    if count is not None and len(found) != count:
        raise ValueError(f"{', '.join(paths)} hold {len(found)} values, and {count} are wanted")
    if not found:
        raise ValueError(f"{', '.join(paths)} hold nothing")
    return [value for _, value in found]


def _at(value: Any, names: Sequence[str], path: str) -> Iterator[Any]:
    if not names:
        yield value
    elif names[0] == EVERY and isinstance(value, list):
        for each in value:
            yield from _at(each, names[1:], path)
    elif isinstance(value, dict) and names[0] in value:
        yield from _at(value[names[0]], names[1:], path)
    else:
        there = f"; there is {', '.join(map(str, value))}" if isinstance(value, dict) else ""
        raise ValueError(one_line(f"it has no field {path} (at {names[0]!r}){there}"))


def _scores(value: Any) -> tuple[float, ...]:
    each = value if isinstance(value, list) else [value]
    if not each or not all(isinstance(one, int | float) for one in each):
        raise ValueError("a score in it is no number")
    return tuple(map(float, each))


def _line(number: int, row: dict[str, Any]) -> tuple[str, str, RecordedCompletion]:
    stated = shaped(row, _Optional)
    address = Address.parse(row.get("address", ""))
    unknown = set(row.get("sampling") or {}) - {each.name for each in fields(Sampling)}
    if unknown:
        raise ValueError(f"no such sampling parameter: {sorted(unknown)[0]}")
    for key, kind in REQUIRED.items():
        if not isinstance(row.get(key), kind):
            raise ValueError(f"field '{key}' must be {kind.__name__}")
    if "address" not in row:
        if row["draw"] < 0:
            raise ValueError("field 'draw' must not be negative")
        address = address.at("selection", row["draw"])
    return (
        row["problem"],
        row["role"],
        RecordedCompletion(
            number=number,
            text=row["text"],
            address=str(address),
            step=stated.step,
            stack=stated.stack,
            prompt_sha=stated.prompt_sha,
            sampling=row.get("sampling"),
            finish=stated.finish_reason,
            rewards={role: _scores(score) for role, score in stated.rewards.items()},
        ),
    )
