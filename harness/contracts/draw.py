"""The handle through which a solver asks a model anything: addressed, journalled, on the ledger."""

from __future__ import annotations

from array import array
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from math import exp
from typing import TYPE_CHECKING, Any, Protocol

from harness.contracts.address import Address
from harness.contracts.benchmark import Reading
from harness.contracts.program import FunctionStub, ProgramReading
from harness.contracts.prompt import Prompt
from harness.contracts.thoughts import Thoughts

if TYPE_CHECKING:
    from harness.contracts.tool import Tool

LARGEST = 700.0
"""Exponents beyond it overflow."""


@dataclass(frozen=True, slots=True)
class Context:
    """The token ids that a model has been shown or has said so far; it only ever grows."""

    role: str
    ids: array[int]
    """Token ids, unsigned 32-bit."""
    prompt: str
    """Content hash of the rendered prompt, under which the journal keeps its text."""
    parent: int = 0
    """How many leading ids an earlier request of the same attempt has already processed."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A completion as a solver sees it."""

    text: str
    """What was generated, cut before the first stop string."""
    context: Context
    """The context of the request, grown by exactly this text."""
    finish: str
    """`stop` (end of turn or a stop string) or `length` (the token limit)."""
    stopped: str = ""
    """The stop string that the text was cut before; empty where it ended otherwise."""


