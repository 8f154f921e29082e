"""Solved examples for roles of PTEs, shown where few-shot shows the benchmark's own to the solver.

All of it is our own writing, and of no benchmark. Where the papers show such examples (reflections
and judgements of Reflexion and LATS, tests of Reflexion), a stack with few-shot does; where they do
not (CodeT's tests), none does.
"""
