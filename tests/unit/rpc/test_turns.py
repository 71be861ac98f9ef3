"""An agency that asks much waits for its own turns, and its refusals cost others nothing."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from huiyin_domain.context import Principal, Role
from huiyin_kernel.rpc.shares import Refusals, Turns

FLOODING = Principal("11990000MB0000001X", "officer-1", frozenset())
OTHER = Principal("11990000MB0000002X", "officer-1", frozenset())
SERVICE = Principal("judicial", "", frozenset({Role.SERVICE}))
SOON, LONG = 0.05, 20.0
MUCH = 2


async def _ready(work: "asyncio.Future[None]") -> bool:
    """Whether it is done as soon as the loop has done what is ready."""
    for _ in range(10):
        await asyncio.sleep(0)
    return work.done()


async def _entered(stack: AsyncExitStack, turns: Turns, principal: Principal) -> None:
    await stack.enter_async_context(turns.turn(principal))


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


async def _much(under_way: AsyncExitStack, turns: Turns) -> "asyncio.Future[None]":
    """The call with which an agency asks for much."""
    for _ in range(MUCH):
        await _entered(under_way, turns, FLOODING)
    return asyncio.ensure_future(_entered(under_way, turns, FLOODING))


async def test_who_asks_for_much_goes_on_at_once_when_nobody_else_calls() -> None:
    turns = Turns(8, MUCH, seconds=LONG)
    async with AsyncExitStack() as under_way:
        assert await _ready(await _much(under_way, turns))


@pytest.mark.parametrize("ends", [True, False], ids=["until it ends", "for a while"])
async def test_who_asks_for_much_gives_way_to_the_calls_of_others(ends: bool) -> None:
    turns = Turns(8, MUCH, seconds=LONG if ends else SOON)
    async with AsyncExitStack() as under_way, AsyncExitStack() as others:
        await _entered(others, turns, OTHER)
        much = await _much(under_way, turns)
        await asyncio.sleep(SOON / 2)
        assert not much.done()
        if ends:
            await others.aclose()
        await asyncio.wait_for(much, LONG / 2)


async def test_who_asks_for_little_begins_at_once_whoever_else_calls() -> None:
    turns = Turns(2, MUCH, seconds=LONG)
    async with AsyncExitStack() as under_way:
        for principal in (OTHER, SERVICE, FLOODING, FLOODING, SERVICE, OTHER):
            assert await _ready(asyncio.ensure_future(_entered(under_way, turns, principal)))


@pytest.mark.parametrize("ends", [True, False], ids=["until it ends", "for a while"])
async def test_long_work_gives_way_to_the_calls_of_others_before_each_part(ends: bool) -> None:
    turns = Turns(8, seconds=LONG if ends else SOON)
    async with AsyncExitStack() as long, AsyncExitStack() as others:
        turn = await long.enter_async_context(turns.turn(FLOODING))
        assert await _ready(asyncio.ensure_future(turn.give_way())), "nobody else calls"
        await _entered(others, turns, OTHER)
        part = asyncio.ensure_future(turn.give_way())
        await asyncio.sleep(SOON / 5)
        assert not part.done()
        if ends:
            await others.aclose()
        await asyncio.wait_for(part, LONG / 2)


async def test_long_work_rests_for_longer_than_it_works_as_long_as_others_call() -> None:
    turns, clock = Turns(8, seconds=LONG), asyncio.get_running_loop()
    async with AsyncExitStack() as long:
        turn = await long.enter_async_context(turns.turn(FLOODING))
        async with turns.turn(OTHER):
            pass
        await asyncio.sleep(SOON)
        began = clock.time()
        await turn.give_way()
        assert clock.time() - began > 1.5 * SOON


async def test_long_work_rests_no_more_when_its_deadline_comes_near() -> None:
    turns = Turns(8, seconds=LONG, patience=SOON)
    async with AsyncExitStack() as under_way:
        turn = await under_way.enter_async_context(turns.turn(FLOODING))
        await _entered(under_way, turns, OTHER)
        assert not await _ready(asyncio.ensure_future(turn.give_way()))
        await asyncio.sleep(SOON)
        assert await _ready(asyncio.ensure_future(turn.give_way()))


async def test_nobody_gives_way_to_long_work() -> None:
    turns = Turns(8, seconds=SOON)
    async with AsyncExitStack() as under_way:
        long = [await under_way.enter_async_context(turns.turn(one)) for one in (FLOODING, OTHER)]
        await asyncio.gather(*(turn.give_way() for turn in long))
        for turn in long:
            assert await _ready(asyncio.ensure_future(turn.give_way()))


async def test_who_is_refused_together_hears_one_after_another() -> None:
    refusals, clock = Refusals(seconds=SOON, apart=SOON), asyncio.get_running_loop()
    began = clock.time()
    await asyncio.gather(*(refusals.wait() for _ in range(4)))
    assert clock.time() - began > 3.9 * SOON


@pytest.mark.parametrize(("refused", "at_once"), [(3, 0), (5, 2)])
async def test_a_bounded_number_of_the_refused_wait_for_their_answer(refused: int, at_once: int) -> None:
    refusals = Refusals(most=3, seconds=SOON)
    waiting = [asyncio.ensure_future(refusals.wait()) for _ in range(refused)]
    await asyncio.sleep(SOON / 5)
    assert sum(one.done() for one in waiting) == at_once
    await asyncio.gather(*waiting)
    await asyncio.wait_for(refusals.wait(), 5)
