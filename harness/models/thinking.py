"""Whether a checkpoint thinks before it answers, as its chat template shows.

A template says so in three ways: it reads a variable that switches thoughts on and off, its
generation prompt opens the thoughts, or it writes turns in a format that has a channel for them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NoReturn

from jinja2 import meta, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

Thinking = Literal["never", "switch", "always"]
"""Whether a model thinks: `switch` where its chat template can be told to."""

SWITCHES = ("enable_thinking", "thinking")
"""Variables by which templates are told whether the model is to think (Qwen3 and SmolLM3;
DeepSeek-V3.1 and Granite)."""
MARK = "Zq7Mark3xK"
"""Stands for a turn's text where a rendered conversation is looked through for it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The strings that thoughts stand between."""

    open: str
    close: str
    answer: str = ""
    """What opens a reply where thoughts and replies are channels of one turn; `close` ends so."""
    end: str = ""
    """What ends a channel there; `close` begins so."""


THINK = Marks("<think>", "</think>")
_FINAL = "<|channel|>final<|message|>"
HARMONY = Marks(
    "<|channel|>analysis<|message|>", f"<|end|><|start|>assistant{_FINAL}", _FINAL, "<|end|>"
)
"""The format of gpt-oss."""
MARKS = (
    THINK,
    Marks("[THINK]", "[/THINK]"),
    Marks("<thought>", "</thought>"),
    Marks("<|START_THINKING|>", "<|END_THINKING|>"),
    Marks("<seed:think>", "</seed:think>"),
)


class _Generation(Extension):
    """The block `generation`, which transformers adds to Jinja, read as what it holds."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)


@lru_cache(maxsize=1)
def environment() -> ImmutableSandboxedEnvironment:
    """Jinja as chat templates are written for it, on the first day of 2026."""
    result = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols]
    )
    result.filters["tojson"] = lambda value, indent=None, **_: json.dumps(
        value, ensure_ascii=False, indent=indent
    )
    result.globals |= {"raise_exception": _refuse, "strftime_now": lambda _: "2026-01-01"}
    return result


def switch_of(template: str) -> str | None:
    """The variable by which a template is told whether the model is to think, or None."""
    asked = meta.find_undeclared_variables(environment().parse(template))
    return next((name for name in SWITCHES if name in asked), None)


def marks_of(template: str) -> Marks | None:
    """What a template knows thoughts by; None where it knows of none."""
    if "<|channel|>" in template and "analysis" in template:
        return HARMONY
    return next((each for each in MARKS if each.open in template or each.close in template), None)


def opened_and_closed(prompt: str, marks: Marks) -> tuple[bool, bool]:
    """Whether a generation prompt leaves thoughts open, and whether it has closed them already."""
    opens, closes = prompt.rfind(marks.open), prompt.rfind(marks.close)
    return opens > closes, closes > opens


def thinking_of(template: str) -> Thinking:
    """Whether a model with this chat template thinks; `never` where the template cannot be read or
    does not show it."""
    try:
        switch, marks = switch_of(template), marks_of(template)
        if switch and len({_rendered(template, {switch: on}) for on in (True, False)}) == 2:
            return "switch"
        if marks is None:
            return "never"
        if marks is HARMONY:
            return "always"
        prompt = _rendered(template, {}).rpartition(MARK)[2]
    except (TemplateError, TemplateSyntaxError, TypeError, ValueError):
        return "never"
    return "always" if opened_and_closed(prompt, marks)[0] else "never"


def _rendered(template: str, settings: Mapping[str, Any]) -> str:
    """A conversation of one user's turn, up to where the reply begins."""
    messages: Sequence[Mapping[str, str]] = [{"role": "user", "content": MARK}]
    names = dict.fromkeys(("bos_token", "eos_token", "pad_token", "unk_token"), "")
    return (
        environment()
        .from_string(template)
        .render(messages=messages, add_generation_prompt=True, **names, **settings)
    )
