"""The scenarios of the table, by the name that its rows know them by."""

from __future__ import annotations

from dataclasses import replace

from tests.analysis.second_generator.ladder import Scenario

PLAIN = Scenario()
SOME = Scenario(tau=0.2, own=0.1)
MUCH = Scenario(tau=0.4, own=0.2)
POWER = Scenario(
    tau=0.1,
    own=0.1,
    shared=0.373,  # 1.5^2 of 1.5^2 + .7^2 + pi^2 / 3: the defaults of pte power on a logit's scale
    arms=0.081,
    gains={"": 0.0, "a": 0.4771, "b": 0.3010, "a+b": 0.4771 + 0.6 * 0.3010},
)
ADDED = {"": 0.0, "a": 0.8, "b": 0.6, "a+b": 1.4}
"""Gains that multiply: no interaction."""

SCENARIOS: dict[str, Scenario] = {
    "plain": PLAIN,
    "some luck, 3 rungs": replace(SOME, rungs=3),
    "some luck": SOME,
    "some luck, 8 rungs": replace(SOME, rungs=8),
    "much luck, 3 rungs": replace(MUCH, rungs=3),
    "much luck": MUCH,
    "much luck, 8 rungs": replace(MUCH, rungs=8),
    "two seeds": replace(MUCH, seeds=2),
    "ceiling .8": replace(SOME, ceiling=0.8),
    "gompertz": replace(PLAIN, form="gompertz", items=1000),
    "cloglog": replace(PLAIN, form="cloglog", items=1000),
    "plateau": replace(PLAIN, form="plateau"),
    "bimodal items": replace(PLAIN, form="two_kinds", law="bimodal"),
    "no n": replace(SOME, published="bare"),
    "8 rungs": replace(PLAIN, rungs=8),
    "100 items": replace(PLAIN, items=100),
    "chance .25": replace(SOME, floor=0.25),
    "growing gains": replace(SOME, growth=0.2),
    "heavy tails": replace(SOME, law="t3", luck="t3"),
    "clustered items": replace(PLAIN, law="clustered"),
    "gompertz, gains multiply": replace(PLAIN, form="gompertz", gains=ADDED),
    "cloglog, gains multiply": replace(PLAIN, form="cloglog", gains=ADDED),
    "plateau, gains multiply": replace(PLAIN, form="plateau", gains=ADDED),
    "power, 3 rungs, 200 items": replace(POWER, rungs=3, items=200),
    "power, 5 rungs, 400 items": replace(POWER, rungs=5, items=400),
    "power, 8 rungs, 800 items twice": replace(POWER, rungs=8, items=800, draws=2),
}
