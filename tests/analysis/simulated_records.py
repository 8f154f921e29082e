"""Draws from a truth, as the records of a run: engine, version and answers say `simulation`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.contracts.experiment import Arm, Rung
from analysis.contracts.votes import first_seen, plurality
from analysis.simulation.draws import (
    BENCHMARK,
    TASK_TYPE,
    SimulatedAttempts,
    described,
    draw,
    item_name,
)
from analysis.simulation.truth import Truth
from harness import __version__
from harness.engines.chat_template import DATE
from harness.records.schema import VERSION
from harness.records.store import Records

SIMULATION = "simulation"
PROMPT, REPLY = 80, 20
"""Tokens of every made-up request."""


def write_records(truth: Truth, folder: Path, seed: int) -> Records:
    """Write what `simulate(truth, seed)` draws below `folder/records`, a file a cell.

    Reading the folder gives the experiment of `simulate` again, but for its provenance.
    """
    drawn = draw(truth, seed)
    records = Records(folder / "records")
    experiment = _hash(SIMULATION, json.dumps(described(truth), sort_keys=True), seed)
    for place, arm in enumerate(truth.arms):
        for number, rung in enumerate(truth.rungs):
            for replicate in range(truth.draws):
                cell = Cell(
                    truth=truth,
                    arm=arm,
                    rung=rung,
                    replicate=replicate,
                    experiment=experiment,
                    seed=seed,
                )
                answers = _answers(truth, drawn, (place, number, replicate))
                records.write(cell.id, cell.rows(answers))
    return records


def _answers(
    truth: Truth, drawn: SimulatedAttempts, place: tuple[int, int, int]
) -> NDArray[np.int32]:
    """[item, candidate]: a cell's pool; 0 is right."""
    arm, rung, replicate = place
    if drawn.answers is not None and (arm == truth.voting or truth.arms[arm].is_base):
        pool = np.asarray(drawn.answers[rung, replicate])
        return pool if arm == truth.voting else pool[:, :1]
    return np.asarray(1 - drawn.scores[place], np.int32)[:, None]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One cell of a simulated run."""

    truth: Truth
    arm: Arm
    rung: Rung
    replicate: int
    experiment: str
    """Hash of truth and seed."""
    seed: int

    @property
    def id(self) -> str:
        return _hash(self.experiment, self.rung.model, self.arm.config, self.replicate)

    def rows(self, answers: NDArray[np.int32]) -> list[dict[str, Any]]:
        """A row an item, from its candidates' answers [item, candidate]."""
        shared = self._shared()
        codes = first_seen(answers)
        chosen = plurality(codes)
        return [
            shared | self._attempt(item, answers[item].tolist(), codes[item].tolist(), int(pick))
            for item, pick in enumerate(chosen)
        ]

    def _shared(self) -> dict[str, Any]:
        arm, rung = self.arm, self.rung
        role_model = {"weights": SIMULATION, "adapter": "", "dtype": "none", "engine": SIMULATION}
        return role_model | {
            "schema_version": VERSION,
            "code": SIMULATION,
            "sources": "{}",
            "date": DATE,
            "completions": [],
            "cell": self.id,
            "setting": _hash(self.experiment, rung.model),
            "experiment": self.experiment,
            "model": rung.model,
            "family": rung.family,
            "stage": rung.stage,
            "parameters": rung.parameters,
            "training_tokens": 20 * rung.parameters,
            "training_flop": rung.flop,
            "training_flop_source": rung.source,
            "valid_for_ceg": rung.valid,
            "training_seed": int(rung.seed) if rung.seed else None,
            "speaker": rung.model,
            "revision": SIMULATION,
            "engine_version": "1",
            "engine_settings": "{}",
            "quantisation": "none",
            "voices": json.dumps({"solve": role_model}, sort_keys=True),
            "token_unit": "token",
            "benchmark": BENCHMARK,
            "task_type": TASK_TYPE,
            "toy": False,
            "readout": "generation",
            "kind": "words",
            "dataset": SIMULATION,
            "dataset_revision": "",
            "dataset_sha256": _hash(SIMULATION, self.truth.items),
            "stack": arm.label,
            "stack_id": _hash(arm.config),
            "ptes": list(arm.ptes),
            "categories": [arm.categories[name] for name in arm.ptes],
            "table_rows": [(arm.rows or {}).get(name) for name in arm.ptes],
            "stack_config": arm.config,
            "greedy": False,
            "selects": arm.selects,
            "must_sample": None,
            "replicate": self.replicate,
            "seed": self.seed,
            "sampling": json.dumps({"solve": {"temperature": 1.0}}),
            "context_window": PROMPT + REPLY,
            "one_time_flop": 0.0,
            "signals": [],
            "oracle": False,
            "cell_error": None,
            "harness_version": __version__,
            "git_commit": "",
        }

    def _attempt(
        self, item: int, answers: Sequence[int], codes: Sequence[int], chosen: int
    ) -> dict[str, Any]:
        cost = self._cost(len(answers))
        score = float(answers[chosen] == 0)
        return cost | {
            "problem": item_name(item),
            "status": "answered",
            "error": None,
            "answer": str(answers[chosen]),
            "canonical": str(answers[chosen]),
            "answer_strict": str(answers[chosen]),
            "finish": "stop",
            "cut": False,
            "cut_completions": 0,
            "attempts": len(answers),
            "cut_attempts": 0,
            "unread_attempts": 0,
            "score_if_cut_right": score,
            "score": score,
            "chance": self.truth.floor,
            "metrics": {},
            "invoked": list(self.arm.ptes),
            "called": [],
            "judgements": [],
            "roles": [{"role": "solve", "model": self.rung.model, **cost}],
            "candidates": [
                {
                    "address": self._address(place),
                    "status": "answered",
                    "answer": str(answer),
                    "canonical": str(answer),
                    "weight": float(codes.count(code)),
                    "score": float(answer == 0),
                    "error": None,
                }
                for place, (answer, code) in enumerate(zip(answers, codes, strict=True))
            ],
            "failures": 0,
            "overflows": 0,
            "draws": [self._draw(item, place) for place in range(len(answers))],
        }

    def _cost(self, calls: int) -> dict[str, Any]:
        flop = 2 * self.rung.parameters  # a token
        return {
            "calls": calls,
            "prompt_tokens": calls * PROMPT,
            "generated_tokens": calls * REPLY,
            "own_prefix_tokens": (calls - 1) * PROMPT,
            "flop": flop * calls * (PROMPT + REPLY),
            "own_prefix_flop": flop * (calls - 1) * PROMPT,
        }

    def _address(self, place: int) -> str:
        indices = {"replicate": self.replicate, "selection": place}
        return ",".join(f"{name}={index}" for name, index in indices.items() if index)

    def _draw(self, item: int, place: int) -> dict[str, str]:
        voting = self.truth.voting
        votes = voting is not None and self.arm is self.truth.arms[voting]
        drawing = "" if votes or self.arm.is_base else self.arm.config  # a vote's are the base's
        key = _hash(self.experiment, self.rung.model, drawing, self.replicate, item, place)
        return {"key": key, "content": key}


def _hash(*parts: object) -> str:
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=8).hexdigest()
