"""Chat templates of our own with the structure of those that today's models have."""

from __future__ import annotations

_CHATML = (
    "{%- for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}"
    "{%- if m.role == 'assistant' and '</think>' in m.content %}"
    "{{- m.content.split('</think>')[-1].lstrip('\n') }}{%- else %}{{- m.content }}{%- endif %}"
    "{{- '<|im_end|>\n' }}{%- endfor %}"
)
CHATML = _CHATML + "{%- if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{%- endif %}"
"""Qwen2.5 and SmolLM2; it knows of thoughts in earlier turns, as Qwen3-Instruct-2507's does."""
QWEN3 = CHATML.removesuffix("{%- endif %}") + (
    "{%- if enable_thinking is defined and enable_thinking is false %}"
    "{{- '<think>\n\n</think>\n\n' }}{%- endif %}{%- endif %}"
)
"""Thinks unless told not to; empty thoughts are written for it then."""
SMOLLM3 = (
    "{%- if enable_thinking is not defined %}{% set enable_thinking = true %}{% endif %}"
    "{{- '<|im_start|>system\nMode: ' + ('/think' if enable_thinking else '/no_think') }}"
    "{%- if messages[0].role == 'system' %}{{ '\n' + messages[0].content }}"
    "{%- set messages = messages[1:] %}{%- endif %}"
    "{%- if enable_thinking %}{{- '\nPut thoughts between <think> and </think>.' }}{%- endif %}"
    "{{- '<|im_end|>\n' }}" + CHATML.removesuffix("{%- endif %}") + "{%- if not enable_thinking %}"
    "{{- '<think>\n\n</think>\n' }}{%- endif %}{%- endif %}"
)
"""The system prompt speaks of thoughts, and is no part of the reply."""
DEEPSEEK = (
    "{%- if not thinking is defined %}{% set thinking = false %}{% endif %}"
    "{%- for m in messages %}{%- if m.role == 'user' %}{{ '<User>' + m.content }}"
    "{%- elif m.role == 'assistant' %}{{ '<Assistant></think>' + m.content + '<|im_end|>' }}"
    "{%- else %}{{ m.content }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<Assistant>' }}"
    "{{- '<think>' if thinking else '</think>' }}{%- endif %}"
)
"""Does not think unless told to (DeepSeek-V3.1)."""
GRANITE = (
    "{%- if thinking %}{{- 'Think between <think> and </think> first.' }}{%- endif %}" + CHATML
)
"""Is told to think by its system prompt alone."""
ALWAYS = CHATML.replace("'<|im_start|>assistant\n'", "'<|im_start|>assistant\n<think>\n'")
"""Thoughts are opened for it (DeepSeek-R1, OLMo 3 Think, Qwen3-Thinking-2507)."""
HARMONY = (
    "{{- '<|start|>system<|message|>Channels: analysis, final.<|end|>' }}"
    "{%- for m in messages %}{%- if m.role == 'assistant' %}"
    "{{- '<|start|>assistant<|channel|>final<|message|>' + m.content + '<|end|>' }}"
    "{%- elif m.role == 'system' %}{{- '<|start|>developer<|message|>' + m.content + '<|end|>' }}"
    "{%- else %}{{- '<|start|>user<|message|>' + m.content + '<|end|>' }}{%- endif %}{%- endfor %}"
    "{%- if add_generation_prompt %}{{- '<|start|>assistant' }}{%- endif %}"
)
"""gpt-oss: thoughts and replies are channels."""
GEMMA2 = (
    "{%- if messages[0].role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{%- endif %}{%- for m in messages %}"
    "{%- if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Roles must alternate') }}{%- endif %}"
    "{{- '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' }}"
    "{{- m.content | trim + '<end_of_turn>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{%- endif %}"
)
GEMMA3 = (
    "{%- set opening = '' %}{%- if messages[0].role == 'system' %}"
    "{%- set opening = messages[0].content + '\n\n' %}"
    "{%- set messages = messages[1:] %}{%- endif %}"
    "{%- for m in messages %}"
    "{{- '<start_of_turn>' + ('model' if m.role == 'assistant' else m.role) + '\n' }}"
    "{{- (opening if loop.first else '') + m.content | trim + '<end_of_turn>\n' }}{%- endfor %}"
    "{%- if add_generation_prompt %}{{ '<start_of_turn>model\n' }}{%- endif %}"
)
"""The system prompt opens the first user's turn."""
LLAMA2 = (
    "{%- for m in messages %}{%- if m.role == 'user' %}"
    "{{- bos_token + '[INST] ' + m.content | trim + ' [/INST]' }}"
    "{%- elif m.role == 'assistant' %}{{- ' ' + m.content | trim + ' ' + eos_token }}"
    "{%- endif %}{%- endfor %}"
)
"""Leaves system prompts out, and has no prompt of its own for replies."""
FORGETFUL = "{{ messages[-1].content + '\nReply: ' }}"
"""Shows the last turn alone."""
