"""Training one pocket model on one core, so that it can be stopped and gone on with.

The documents of a step are drawn from the run's and the step's number, so a run that goes on from a
saved state sees what it would have seen.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from random import Random
from time import monotonic
from typing import Any

from harness.errors import require
from harness.files import replace_text, replacing
from pocket import model as architecture
from pocket.corpus import document, fingerprint
from pocket.recipe import Recipe

CARD = "training.json"
STATE = "state.pt"
SAVE_SECONDS = 20.0
WARMUP = 50
FLOOR = 0.03
"""Share of the learning rate that is left at the end of the cosine."""


def finished(recipe: Recipe, folder: Path) -> bool:
    """Whether the folder holds the model that this recipe makes of these documents."""
    card = folder / CARD
    if not card.exists():
        return False
    message = json.loads(card.read_text())
    return bool(message["recipe"] == recipe.described() and message["corpus"] == fingerprint())


def train(recipe: Recipe, folder: Path, work: Path, report: Callable[[int], None]) -> None:
    """Train, or go on, and write the checkpoint; `report` is told the steps done.

    `work` holds the state of an unfinished run, and nothing after it.
    """
    torch = require("torch", "transformers")
    torch.set_num_threads(1)
    run = _TrainingRun(torch, recipe)
    state = work / recipe.name / STATE
    if state.exists():
        run.load(state)
    saved = monotonic()
    while run.step < recipe.steps:
        run.advance()
        if run.step % 10 == 0:
            report(run.step)
        if monotonic() - saved > SAVE_SECONDS:
            run.save(state)
            saved = monotonic()
    architecture.save(run.model, folder)
    _write_card(recipe, folder, run)
    state.unlink(missing_ok=True)
    if state.parent.is_dir():
        state.parent.rmdir()
    report(recipe.steps)


def measure(recipe: Recipe, steps: int = 20) -> float:
    """Seconds a step takes, from a few steps."""
    torch = require("torch", "transformers")
    torch.set_num_threads(1)
    run = _TrainingRun(torch, recipe)
    run.advance()
    started = monotonic()
    for _ in range(steps):
        run.advance()
    return (monotonic() - started) / steps


class _TrainingRun:
    """Model, optimisers, and how far they have come."""

    def __init__(self, torch: Any, recipe: Recipe) -> None:
        torch.manual_seed(recipe.run)
        self._torch = torch
        self._recipe = recipe
        self.model = architecture.build(recipe)
        named = list(self.model.named_parameters())
        inner = [p for name, p in named if p.ndim == 2 and "embed" not in name]
        outer = [p for name, p in named if p.ndim != 2 or "embed" in name]
        self._optimisers = [
            torch.optim.Muon(inner, lr=recipe.matrix_rate, weight_decay=0.01, ns_steps=4),
            torch.optim.AdamW(outer, lr=recipe.rate, betas=(0.9, 0.98), weight_decay=0.0),
        ]
        self._rates = [recipe.matrix_rate, recipe.rate]
        self.step = 0
        self.loss = math.nan
        self.learned = 0
        """Tokens that the loss was taken over."""

    def advance(self) -> None:
        """One step."""
        torch, recipe = self._torch, self._recipe
        random = Random(f"{recipe.run}|{self.step}")
        pages = [document(random) for _ in range(recipe.batch)]
        ids = torch.tensor([page[0] for page in pages])
        kept = torch.tensor([page[1][1:] for page in pages]).reshape(-1).nonzero()[:, 0]
        hidden = self.model.model(input_ids=ids[:, :-1]).last_hidden_state
        # The output layer is computed where something is to be learned, and nowhere else.
        logits = self.model.lm_head(hidden.reshape(-1, recipe.width)[kept])
        loss = torch.nn.functional.cross_entropy(logits, ids[:, 1:].reshape(-1)[kept])
        self.model.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        share = schedule(self.step, recipe.steps)
        for optimiser, rate in zip(self._optimisers, self._rates, strict=True):
            for group in optimiser.param_groups:
                group["lr"] = rate * share
            optimiser.step()
        self.step += 1
        self.loss = float(loss.detach())
        self.learned += len(kept)

    def save(self, path: Path) -> None:
        """Write the state, whole."""
        state = {
            "recipe": self._recipe.described(),
            "model": self.model.state_dict(),
            "optimisers": [each.state_dict() for each in self._optimisers],
            "step": self.step,
            "learned": self.learned,
        }
        with replacing(path) as part:
            self._torch.save(state, part)

    def load(self, path: Path) -> None:
        """Go on from a state; one of another recipe is left alone."""
        state = self._torch.load(path, weights_only=True)
        if state["recipe"] != self._recipe.described():
            return
        self.model.load_state_dict(state["model"])
        for optimiser, saved in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step, self.learned = state["step"], state["learned"]


def schedule(step: int, steps: int) -> float:
    """Share of the full learning rate: a short rise, then a cosine down to `FLOOR`."""
    rise = min(WARMUP, max(5, steps // 10))
    fall = 0.5 * (1 + math.cos(math.pi * min(1.0, step / steps)))
    return min(1.0, (step + 1) / rise) * (FLOOR + (1 - FLOOR) * fall)


def _write_card(recipe: Recipe, folder: Path, run: _TrainingRun) -> None:
    card = {
        "recipe": recipe.described(),
        "corpus": fingerprint(),
        "parameters": recipe.parameters,
        "tokens": recipe.tokens,
        "learned_tokens": run.learned,
        "flop": recipe.flop,
        "loss": run.loss,
    }
    # The card says that the model is there, whole.
    replace_text(folder / CARD, json.dumps(card, indent=1) + "\n")
