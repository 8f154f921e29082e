"""Few-shot prompting: show a few solved examples (Brown et al. 2020)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import blake2b
from typing import ClassVar

from harness.contracts.benchmark import Task
from harness.contracts.paper import PaperSettings
from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.contracts.pte import PTE, Slot, StackContext
from harness.errors import UserError
from harness.ranges import Count, Seed


@dataclass(frozen=True)
class FewShot(PTE):
    """Puts `k` exemplars before the question.

    One set serves every problem of a replicate, which is the field's practice and gives the engine
    a prefix to cache. The set is ranked by a hash of (seed, replicate, exemplar): no generator with
    a state, so that neither a shard nor a limit nor an order changes it.
    """

    k: Count = 8
    seed: Seed = 0

    name: ClassVar[str] = "few_shot"
    category: ClassVar[str] = "prompting"
    table_row: ClassVar[str] = "few_shot"
    slots: ClassVar[frozenset[Slot]] = frozenset({Slot.PROMPT})
    paper: ClassVar[PaperSettings] = PaperSettings(
        "Wei et al. 2022",
        {"k": 8},
        {"k": "section 3.1, the exemplars of its standard prompting"},
        "Brown et al. 2020 show 10 to 100, as many as fit into the window",
    )
    order: ClassVar[int] = 10
    shows_exemplars: ClassVar[bool] = True

    def applies_to(self, site: StackContext) -> str | None:
        pool = len(site.task.exemplars)
        if self.k > pool:
            raise UserError(
                f"pte.few_shot.k is {self.k}, and {site.task.name} has a pool of {pool} "
                "exemplars: lower k or enlarge the pool"
            )
        return None

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        def rank(exemplar: Exemplar) -> bytes:
            material = f"{self.seed}|{replicate}|{exemplar.question}"
            return blake2b(material.encode(), digest_size=8).digest()

        return replace(prompt, exemplars=tuple(sorted(task.exemplars, key=rank)[: self.k]))
