"""An agency that asks much waits for its own turns, and its refusals cost others nothing."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from huiyin_domain.context import Principal, Role
from huiyin_kernel.rpc.shares import Refusals, Turns

FLOODING = Principal("11990000MB0000001X", "officer-1", frozenset())
OTHER = Principal("11990000MB0000002X", "officer-1", frozenset())
SERVICE = Principal("judicial", "", frozenset({Role.SERVICE}))
SOON = 0.05


async def _waits(turns: Turns, principal: Principal) -> bool:
    """Whether a call would have to wait for its turn."""
    try:
        async with asyncio.timeout(SOON), turns.turn(principal):
            return False
    except TimeoutError:
        return True


async def test_who_asks_too_much_at_once_waits_and_nobody_else_does() -> None:
    turns = Turns(2)
    async with AsyncExitStack() as under_way:
        for _ in range(2):
            await under_way.enter_async_context(turns.turn(FLOODING))
        assert await _waits(turns, FLOODING)
        assert not await _waits(turns, OTHER)
        assert not await _waits(turns, SERVICE)
    assert not await _waits(turns, FLOODING)


async def test_turns_come_in_the_order_in_which_they_were_asked_for() -> None:
    turns, order = Turns(1), list[int]()

    async def call(number: int) -> None:
        async with turns.turn(FLOODING):
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(call(number) for number in range(5)))
    assert order == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(("refused", "at_once"), [(3, 0), (5, 2)])
async def test_a_bounded_number_of_the_refused_wait_for_their_answer(refused: int, at_once: int) -> None:
    refusals = Refusals(most=3, seconds=SOON)
    waiting = [asyncio.ensure_future(refusals.wait()) for _ in range(refused)]
    await asyncio.sleep(SOON / 5)
    assert sum(one.done() for one in waiting) == at_once
    await asyncio.gather(*waiting)
    await asyncio.wait_for(refusals.wait(), 5)
