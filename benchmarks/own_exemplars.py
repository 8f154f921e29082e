"""The exemplars that this project wrote itself, one YAML file for each style of question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from harness.contracts.benchmark import AnswerKind
from harness.contracts.passage import Passage
from harness.contracts.problem import Exemplar
from harness.errors import UserError

FOLDER = Path(__file__).parent / "exemplars"
FORMS = ("rationale", "trajectory", "calls")
"""What may be written beside the bare answer."""


def plain(name: str) -> tuple[Exemplar, ...]:
    """Exemplars whose answer stands for itself, with the passages that their searches find."""
    return tuple(_exemplar(row["question"], row["answer"], row) for row in _rows(name))


def searched(name: str, shown: bool) -> tuple[Exemplar, ...]:
    """Exemplars with passages of their own; `shown` puts these before the question."""
    pool = plain(name)
    if not shown:
        return pool
    return tuple(replace(e, question=with_passages(e.question, e.passages)) for e in pool)


def with_passages(question: str, passages: Sequence[Passage]) -> str:
    """A question after its passages, a line each."""
    return "\n".join((*(f"{each.title}: {each.text}" for each in passages), question))


def programs(name: str) -> tuple[Exemplar, ...]:
    """Exemplars that are functions: the question is a header, the answer its body."""
    return tuple(_program(row) for row in _rows(name))


def choices(name: str, readout: AnswerKind) -> tuple[Exemplar, ...]:
    """Multiple-choice exemplars, written as the readout asks.

    Where answers are generated the options are shown and the answer is a letter; where options are
    scored the question stands alone and the answer is the option's text.
    """
    return tuple(_choice(row, readout) for row in _rows(name))


def shown(question: str, options: Sequence[str]) -> str:
    """A question with its options on lines of their own, lettered by position."""
    lines = (f"({letter(place)}) {option}" for place, option in enumerate(options))
    return "\n".join((question, *lines))


def letter(place: int) -> str:
    """The letter of an option by its position, counted from 0."""
    return chr(ord("A") + place)


def _choice(row: dict[str, Any], readout: AnswerKind) -> Exemplar:
    if readout is AnswerKind.WORDS:
        question = shown(row["question"], row["options"])
        return _exemplar(question, f"({row['answer']})", row)
    answer = row["options"][ord(row["answer"]) - ord("A")]
    return _exemplar(row["question"], answer, row)


def _program(row: dict[str, Any]) -> Exemplar:
    body = row["body"].rstrip()
    return Exemplar(row["header"].rstrip(), {"answer": body, "rationale": row["rationale"].strip()})


def _exemplar(question: str, answer: str, row: dict[str, Any]) -> Exemplar:
    written = {form: str(row[form]).strip() for form in FORMS if form in row}
    passages = (Passage(p["title"], tuple(p["sentences"])) for p in row.get("passages", ()))
    return Exemplar(question.strip(), {"answer": answer, **written}, tuple(passages))


def _rows(name: str) -> list[dict[str, Any]]:
    path = FOLDER / f"{name}.yaml"
    if not path.is_file():
        written = ", ".join(sorted(each.stem for each in FOLDER.glob("*.yaml")))
        raise UserError(
            f"no exemplars are written for {name!r}: give the benchmark a `task` with exemplars of "
            f"its own, or take those of {written}"
        )
    rows: list[dict[str, Any]] = yaml.safe_load(path.read_text("utf-8"))
    return rows
