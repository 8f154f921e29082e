"""From a finished attempt to its row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from harness import __version__
from harness.contracts.address import Address
from harness.contracts.benchmark import Grade
from harness.contracts.prompt import SOLVE
from harness.draws.role_model import RoleModel
from harness.draws.session import Session
from harness.engines.protocol import Identity
from harness.ledger import Cost
from harness.plan.cell import Cell, Setting
from harness.plan.decodings import must_sample
from harness.plan.request import LoadedBenchmark
from harness.provenance import code
from harness.records.pool_endings import pool_endings
from harness.records.schema import VERSION
from harness.solvers.pool import SelectionResult
from harness.stack import parameters

LONGEST = 1000
"""Characters of what is said of readings that raised."""


@dataclass(frozen=True)
class Provenance:
    """What all rows of a cell say of where they come from (law 5)."""

    cell: Cell
    loaded: LoadedBenchmark
    setting: Setting
    role_models: Mapping[str, RoleModel]
    revision: str
    engine_settings: Mapping[str, Any]
    git_commit: str

    @cached_property
    def columns(self) -> dict[str, Any]:
        """The columns that are the same in every row of the cell."""
        cell, model, stack = self.cell, self.cell.model, self.cell.stack
        sampling = {r: asdict(s) for r, s in cell.sampling(self.setting).items()}
        signals = sorted({each for pte in stack.ptes for each in pte.looks_at(self.loaded.task)})
        one_time_flop, one_time = _one_time(cell)
        return self._engine() | {
            "schema_version": VERSION,
            "cell": cell.id,
            "model": model.name,
            "family": model.family,
            "stage": model.stage,
            "parameters": model.parameters,
            "training_tokens": model.training_tokens,
            "training_flop": model.compute.flop,
            "training_flop_source": model.compute.source,
            "valid_for_ceg": model.compute.valid_for_ceg,
            "training_seed": model.training_seed,
            "speaker": cell.answering_model.name,
            "benchmark": cell.benchmark,
            "task_type": self.loaded.benchmark.task_type,
            "toy": self.loaded.benchmark.toy,
            "readout": "free" if self.loaded.task.free else self.loaded.task.kind.value,
            "kind": self.loaded.task.kind.name.lower(),
            "dataset": self.loaded.dataset.source.location,
            "dataset_revision": self.loaded.dataset.source.revision,
            "dataset_sha256": self.loaded.dataset.source.sha256,
            "stack": cell.label,
            "stack_id": stack.id,
            "ptes": [pte.name for pte in stack.ptes],
            "categories": [pte.category for pte in stack.ptes],
            "table_rows": [pte.fills_row(self.loaded.task) for pte in stack.ptes],
            "stack_config": json.dumps([[p.name, parameters(p)] for p in stack.ptes]),
            "greedy": cell.greedy,
            "selects": stack.needs_sampling,
            "must_sample": must_sample(self.loaded.task, [model]),
            "replicate": cell.replicate,
            "seed": self.setting.seed,
            "date": self.setting.date,
            "sampling": json.dumps(sampling, sort_keys=True),
            "context_window": self.setting.context_window,
            "one_time_flop": one_time_flop,
            "one_time": one_time,
            "signals": signals,
            "oracle": "oracle" in signals,
            "harness_version": __version__,
            "git_commit": self.git_commit,
            "code": code(),
            "sources": json.dumps(dict(cell.sources), sort_keys=True),
            "voices": role_models_text({r: v.identity for r, v in self.role_models.items()}),
            "setting": cell.setting,
            "experiment": cell.experiment,
        }

    def _engine(self) -> dict[str, Any]:
        role_model = self.role_models[SOLVE]
        identity = role_model.identity
        return {
            "weights": identity.weights,
            "revision": self.revision,
            "adapter": identity.adapter,
            "engine": identity.engine,
            "engine_version": identity.version,
            "engine_settings": json.dumps(dict(self.engine_settings), sort_keys=True),
            "dtype": identity.dtype,
            "quantisation": identity.quantisation,
            "token_unit": role_model.renderer.tokenizer.unit,
        }

    def row(
        self,
        session: Session,
        outcome: SelectionResult,
        grade: Grade | None,
        candidates: tuple[Grade | None, ...],
        chance: float,
    ) -> dict[str, Any]:
        """What an attempt adds to `columns`; `grade` is None where there was nothing to grade.

        `chance` is the expected score of a guess at this problem.
        """
        submitted = outcome.submitted
        failed = submitted.status in ("error", "overflow")
        return {
            "problem": session.problem,
            "status": submitted.status.value,
            "error": submitted.response if failed else _unreadable(session),
            "answer": submitted.answer,
            "canonical": submitted.canonical,
            "answer_strict": submitted.strict,
            "at_once": submitted.at_once,
            "finish": submitted.finish or None,
            "cut": submitted.cut,
            "cut_completions": session.cut,
            **pool_endings(outcome, grade, candidates),
            "score": grade.score if grade else None,
            "chance": chance,
            "metrics": dict(grade.metrics) if grade else {},
            "verdict": (grade.verdict or None) if grade else None,
            "tier": (grade.tier or None) if grade else None,
            "invoked": list(session.invoked),
            "called": [
                {"address": str(address), "calls": session.calls[str(address)]}
                for address in sorted(map(Address.parse, session.calls))
            ],
            **asdict(sum(session.costs.values(), Cost())),
            "roles": [
                {"role": role, "model": self.role_models[role].model, **asdict(cost)}
                for role, cost in sorted(session.costs.items())
            ],
            "completions": [
                {"role": role, "limit": limit, "calls": calls, "generated_tokens": tokens}
                for (role, limit), (calls, tokens) in sorted(session.completions.items())
            ],
            "judgements": [
                {
                    "role": role,
                    "count": tally.count,
                    "mass": tally.mass / tally.count,
                    "least": tally.least,
                }
                for role, tally in sorted(session.judgements.items())
            ],
            "rewards": [
                {"role": role, "address": str(address), "values": list(values)}
                for role, address, values in sorted(
                    (role, Address.parse(address), values)
                    for (role, address), values in session.rewards.items()
                )
            ],
            "candidates": [
                {
                    "address": str(candidate.attempt.address),
                    "status": candidate.attempt.status.value,
                    "answer": candidate.attempt.answer,
                    "canonical": candidate.attempt.canonical,
                    "weight": candidate.weight,
                    "score": graded.score if graded else None,
                    "verdict": (graded.verdict or None) if graded else None,
                    "error": _message(candidate.attempt),
                }
                for candidate, graded in zip(outcome.pool, candidates, strict=True)
            ],
            "search": None if submitted.search is None else json.dumps(submitted.search),
            "state": json.dumps(dict(submitted.state)) if submitted.state else None,
            "failures": sum(c.attempt.status == "error" for c in outcome.pool),
            "overflows": sum(c.attempt.status == "overflow" for c in outcome.pool),
            "draws": [{"key": k, "content": c} for k, c in sorted(session.draws.items())],
        }


def role_models_text(identities: Mapping[str, Identity]) -> str:
    """Who speaks in each role, as canonical JSON: what records cite and resuming compares."""
    return json.dumps({role: asdict(who) for role, who in identities.items()}, sort_keys=True)


def _unreadable(session: Session) -> str | None:
    """Why readings in an attempt raised; None where none did."""
    reasons = "; ".join(dict.fromkeys(session.unreadable))
    return f"unreadable: {reasons}"[:LONGEST] if reasons else None


def _message(attempt: Any) -> str | None:
    return attempt.response if attempt.status in ("error", "overflow") else None


def _one_time(cell: Cell) -> tuple[float | None, str]:
    """Training FLOP of the stack on its rung, and by PTE and part as JSON; the sum is None as soon
    as one of its PTEs does not know its own."""
    costs = {pte.name: pte.one_time_cost(cell.model) for pte in cell.stack.ptes}
    flops = [cost.flop for cost in costs.values()]
    total = None if None in flops else float(sum(flop for flop in flops if flop is not None))
    told = {name: cost.described for name, cost in costs.items() if cost.flop != 0}
    return total, json.dumps(told, sort_keys=True)
