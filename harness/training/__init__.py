"""Recipes carried out: what `pte train` does before a sweep, one rung after the other.

`asked` is what a command wants trained; `samples` collects on the train split, as an ordinary sweep
through the journal; `examples` filters and renders; `fit` trains with TRL, PEFT and transformers;
`make` puts them in order and writes the artefact; `expected` says beforehand what it will cost.
"""
