"""`huiyin events tail`: the log of a service as it is written, or cases as they are told, over outages."""

import asyncio
import sys
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import typer
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import Actor
from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest, SubscribeCasesResponse
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_cli.cases import local_time
from huiyin_cli.client import Client, open_client
from huiyin_cli.output import Json, Profile, fail, message_dict, print_json, run
from huiyin_domain.narrative import describe
from huiyin_domain.narrative.writer import entry_note
from huiyin_kernel.codec import instant, payload_of
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import ServiceName

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


app = typer.Typer(no_args_is_help=True, add_completion=False)

_OF_CASES = "（跨日志，按因果次序）· over all logs, causes first"


@app.callback()
def events() -> None:
    """查看事件 · Look at events."""


@app.command("tail")
def tail(
    service: Annotated[
        str, typer.Option(help="只看一个服务的日志 · One log: intake, reception, judicial, supervision.")
    ] = "",
    centre: Annotated[str, typer.Option(help=f"联合接访中心的案件{_OF_CASES}.")] = "",
    agency: Annotated[str, typer.Option(help=f"该单位参与的案件{_OF_CASES}.")] = "",
    division: Annotated[str, typer.Option(help=f"该区划的案件{_OF_CASES}.")] = "",
    resume_token: Annotated[str, typer.Option(help="从上次停下处继续 · Go on where it stopped.")] = "",
    after: Annotated[int, typer.Option(min=0, help="从此位置之后 · After this position of the log.")] = 0,
    last: Annotated[int, typer.Option(min=0, help="只看最后几条 · Only the last so many; 0: all.")] = 20,
    case: Annotated[str, typer.Option(help="只看此案 · Only this case id.")] = "",
    follow: Annotated[bool, typer.Option("--follow", "-f", help="持续跟踪 · Go on as it grows.")] = False,
    as_json: Json = False,
    profile: Profile = "auditor",
) -> None:
    """逐条显示日志或案件动态 · Events of a log in order, or of cases over all logs."""
    if centre or agency or division or resume_token:
        if service or after:
            raise typer.BadParameter("--service and --after are of one log: leave them out")
        _tail_cases(profile, (centre, agency, division, resume_token, case), last, follow, as_json)
        return
    service = service or "intake"
    if service not in ("intake", "reception", "judicial", "supervision"):
        raise typer.BadParameter(f"there is no log of {service!r}")
    run(lambda: _tail(profile, service, after, last, case, follow, as_json))  # type: ignore[arg-type] # checked


def _tail_cases(
    profile: str, asked: tuple[str, str, str, str, str], last: int, follow: bool, as_json: bool
) -> None:
    # Imported here, so that looking at one log does not wait for it.
    from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest

    centre, agency, division, token, case = asked
    request = SubscribeCasesRequest(
        centre=centre,
        agency=agency,
        division=division,
        resume_token=token,
        case_ids=[case] if case else [],
    )
    run(lambda: tail_cases(profile, request, last, follow, as_json))


async def _tail(
    profile: str, service: ServiceName, after: int, last: int, case: str, follow: bool, as_json: bool
) -> None:
    async with open_client(profile) as client:
        start = max(after, await _start(client, service, last)) if last and not case else after
        request = SubscribeRequest(
            after_position=start, until_caught_up=not follow, case_ids=[case] if case else []
        )
        async for item in client.feed(service).Subscribe(request):
            if item.HasField("event"):
                print_json(message_dict(item.event)) if as_json else _print(item.event)


async def _start(client: Client, service: ServiceName, last: int) -> int:
    from huiyin.feed.v1.service_pb2 import DescribeLogRequest

    described = await client.feed(service).DescribeLog(DescribeLogRequest())
    return int(described.position) - last


def _print(event: Event) -> None:
    who = _who(event.metadata.actor) + "".join(entry_note(event.metadata.entry))
    name = event.type.rpartition(".")[2]
    when = local_time(instant(event.occurred_time))
    print(
        f"{event.log} {event.position:>8}  {when}  {name:<28} {event.stream} v{event.version}  {who}",
        flush=True,
    )


def _who(actor: Actor) -> str:
    """The agency whose act it is and the officer; in brackets who brought it, such as the exchange."""
    agency = actor.on_behalf_of or actor.agency
    named = f"{agency}/{actor.officer}" if actor.officer else agency
    return f"{named} ({actor.agency})" if actor.on_behalf_of else named
