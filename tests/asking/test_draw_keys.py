"""Law 1: a completion's key holds what determines it, and nothing else."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.asking.asker import completion_key, score_key
from harness.asking.voice import Voice
from harness.contracts.address import Address
from harness.engines.fake import FakeConfig
from harness.engines.protocol import GREEDY, Sampling
from tests.toys import toy_voice

IDS = array("I", [1, 2, 3])
HERE = Address().at("selection", 2)


@pytest.fixture
def voice(tmp_path: Path) -> Voice:
    return toy_voice(tmp_path, FakeConfig())


def key(voice: Voice, ids: array[int] = IDS, address: Address = HERE) -> bytes:
    return completion_key(voice, ids, 8, ("\n",), address)


def sampled(voice: Voice, **changes: Any) -> Voice:
    return replace(voice, sampling=replace(voice.sampling, **changes))


def identified(voice: Voice, **changes: str) -> Voice:
    return replace(voice, identity=replace(voice.identity, **changes))


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
    voice: Voice, change: Callable[[Voice], Voice]
) -> None:
    assert key(change(voice)) != key(voice)


def test_address_token_limit_stops_and_ids_change_the_key(voice: Voice) -> None:
    keys = {
        key(voice),
        key(voice, address=Address()),
        key(voice, address=HERE.at("repeat", 1)),
        key(voice, array("I", [1, 2, 4])),
        completion_key(voice, IDS, 9, ("\n",), HERE),
        completion_key(voice, IDS, 8, (), HERE),
    }
    assert len(keys) == 6


def test_names_and_prices_are_not_in_the_key(voice: Voice) -> None:
    assert key(replace(voice, model="another name", flop_per_token=1.0)) == key(voice)


def test_a_greedy_completion_has_no_address(voice: Voice) -> None:
    greedy = replace(voice, sampling=GREEDY)
    assert key(greedy) == key(greedy, address=Address())
    assert key(greedy) != key(voice, address=Address())


def test_a_log_likelihood_has_neither_address_nor_sampling(voice: Voice) -> None:
    option = array("I", [9])
    hot = replace(voice, sampling=Sampling(2.0))
    assert score_key(hot, IDS, option) == score_key(voice, IDS, option)
    assert score_key(identified(voice, dtype="float32"), IDS, option) != score_key(
        voice, IDS, option
    )


def test_context_and_continuation_do_not_run_into_each_other(voice: Voice) -> None:
    one = score_key(voice, array("I", [1, 2]), array("I", [3]))
    other = score_key(voice, array("I", [1]), array("I", [2, 3]))
    assert one != other
