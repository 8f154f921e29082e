"""Which cost the definition is judged by."""

from __future__ import annotations

from dataclasses import replace
from math import nan
from typing import Any

import numpy as np
import pytest

from analysis.ceg.budget import stack_cost
from analysis.contracts.experiment import Arm, Experiment, Rung

RUNG = Rung(model="m", family="f", stage="base", flop=1e21)
VOTES = Experiment(
    name="e",
    benchmark="b",
    task_type="math",
    rungs=(RUNG,),
    arms=(Arm(label="base"), Arm(label="votes", ptes=("votes",))),
    means=np.array([[0.5], [0.6]]),
    counts=np.array([[9.0], [9.0]]),
    multiples=np.array([[1.0], [285.0]]),
    net_multiples=np.array([[1.0], [18.7]]),
    one_time=np.zeros((2, 1)),
)


def test_a_prompt_that_votes_share_is_no_reason_to_be_outside() -> None:
    cost = stack_cost(VOTES, 1)
    assert (cost.multiple, cost.net) == pytest.approx((285.0, 18.7))
    assert cost.judged == cost.net
    assert cost.definition == "inside"


@pytest.mark.parametrize("net", [None, np.full((2, 1), nan)])
def test_without_a_net_cost_the_gross_one_decides(net: Any) -> None:
    cost = stack_cost(replace(VOTES, net_multiples=net), 1)
    assert cost.judged == pytest.approx(285.0)
    assert cost.definition == "outside (inference)"
