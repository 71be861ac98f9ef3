"""`huiyin events tail`: the log of a service as it is written, or cases over all logs as they are told."""

from typing import Annotated

import typer

from huiyin.common.v1.types_pb2 import Actor
from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin_cli.cases import local_time
from huiyin_cli.client import Client, open_client
from huiyin_cli.options import Json, Profile
from huiyin_cli.output import message_dict, print_json, run
from huiyin_domain.narrative.writer import entry_note
from huiyin_kernel.codec import instant
from huiyin_kernel.settings import ServiceName

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
    from huiyin_cli.case_events import tail_cases

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
