"""How calls of tools are written, as a prompt shows it: `Action: search[Ada Lovelace]`.

Nothing is known here of the policies that read calls; what their prompts show is copied.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LABELLED = re.compile(
    r"^(?P<label>[A-Z][A-Za-z ]{0,20}:)[ \t]*(?P<call>[a-z_]\w*\[[^\]\n]*\])", re.MULTILINE
)
_LISTED = re.compile(r"^[ \t]*[-*]?[ \t]*(?P<call>[a-z_]\w*\[[^\]\n]*\])", re.MULTILINE)
_WITHIN = re.compile(
    r"\[[a-z_]\w*\([^\]\n]*\)\]"
    r"|<(?P<tag>[a-z_]\w*)>[^<\n]+</(?P=tag)>"
    r'|\{"(?:tool|name|action|function)": *"[^"\n]+"[^\n]*\}'
)
_HEAD = re.compile(r"\w+\[|\[\w+\(|<\w+>|\{")
"""How a call begins."""
_ENDS = re.compile(r"^(?:finish|answer|submit|end|stop|final|done)\b|^(?:finish|final)_", re.I)


@dataclass(frozen=True)
class Forms:
    """The calls that a prompt shows."""

    label: str
    """What stands before a call on its line (`Action:`); empty where nothing does."""
    lines: tuple[str, ...]
    """Calls on a line of their own that go on, as shown."""
    ending: str
    """The name of the call that ends the work with an answer; empty where there is none."""
    within: tuple[str, ...]
    """Calls within running text, as shown."""
    length: int
    """Characters of the prompt in which they were found."""

    @property
    def any(self) -> bool:
        return bool(self.lines or self.ending or self.within)


def forms_in(prompt: str) -> Forms:
    """The forms that a prompt shows, each once, in the order in which they come."""
    labelled = list(_LABELLED.finditer(prompt))
    calls = [found["call"] for found in (*_LISTED.finditer(prompt), *labelled)]
    named: dict[str, str] = {}
    for call in calls:
        named.setdefault(call.partition("[")[0], call)
    ending = next((name for name in named if _ENDS.match(name)), "")
    return Forms(
        label=labelled[0]["label"] if labelled else "",
        lines=tuple(call for name, call in named.items() if not _ENDS.match(name)),
        ending=ending,
        within=tuple(dict.fromkeys(found[0] for found in _WITHIN.finditer(prompt))),
        length=len(prompt),
    )


def calls_since(prompt: str, forms: Forms) -> int:
    """How many calls stand in what has been added to the prompt since it was first shown."""
    added = prompt[forms.length :]
    heads = {head[0] for call in (*forms.lines, *forms.within) if (head := _HEAD.match(call))}
    return sum(added.count(head) for head in heads)
