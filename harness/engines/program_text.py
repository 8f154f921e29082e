"""How prompts that ask for a program are written: a code document for a base model, turns for chat.

A base model is shown one file and goes on with it: exemplars as whole functions, notes as comments,
then the header. Where it is asked to reason first it has to see the problem before, so then
question and answer are told apart in words. A chat model is shown code between fences, and its
reply opens with a fence and the header. The header comes last in every arm.
"""

from __future__ import annotations

from harness.contracts.problem import Exemplar
from harness.contracts.program import fenced, open_block
from harness.contracts.prompt import Prompt
from harness.engines.conversations import Message


def lead(prompt: Prompt, chat: bool, opening: str) -> str:
    """What opens the reply: the header, or the words that open a rationale."""
    if prompt.reasoning is not None:
        return opening if chat or not opening else f" {opening}"
    return prompt.header if not chat else open_block(prompt.header)


def plain(prompt: Prompt) -> str:
    """The text before the lead, for a model that continues text."""
    if prompt.reasoning is None:
        blocks = [f"{each.question}\n{each.answer}" for each in prompt.exemplars]
        blocks += [_comment(note) for note in prompt.notes]
        return "".join(f"{block}\n\n\n" for block in blocks)
    blocks = [_instruction(prompt)]
    blocks += [
        f"Question:\n{fenced(each.question)}\nAnswer: {solution(each, prompt)}"
        for each in prompt.exemplars
    ]
    blocks += [*prompt.notes, f"Question:\n{fenced(prompt.question)}\nAnswer:"]
    return "\n\n".join(filter(None, blocks))


def turns(prompt: Prompt) -> list[Message]:
    """The conversation before the reply; the instruction opens the first user turn."""
    messages: list[Message] = []
    for each in prompt.exemplars:
        messages.append({"role": "user", "content": fenced(each.question)})
        messages.append({"role": "assistant", "content": solution(each, prompt)})
    last = "\n\n".join([*prompt.notes, fenced(prompt.question)])
    messages.append({"role": "user", "content": last})
    if _instruction(prompt):
        messages[0]["content"] = f"{_instruction(prompt)}\n\n{messages[0]['content']}"
    return messages


def solution(exemplar: Exemplar, prompt: Prompt) -> str:
    """An exemplar's reply: the whole function, after its rationale where one is asked for."""
    code = fenced(f"{exemplar.question}\n{exemplar.answer}")
    if prompt.form == "answer":
        return code
    return f"{exemplar.forms[prompt.form].strip()}\n{code}"


def _instruction(prompt: Prompt) -> str:
    return " ".join(part for part in (prompt.instruction, prompt.reasoning) if part)


def _comment(note: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in note.splitlines())