@dataclass(frozen=True, slots=True)
class OptionScore:
    """Log-likelihood of one continuation."""

    text: str
    logprob: float
    """Natural logarithm, summed over the continuation's tokens."""
    tokens: int

    @property
    def per_character(self) -> float:
        """Length-normalised: divided by the number of characters, as is usual for ARC."""
        return self.logprob / max(1, len(self.text.strip()))


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model says of something that it can only agree to or not, by log-likelihood."""

    yes: float
    """Natural logarithm of the probability that the reply begins with a word for yes."""
    no: float

    @property
    def mass(self) -> float:
        """Probability that it begins with either: what the judgement rests on."""
        return min(1.0, exp(min(self.yes, 0.0)) + exp(min(self.no, 0.0)))

    @property
    def share(self) -> float:
        """Probability of yes among the two; a half where neither can be said at all."""
        if self.yes == self.no:  # both may be minus infinity
            return 0.5
        gap = self.no - self.yes
        return 0.0 if gap > LARGEST else 1.0 / (1.0 + exp(gap))


class Draw(Protocol):
    """A place in the space of draws (see `Address`) from which completions are asked."""

    @property
    def address(self) -> Address: ...

    def at(self, name: str, index: int, ordinal: int = 0) -> Draw:
        """The handle of this attempt at another address: `name` set to `index`; `ordinal` counts
        nested samplers within a slot."""
        ...

    async def shared(self, name: str, make: Callable[[Draw], Awaitable[Any]]) -> Any:
        """What all attempts at this problem share, whoever asks first: made once under this name.

        `make` gets the handle at the problem's own address, with the replicate alone, so that
        nothing depends on where in a search or a pool it was first wanted.
        """
        ...

    def show(self, prompt: Prompt, lead: str = "") -> Context:
        """Render a prompt, once, for the model that plays its role; `lead` opens the reply."""
        ...

    def extend(self, context: Context, text: str) -> Context:
        """The context grown by `text`; nothing is rendered again."""
        ...

    def tell(self, context: Context, text: str) -> Context:
        """The context after the model's turn under way was ended and the user has said `text`: the
        model's next turn begins. For models that are shown conversations."""
        ...

    def thoughts(self, role: str) -> Thoughts | None:
        """How the model of this role marks its thoughts off from its reply; None where it does
        not."""
        ...

    async def complete(self, context: Context, max_tokens: int, stop: Sequence[str] = ()) -> Reply:
        """Draw a completion with the sweep's sampling for the context's role.

        Raises:
            OverflowedError: context and `max_tokens` exceed the sweep's context window.
            EngineError: the engine gave no answer.
        """
        ...

    async def score(self, context: Context, options: Sequence[str]) -> tuple[OptionScore, ...]:
        """Log-likelihood of each option right after the context, in the order given."""
        ...

    async def judge(self, context: Context, yes: Sequence[str], no: Sequence[str]) -> Judgement:
        """How likely the reply begins with one of these words for yes, and with one for no.

        Ways of writing a word whose tokens are another's, or go on from another's, are counted with
        it, so that no reply is counted twice. The context is processed, and paid for, once. The
        judgement is in the record: a cell whose judge hardly says either word is not trusted.

        Raises:
            OverflowedError: the context fills the sweep's context window.
            ValueError: a word for yes and one for no begin with the same tokens.
        """
        ...

    async def reward(self, prompt: Prompt, steps: Sequence[str], of: Address) -> tuple[float, ...]:
        """What the reward model of a prompt's role says of a written solution.

        The question is processed once a problem, as the prefix of all its solutions. The numbers
        are in the record, under the solution's address.

        Args:
            prompt: the question, put as the model that wrote was asked it, or as a user's turn.
            steps: the solution; an outcome model is shown its steps joined as they are.
            of: address of the attempt that wrote it.

        Returns:
            Log-odds that it is right, or a reward on a scale of the model's own: one number of an
            outcome model, one a step of a process model.

        Raises:
            OverflowedError: question and solution fill the sweep's context window.
            EngineError: the engine gave no answer.
        """
        ...

    async def read(self, text: str) -> tuple[str | None, str | None]:
        """The answer in `text` by the benchmark's one rule, and its canonical form."""
        ...

    async def read_program(
        self, text: str, stub: FunctionStub
    ) -> tuple[ProgramReading | None, str | None]:
        """The program in a text by the benchmark's one rule, and its canonical form.

        Args:
            text: the function's header and what the model wrote after it, or a whole reply.
            stub: the function that was asked for.
        """
        ...

    async def read_reply(self, text: str, stub: FunctionStub | None = None) -> Reading:
        """What the benchmark's one rule reads in a whole reply, after its thoughts.

        Args:
            text: what the model said in a turn of its own.
            stub: the function that was asked for, where the answer is a program.
        """
        ...

    async def effect(
        self,
        name: str,
        arguments: Any,
        make: Callable[[], Awaitable[Any]],
        *,
        local: bool = False,
        rehearsed: Any = None,
    ) -> Any:
        """The journalled outcome of something outside the model (a tool, a clock, a random choice).

        `make` runs once for these arguments at this address; a resumed run gets what it returned
        then. A plan's rehearsal carries nothing out: it runs `make` only if that is `local`.

        Args:
            name: what is done, one word.
            arguments: all that the outcome depends on, a tool's state included; they and the
                outcome are plain data, as JSON holds it.
            make: does it.
            local: whether it takes nothing but its arguments, at once and within this process,
                and leaves nothing behind, so that a rehearsal may do it.
            rehearsed: what a rehearsal takes for the outcome of one that is not local.

        Raises:
            UserError: in a rehearsal, where neither `local` nor `rehearsed` is given.
        """
        ...

    async def check(self, code: str, asserts: Sequence[str]) -> tuple[bool, ...]:
        """Whether a program passes each of the solver's own `assert` statements, in the sandbox.

        Each is contained by itself, and the outcome journalled by content: equal code and asserts
        are run once. No hidden test can be named here; solvers hold none.

        Raises:
            UserError: this run has no sandbox.
        """
        ...

    async def behaviour(self, code: str, expressions: Sequence[str]) -> tuple[str, ...]:
        """What expressions evaluate to after a program, as text that is equal for equal values.

        Journalled as `check` is; an expression that ends badly has its verdict for a value.

        Raises:
            UserError: this run has no sandbox.
        """
        ...

    async def script(self, code: str) -> str:
        """What a script prints and what its last expression comes to, in the sandbox.

        Its failure is told in the text. Journalled as `check` is.

        Raises:
            UserError: this run has no sandbox.
        """
        ...

    async def oracle(self, attempt: Any) -> float:
        """The hidden grader's score of an attempt, for `oracle` variants alone; marks the record.

        Raises:
            UserError: no PTE of the stack declares the signal `oracle`.
        """
        ...

    def offered(self, tool: Tool) -> Tool:
        """The tool as it is to be called here: itself, or in a plan's rehearsal what stands in for
        it."""
        ...

    def invoked(self, pte: str) -> None:
        """Note that a PTE took part in this attempt."""
        ...

    def called(self, what: str) -> None:
        """Note a call for the record (`tool:search`); those of models and programs note
        themselves."""
        ...

    def used_tool(self, seconds: float) -> None:
        """Note on the ledger of what was measured how long a tool took."""
        ...
