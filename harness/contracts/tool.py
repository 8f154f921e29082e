"""What a model may call while it answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.contracts.draw import Draw
from harness.contracts.passage import Corpus

TEXT = {"type": "string", "minLength": 1}
"""The schema of a tool that takes one line of text."""


@dataclass(frozen=True, slots=True)
class Observation:
    """What a tool returns to the model."""

    text: str
    """Text of the observation, as the model is shown it."""
    state: Any = None
    """What the tool will remember of this attempt: plain data, since a search branches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """What a model may call, by name. Policies call it through `harness.solvers.tool_use.use`: an
    error, a hang or a flood of text then costs one observation, and the attempt goes on."""

    name: str
    """The tool's name, one lower-case word, by which the model calls it."""
    description: str
    """What the tool does, in one sentence that the model is shown."""
    example: str
    """An argument as the model should write it (`3 * (4 + 5)`)."""
    call: Callable[[str, Any, Draw], Awaitable[Observation]]
    """`(argument, state, draw) -> observation`; `state` is None at the attempt's first call."""
    schema: Mapping[str, Any] = field(default_factory=lambda: dict(TEXT))
    """JSON schema of the argument; text (`minLength` 0 where there may be none), or an object that
    the model writes as JSON."""
    memory: str = ""
    """The name under which its state is kept, where tools share one (`search` and `lookup`);
    empty for its own."""
    identity: str = ""
    """What its observations depend on besides argument and state (the content of a corpus, a
    setting): another one is never served what this one's journal holds."""
    asks: bool = False
    """Whether it asks a model or the sandbox through `draw`, which journals that by itself; what
    any other tool returns is journalled as an effect."""
    local: bool = False
    """Whether a call takes nothing but its arguments, at once and within this process, so that a
    plan's rehearsal may make it; text of a stated length stands in for any other's observation."""
    over: Callable[[Corpus], Tool] | None = None
    """The same tool over another corpus: its use is shown on an exemplar's own passages. None
    where it searches none."""
    timeout: float = 10.0
    """Seconds after which a call is given up; of one that asks a model there is no limit."""
