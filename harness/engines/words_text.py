"""How prompts that ask for words are written where the answer follows a cue.

Plain:
    instruction

    Question: an exemplar's question
    Answer: its rationale. The answer is 5.

    Question: the question
    Answer:

Chat: the same parts as turns, the exemplars' answers being the assistant's.
"""

from __future__ import annotations

from harness.contracts.answer_form import answer_form
from harness.contracts.problem import Exemplar
from harness.contracts.prompt import Prompt
from harness.engines.conversations import Message


def solution(exemplar: Exemplar, prompt: Prompt) -> str:
    """An exemplar's solution in the form that the prompt asks for; a trajectory has an end of its
    own."""
    if prompt.form == "trajectory":
        return exemplar.forms["trajectory"].strip()
    answer = f"{prompt.cue} {exemplar.answer}.".strip()
    if prompt.form == "answer":
        return answer
    return f"{exemplar.forms[prompt.form].strip()} {answer}"


def plain(prompt: Prompt) -> str:
    """The prompt as text that a base model continues."""
    blocks = [_instruction(prompt)] if _instruction(prompt) else []
    blocks += [
        f"Question: {exemplar.question}\nAnswer: {solution(exemplar, prompt)}"
        for exemplar in prompt.exemplars
    ]
    for shown in prompt.demonstrations:
        blocks += [*shown.transcript, f"Question: {prompt.question}\nAnswer: {shown.reply}"]
    blocks += [*prompt.notes, *prompt.transcript, f"Question: {prompt.question}\nAnswer:"]
    return "\n\n".join(blocks)


def turns(prompt: Prompt) -> list[Message]:
    """The prompt as a conversation; the instruction opens the first user turn."""
    messages: list[Message] = []
    for exemplar in prompt.exemplars:
        messages.append({"role": "user", "content": exemplar.question})
        messages.append({"role": "assistant", "content": solution(exemplar, prompt)})
    for shown in prompt.demonstrations:
        asked = "\n\n".join([*shown.transcript, prompt.question])
        messages.append({"role": "user", "content": asked})
        messages.append({"role": "assistant", "content": shown.reply})
    last = "\n\n".join([*prompt.notes, *prompt.transcript, prompt.question])
    messages.append({"role": "user", "content": last})
    if _instruction(prompt):
        messages[0]["content"] = f"{_instruction(prompt)}\n\n{messages[0]['content']}"
    return messages


def _instruction(prompt: Prompt) -> str:
    parts = [prompt.instruction, prompt.reasoning or ""]
    return " ".join(part for part in (*parts, answer_form(prompt)) if part)
