"""A post-training enhancement (PTE): the slots it fills and what it does there.

Six slots nest in one canonical order, so that a set of PTEs has one meaning:
weights, prompt, tools, policy, search, selection. A PTE overrides the hooks of its slots and leaves
the rest alone. Its parameters are the fields of a frozen dataclass, which is what its hash covers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, ClassVar

from harness.artefacts.cost import OneTimeCost, published
from harness.contracts.benchmark import Task
from harness.contracts.paper import PaperSettings
from harness.contracts.prompt import Prompt
from harness.contracts.sampling import Sampling
from harness.contracts.solver import Policy, Solver, Stage, StopRule
from harness.contracts.tool import Tool

if TYPE_CHECKING:
    from harness.contracts.recipe import Recipe
    from harness.contracts.rehearsal import RehearsalReply, RehearsalRequest
    from harness.models.spec import ModelSpec


class Slot(IntEnum):
    """The part of solving a problem that a PTE changes; a stack applies them as
    `selection(search(policy(prompt -> model)))`. PTEs are sorted by these numbers."""

    WEIGHTS = 1
    PROMPT = 2
    TOOLS = 3
    POLICY = 4
    SEARCH = 5
    SELECTION = 6


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do beyond completing text."""

    score: bool = True
    adapters: bool = False
    weights: bool = True
    """Whether it loads a checkpoint at all; without, none is looked for."""
    one_model: bool = False
    """Whether it holds what a single model said, so that a sweep can have no other."""
    reward: bool = False
    """Whether it serves reward models, or holds what one said."""


@dataclass(frozen=True, slots=True)
class StackContext:
    """Where a stack is to be used: what `applies_to` may look at."""

    model: ModelSpec
    engine: Capabilities
    task: Task
    stack: frozenset[str]
    """Names of all PTEs in the stack."""
    selecting: frozenset[str]
    """Names of those that fill the selection slot."""
    offering: frozenset[str] = frozenset()
    """Names of those that fill the tools slot."""
    tools: frozenset[str] = frozenset()
    """Names of the tools that PTEs of the stack offer."""
    reasoning: bool = False
    """Whether a PTE of the stack has the model write its reasoning before the answer."""
    exemplars: bool = False
    """Whether a PTE of the stack shows the benchmark's exemplars."""


