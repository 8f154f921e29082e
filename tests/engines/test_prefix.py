"""The prefix gate: who waits for whom, and that nobody waits for ever."""

from __future__ import annotations

import asyncio
import random
from array import array
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.engines.prefix import PrefixGate

BLOCK = 4


def ids(*blocks: int, rest: int = 0) -> array[int]:
    """Token ids of whole blocks, each filled with one number, and some more."""
    return array("I", [n for block in blocks for n in [block] * BLOCK] + [7] * rest)


async def settle() -> None:
    """Let everything that can go on go on."""
    for _ in range(20):
        await asyncio.sleep(0)


class Entering:
    """A request on its way through the gate."""

    def __init__(self, gate: PrefixGate, tokens: array[int]) -> None:
        self._task = asyncio.ensure_future(gate.enter(tokens))

    @property
    def through(self) -> bool:
        return self._task.done()

    @property
    def leads(self) -> bool:
        return self._task.result() is not None

    def prefilled(self) -> None:
        report = self._task.result()
        assert report is not None
        report()

    def cancel(self) -> None:
        self._task.cancel()


def test_followers_wait_for_the_leaders_first_token_and_then_go() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        leader, *followers = [Entering(gate, ids(1, 2)) for _ in range(4)]
        await settle()
        assert leader.through
        assert leader.leads
        assert not any(follower.through for follower in followers)
        leader.prefilled()
        await settle()
        assert all(follower.through and not follower.leads for follower in followers)

    asyncio.run(scene())


def test_disjoint_prefixes_do_not_wait() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        requests = [Entering(gate, ids(n, 9)) for n in range(5)]
        await settle()
        assert all(request.through and request.leads for request in requests)

    asyncio.run(scene())


def test_the_same_block_after_another_beginning_is_another_block() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        first = Entering(gate, ids(1, 2))
        await settle()
        first.prefilled()
        other = Entering(gate, ids(3, 2))
        await settle()
        assert other.leads

    asyncio.run(scene())


def test_what_fills_no_block_never_waits() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        requests = [Entering(gate, ids(rest=BLOCK - 1)) for _ in range(2)]
        await settle()
        assert all(request.through and not request.leads for request in requests)

    asyncio.run(scene())


def test_a_prefilled_prefix_is_remembered() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        leader = Entering(gate, ids(1, 2))
        await settle()
        leader.prefilled()
        later = Entering(gate, ids(1, 2, rest=3))
        await settle()
        assert not later.leads

    asyncio.run(scene())


def test_a_leader_that_fails_releases_its_followers() -> None:
    async def lead(gate: PrefixGate) -> None:
        prefilled = await gate.enter(ids(1))
        try:
            await asyncio.sleep(0)
            raise RuntimeError("refused")
        finally:
            assert prefilled is not None
            prefilled()

    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        failing = asyncio.ensure_future(lead(gate))
        await asyncio.sleep(0)
        followers = [Entering(gate, ids(1)) for _ in range(3)]
        await settle()
        with pytest.raises(RuntimeError):
            await failing
        assert all(follower.through for follower in followers)

    asyncio.run(scene())


def test_a_follower_that_gives_up_holds_nobody() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        leader, quitter, patient = [Entering(gate, ids(1)) for _ in range(3)]
        await settle()
        quitter.cancel()
        leader.prefilled()
        await settle()
        assert patient.through

    asyncio.run(scene())


def test_nested_prefixes_are_led_level_by_level() -> None:
    """Few-shot exemplars that all share, then a question that the votes of one problem share."""

    async def scene() -> None:
        gate = PrefixGate(BLOCK)
        first = [Entering(gate, ids(1, 2, 10)) for _ in range(2)]
        second = [Entering(gate, ids(1, 2, 20)) for _ in range(2)]
        await settle()
        assert [request.through for request in (*first, *second)] == [True, False, False, False]
        first[0].prefilled()
        await settle()
        # The exemplars are there; each question is prefilled by one of its votes.
        assert first[1].through
        assert not first[1].leads
        assert second[0].through
        assert second[0].leads
        assert not second[1].through
        second[0].prefilled()
        await settle()
        assert second[1].through
        assert not second[1].leads

    asyncio.run(scene())


def test_reporting_again_at_each_further_token_changes_nothing() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK, remember=1)
        first = Entering(gate, ids(1))
        await settle()
        first.prefilled()
        other = Entering(gate, ids(2))
        await settle()
        other.prefilled()  # pushes the first out of memory
        again, follower = Entering(gate, ids(1)), Entering(gate, ids(1))
        await settle()
        assert again.leads
        first.prefilled()  # an earlier leader's second token is not the new leader's first
        await settle()
        assert not follower.through
        again.prefilled()
        await settle()
        assert follower.through

    asyncio.run(scene())


def test_memory_is_bounded_by_remember() -> None:
    async def scene() -> None:
        gate = PrefixGate(BLOCK, remember=5)
        for n in range(40):
            request = Entering(gate, ids(n, 0, 0))
            await settle()
            request.prefilled()
        assert len(gate._done) <= 5
        assert not gate._leading

    asyncio.run(scene())


def simulate(prompts: list[tuple[int, ...]], remember: int, seed: int) -> int:
    """Send prompts at random times; requests fail, are cancelled or report at random."""
    chance = random.Random(seed)
    finished = 0

    async def request(gate: PrefixGate, prompt: tuple[int, ...]) -> None:
        nonlocal finished
        for _ in range(chance.randrange(4)):
            await asyncio.sleep(0)
        prefilled: Callable[[], None] | None = await gate.enter(ids(*prompt))
        try:
            for _ in range(chance.randrange(4)):
                await asyncio.sleep(0)
                if prefilled and chance.random() < 0.5:
                    prefilled()
            if chance.random() < 0.2:
                raise RuntimeError("refused")
        finally:
            if prefilled:
                prefilled()
            finished += 1

    async def scene() -> None:
        gate = PrefixGate(BLOCK, remember)
        tasks = [asyncio.ensure_future(request(gate, prompt)) for prompt in prompts]
        for task in chance.sample(tasks, len(tasks) // 5):
            await asyncio.sleep(0)
            task.cancel()
        for _ in range(50 * (len(prompts) + 1)):  # turns of the loop, not time
            await asyncio.sleep(0)
        stuck = [task for task in tasks if not task.done()]
        for task in stuck:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert not stuck
        assert not gate._leading
        assert len(gate._done) <= remember

    asyncio.run(scene())
    return finished


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2), max_size=4).map(tuple), max_size=12),
    st.integers(1, 6),
    st.integers(0, 10**6),
)
def test_every_request_gets_through_whatever_the_order(
    prompts: list[tuple[int, ...]], remember: int, seed: int
) -> None:
    simulate(prompts, remember, seed)


def test_many_votes_on_many_questions_all_get_through() -> None:
    prompts = [(1, 2, question) for question in range(20) for _ in range(10)]
    assert simulate(prompts, 1000, 1) >= 0.8 * len(prompts)
