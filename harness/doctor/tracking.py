"""Weights & Biases: whether it can be told of runs."""

from __future__ import annotations

import os

import httpx
from omegaconf import OmegaConf

from harness.contracts.tracking import CLOUD, WandbConfig
from harness.doctor.contract import Asked, Check, Finding, fail, ok, skip, warn
from harness.doctor.declared import installed
from harness.errors import UserError
from harness.settings.building import build

SECONDS = 5.0


def wandb(asked: Asked) -> Finding:
    """The package, the mode, the key; the server where it is to be used."""
    wanted = bool(OmegaConf.select(asked.config, "tracking._target_"))
    version = installed("wandb")
    if version is None:
        if wanted:
            return fail("not installed", "pip install -e '.[wandb]', or leave out tracking=wandb")
        return skip("not installed, and not asked for", "for tracking=wandb: pip install wandb")
    settings: WandbConfig = (
        build("tracking", asked.config.tracking, WandbConfig) if wanted else WandbConfig()
    )
    mode = os.environ.get("WANDB_MODE", settings.mode)
    try:
        WandbConfig(mode="online").check()
        logged = "a key is there"
    except UserError as error:
        logged = "no key"
        if wanted and mode == "online":
            return fail(f"wandb {version}, {logged}", str(error))
    what = f"wandb {version}, {logged}, mode {mode}"
    if not (asked.online or (wanted and mode == "online")):
        return ok(f"{what}; its server was not asked", version=version)
    return _asked(what, wanted)


def _asked(what: str, wanted: bool) -> Finding:
    """Whether the server answers at all; what it says to strangers does not matter."""
    place = os.environ.get("WANDB_BASE_URL", CLOUD)
    name = "W&B" if place == CLOUD else "your W&B server (WANDB_BASE_URL)"
    try:
        httpx.get(place, timeout=SECONDS, follow_redirects=True)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        told = f"{what}; {name} does not answer ({type(error).__name__})"
        mend = "tracking.mode=offline, and 'wandb sync' later where there is a network"
        return fail(told, mend) if wanted else warn(told, mend)
    return ok(f"{what}; {name} answers")


CHECKS = (Check("wandb", wandb),)