class PTE:
    """Base class of post-training enhancements; by itself it changes nothing.

    A subclass is a frozen dataclass: its fields are its settings, its class variables say what it
    is, and it overrides the hook of each slot that it fills.
    """

    name: ClassVar[str]
    """Name of the PTE on the command line and in records: that of its YAML."""
    category: ClassVar[str]
    """Lifland et al.'s category: prompting, tools, scaffolding, selection or data."""
    slots: ClassVar[frozenset[Slot]]
    """The slots that it fills, at least one; hooks of other slots are never called."""
    order: ClassVar[int] = 0
    """Place among the PTEs of the same slot, lower first."""
    requires: ClassVar[frozenset[str]] = frozenset()
    """Names of PTEs without which a stack with this one is refused."""
    replaces: ClassVar[frozenset[Slot]] = frozenset()
    """Slots in which it decides by itself in place of what it is given: a policy that never asks
    the inner one for its next step, a search that explores attempts in its own way. Two of a stack
    that replace the same slot are refused. One that only wraps what it is given replaces nothing,
    stands outside whatever replaces the slot, and works with it."""
    conflicts: ClassVar[Mapping[str, str]] = {}
    """Names of further PTEs that cannot stand in the same stack, each with the reason. What
    `replaces`, `offers` and `role_sampling` show of both is refused without being named here."""
    subsumes: ClassVar[frozenset[str]] = frozenset()
    """Names of PTEs whose work this one already does."""
    needs_sampling: ClassVar[bool] = False
    """Whether greedy decoding would make it pointless; the temperature is the sweep's."""
    role_sampling: ClassVar[Mapping[str, Sampling]] = {}
    """Each role besides `solve` in which it has a model speak (`test`, `reflect`, `judge`), with
    the sampling of that role where the sweep sets no other (`sampling.ROLE.temperature=0.2`)."""
    writes_reasoning: ClassVar[bool] = False
    """Whether it has the model write its reasoning before the answer, at once or step by step,
    which then differs from draw to draw however the answer is read."""
    shows_exemplars: ClassVar[bool] = False
    """Whether it shows the benchmark's exemplars; other PTEs may need them in a form of theirs."""
    signals: ClassVar[frozenset[str]] = frozenset()
    """What it looks at beyond the problem: visible_tests, own_tests, own_judgement, tools, corpus,
    judge, verifier, oracle. See `looks_at` where settings or the benchmark decide."""
    offers: ClassVar[frozenset[str]] = frozenset()
    """Names of the tools that it offers, where these are not one of the PTE's own name."""
    calls_tools: ClassVar[bool] = False
    """Whether its policy calls the tools that the stack offers."""
    paper: ClassVar[PaperSettings | None] = None
    """The settings of the paper that it is from, which `budget=paper` gives it; None where there is
    no paper, or none that sets what is a setting here."""
    table_row: ClassVar[str | None] = None
    """Key of the row of a forecast's table of PTEs (Lifland et al.'s has `few_shot`, `react`, ...)
    that a measurement of it fills; None for what is no such row, or stands in for one: a prompted
    imitation of a trained one, a part, an untrained judge. See `fills_row` where settings
    decide."""
    executes: ClassVar[bool] = False
    """Whether it runs model-written code also where the answer is no program."""

    @property
    def samples(self) -> int:
        """How many finished attempts its selection wants in the pool, at least 1. Attempts are
        shared: a stack draws as many as the PTE that wants most."""
        return 1

    def with_samples(self, samples: int) -> PTE:
        """This PTE with a smaller pool, where the inference budget asks for it."""
        return self

    def with_share(self, share: float) -> PTE:
        """This PTE with about this share (0 to 1) of its trials or implementations, where the
        inference budget asks for it."""
        return self

    @property
    def roles(self) -> Mapping[str, ModelSpec]:
        """Further models that it binds, by the role of the prompts they answer."""
        return {}

    def roles_beside(self, model: ModelSpec) -> Mapping[str, ModelSpec]:
        """The models of `roles` where `model` is the rung: others on other rungs where each has one
        of its own, as a verifier that was trained on its samples."""
        return self.roles

    @property
    def own_roles(self) -> frozenset[str]:
        """Roles besides `solve` in which the model that solves speaks itself."""
        return frozenset(self.role_sampling) - frozenset(self.roles)

    @property
    def tool_names(self) -> frozenset[str]:
        """Names of the tools that it offers; none outside the tools slot."""
        offered = self.offers or frozenset({self.name})
        return offered if Slot.TOOLS in self.slots else frozenset()

    @property
    def one_time_flop(self) -> float | None:
        """Training compute that it cost once, in FLOP, where that is the same on all rungs; None
        where nobody has said."""
        return 0.0

    def one_time_cost(self, model: ModelSpec) -> OneTimeCost:
        """Training compute that it cost once on this rung, by part."""
        return published(self.one_time_flop) if self.one_time_flop != 0 else OneTimeCost({})

    @property
    def recipe(self) -> Recipe | None:
        """How `pte train` makes the artefact that it uses; None where it uses none of our own."""
        return None

    def cannot_train(self, model: ModelSpec) -> str | None:
        """Why its recipe makes nothing of a rung, or None; asked by `pte train` and `pte plan`."""
        return None

    def questions_seen(self, model: ModelSpec) -> tuple[str, ...]:
        """The questions that what it puts in place on this rung was trained on: no test item may be
        among them. Empty where it has trained nothing, or nobody knows."""
        return ()

    def looks_at(self, task: Task) -> frozenset[str]:
        """The signals that it looks at with these settings on this benchmark: what its records say,
        and without `oracle` among them the hidden grader is out of its reach (law 3)."""
        return self.signals

    def fills_row(self, task: Task) -> str | None:
        """The row of a forecast's table that it fills with these settings on this benchmark, or
        None: what its records say."""
        return self.table_row

    def applies_to(self, site: StackContext) -> str | None:
        """Why this PTE cannot work there, or None if it can.

        Raises:
            UserError: its settings fit no stack at all on that benchmark.
        """
        return None

    def rehearsal_reply(self, asked: RehearsalRequest) -> RehearsalReply | None:
        """What a model would plausibly say there, when a plan prices the stack by running it
        against an engine without weights; None for what that engine says by itself.

        Only for words in a form that no prompt shows: answers after the cue, programs, calls as
        prompts show them and judgements in the words that prompts name are said without it.
        """
        return None

    def weights(self, model: ModelSpec) -> ModelSpec:
        """Slot weights: the checkpoint, or the checkpoint with an adapter, that answers."""
        return model

    def prompt(self, prompt: Prompt, task: Task, replicate: int) -> Prompt:
        """Slot prompt: the prompt with other words, exemplars or notes; never another `role`.

        Called once an attempt, for the prompt of the role `solve`; `replicate` counts from 0, for
        choices that are to be made anew in each.
        """
        return prompt

    def tools(self, task: Task) -> tuple[Tool, ...]:
        """Slot tools: what the model may call."""
        return ()

    def policy(self, inner: Policy, task: Task, tools: tuple[Tool, ...]) -> Policy:
        """Slot policy: what proposes the next step, mostly around `inner`, the policy below.

        `tools` are those that PTEs of the stack offer, empty where none does; a policy that then
        wants the benchmark's own makes them of the names in `Task.tools`.
        """
        return inner

    def search(self, inner: Solver, task: Task) -> Solver:
        """Slot search: a solver that explores attempts by way of `inner`, the solver below."""
        return inner

    def stages(self, task: Task) -> tuple[Stage, ...]:
        """Slot selection: passes that reweight the pool of finished attempts."""
        return ()

    def stop_rule(self) -> StopRule | None:
        """Slot selection: whether the attempts so far settle the result, so that no more are drawn;
        None draws the whole pool."""
        return None
