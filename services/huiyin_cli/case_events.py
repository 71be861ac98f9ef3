"""`huiyin events tail --centre ...`: cases as they are told in the timeline, over outages of the platform."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from grpc import StatusCode, aio

from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest, SubscribeCasesResponse
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_cli.cases import local_time
from huiyin_cli.client import open_client
from huiyin_cli.output import fail, message_dict, print_json
from huiyin_domain.narrative import describe
from huiyin_kernel.codec import instant, payload_of
from huiyin_kernel.policy import load_policy

RETRY_SECONDS = 0.5
OUTAGE_SECONDS_MAX = 600.0
"""How long the platform may be away until following ends."""
SILENCE_SECONDS_MAX = 60.0
"""A subscription without any sign of life for so long is taken for lost."""
_PASSING = frozenset({StatusCode.UNAVAILABLE, StatusCode.CANCELLED, StatusCode.RESOURCE_EXHAUSTED})
"""What passes by itself; a server that stops may as well cancel what it serves."""

Item = SubscribeCasesResponse


class Outage:
    """How long nothing came, said once when it begins and once when it is over."""

    def __init__(self) -> None:
        self._since: float | None = None

    def over(self) -> None:
        """Something came."""
        if self._since is not None:
            print("已恢复 · going on", file=sys.stderr, flush=True)
        self._since = None

    def is_too_long(self) -> bool:
        """Nothing comes; True when that has lasted for longer than is waited."""
        if self._since is None:
            self._since = time.monotonic()
            print("连接中断，正在重连 · connection lost, trying again", file=sys.stderr, flush=True)
        return time.monotonic() - self._since > OUTAGE_SECONDS_MAX


async def subscribed(profile: str, request: SubscribeCasesRequest) -> AsyncGenerator[Item, None]:
    """What a subscription sends. The request's token moves with it: called again, it goes on from there."""
    async with open_client(profile) as client:
        call = client.timeline.SubscribeCases(request)
        while isinstance(item := await _read(call), Item):
            request.resume_token = item.resume_token
            yield item


async def _read(call: Any) -> Any:
    """The next item, or the end of the call. Not by wait_for: before Python 3.12 it can lose a Ctrl-C.

    A call that is cancelled by a Ctrl-C may end as one that the server cancelled, which is no outage then.
    """
    try:
        async with asyncio.timeout(SILENCE_SECONDS_MAX):
            return await call.read()
    except aio.AioRpcError as error:
        if _is_interrupted():
            raise asyncio.CancelledError from error
        raise


def _is_interrupted() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def followed(profile: str, request: SubscribeCasesRequest) -> AsyncGenerator[Item, None]:
    """What comes from there on, for ever: after an outage from where it stopped. Raises AioRpcError."""
    outage = Outage()
    while True:
        try:
            async with aclosing(subscribed(profile, request)) as items:
                async for item in items:
                    outage.over()
                    yield item
        except aio.AioRpcError as error:
            if error.code() not in _PASSING or outage.is_too_long():
                raise
        except TimeoutError:
            if outage.is_too_long():
                raise
        await asyncio.sleep(RETRY_SECONDS)


async def tail_cases(
    profile: str, request: SubscribeCasesRequest, last: int, follow: bool, as_json: bool
) -> None:
    """Prints the last entries that there are, all of them when `last` is 0, and then what comes."""
    printer = Printer(as_json)
    try:
        await _print_last(profile, request, printer, last)
        if follow:
            request.until_caught_up = False
            await _follow(profile, request, printer)
    except TimeoutError:
        fail("平台没有应答 · the platform gives no sign of life")


async def _print_last(profile: str, request: SubscribeCasesRequest, printer: "Printer", last: int) -> None:
    kept: deque[Item] = deque(maxlen=last or None)
    request.until_caught_up = True
    async for item in subscribed(profile, request):
        if item.HasField("entry"):
            printer.learn(item.entry)
            kept.append(item)
    for item in kept:
        printer.show(item)


async def _follow(profile: str, request: SubscribeCasesRequest, printer: "Printer") -> None:
    try:
        async for item in followed(profile, request):
            if item.HasField("entry"):
                printer.learn(item.entry)
                printer.show(item)
    finally:
        if request.resume_token:
            print(f"接续 · go on with --resume-token {request.resume_token}", file=sys.stderr)


class Printer:
    """Prints entries, each case by the number that people read, as far as its registration was seen."""

    def __init__(self, as_json: bool) -> None:
        self._as_json, self._policy = as_json, load_policy()
        self._numbers: dict[str, str] = {}

    def learn(self, entry: CaseEvent) -> None:
        """Remembers what a case is called."""
        if entry.event.type == PetitionRegistered.DESCRIPTOR.full_name:
            registered: Any = payload_of(entry.event)
            self._numbers[registered.case_id] = registered.display_number

    def show(self, item: Item) -> None:
        """One entry, at once."""
        if self._as_json:
            print_json(message_dict(item.entry) | {"resume_token": item.resume_token})
        else:
            print(self.line(item.entry), flush=True)

    def line(self, entry: CaseEvent) -> str:
        """Which case, which entry of it, when, and what happened."""
        case = self._numbers.get(entry.case_id, entry.case_id[:8])
        when = local_time(instant(entry.event.occurred_time))
        made = entry.event.metadata.entry
        zh, en = describe(payload_of(entry.event), self._policy.directory, self._policy.codes, made)
        again = "（补 · earlier）" if entry.catch_up else ""
        return f"{case} #{entry.number}  {when}  {zh} · {en}{again}"
