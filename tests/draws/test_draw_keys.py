"""Law 1: a completion's key holds what determines it, and nothing else."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.contracts.address import Address
from harness.draws.asker import completion_key, score_key
from harness.draws.role_model import RoleModel
from harness.engines.fake import FakeConfig
from harness.engines.protocol import GREEDY, Sampling
from tests.toys import toy_role_model

IDS = array("I", [1, 2, 3])
HERE = Address().at("selection", 2)


@pytest.fixture
def role_model(tmp_path: Path) -> RoleModel:
    return toy_role_model(tmp_path, FakeConfig())


def key(role_model: RoleModel, ids: array[int] = IDS, address: Address = HERE) -> bytes:
    return completion_key(role_model, ids, 8, ("\n",), address)


def sampled(role_model: RoleModel, **changes: Any) -> RoleModel:
    return replace(role_model, sampling=replace(role_model.sampling, **changes))


def identified(role_model: RoleModel, **changes: str) -> RoleModel:
    return replace(role_model, identity=replace(role_model.identity, **changes))


@pytest.mark.parametrize(
    "change",
    [
        lambda v: sampled(v, temperature=0.8),
        lambda v: sampled(v, top_p=0.9),
        lambda v: sampled(v, top_k=5),
        lambda v: identified(v, weights="others"),
        lambda v: identified(v, adapter="sha256:1"),
        lambda v: identified(v, dtype="float32"),
        lambda v: identified(v, quantisation="awq"),
        lambda v: identified(v, engine="other"),
        lambda v: identified(v, version="2"),
    ],
)
def test_identity_and_sampling_change_the_key(
    role_model: RoleModel, change: Callable[[RoleModel], RoleModel]
) -> None:
    assert key(change(role_model)) != key(role_model)


def test_address_token_limit_stops_and_ids_change_the_key(role_model: RoleModel) -> None:
    keys = {
        key(role_model),
        key(role_model, address=Address()),
        key(role_model, address=HERE.at("repeat", 1)),
        key(role_model, array("I", [1, 2, 4])),
        completion_key(role_model, IDS, 9, ("\n",), HERE),
        completion_key(role_model, IDS, 8, (), HERE),
    }
    assert len(keys) == 6


def test_names_and_prices_are_not_in_the_key(role_model: RoleModel) -> None:
    assert key(replace(role_model, model="another name", flop_per_token=1.0)) == key(role_model)


def test_a_greedy_completion_has_no_address(role_model: RoleModel) -> None:
    greedy = replace(role_model, sampling=GREEDY)
    assert key(greedy) == key(greedy, address=Address())
    assert key(greedy) != key(role_model, address=Address())


def test_a_log_likelihood_has_neither_address_nor_sampling(role_model: RoleModel) -> None:
    option = array("I", [9])
    hot = replace(role_model, sampling=Sampling(2.0))
    assert score_key(hot, IDS, option) == score_key(role_model, IDS, option)
    assert score_key(identified(role_model, dtype="float32"), IDS, option) != score_key(
        role_model, IDS, option
    )


def test_context_and_continuation_do_not_run_into_each_other(role_model: RoleModel) -> None:
    one = score_key(role_model, array("I", [1, 2]), array("I", [3]))
    other = score_key(role_model, array("I", [1]), array("I", [2, 3]))
    assert one != other
