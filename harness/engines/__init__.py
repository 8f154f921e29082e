"""Engines: one protocol, four ways to answer it, and the room where prompts become token ids.

`vllm` is the default wherever vLLM imports, `transformers` the reference, `replay` serves recorded
completions, `fake` is deterministic and for unit tests alone.
"""
