"""`huiyin dead-letters list|show|redrive`: what consumers gave up, why, and having it handled again.

Letters of relays and stream workers are kept by no service: they are read from the topic of letters.
"""

import asyncio
from collections.abc import AsyncIterator, Collection
from typing import Annotated, Any, Literal, NamedTuple, get_args

import typer

from huiyin.dead.v1.service_pb2 import (
    GetDeadLetterRequest,
    ListDeadLettersRequest,
    RedriveDeadLetterRequest,
)
from huiyin.dead.v1.types_pb2 import (
    LETTER_STATE_BURIED,
    LETTER_STATE_HANDLED,
    LETTER_STATE_PUT_BACK,
    LETTER_STATE_REDRIVING,
    KeptLetter,
)
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin_cli.cases import local_time
from huiyin_cli.client import Client, cluster_settings, open_client
from huiyin_cli.output import Exit, Json, Profile, fail, message_dict, print_json, run
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.codec import context_of, from_envelope, instant
from huiyin_kernel.settings import SERVICE_NAMES, ServiceName

Kafka = Literal["kafka"]
KAFKA: Kafka = "kafka"
RELAY = "relay"
PROFILE = "service@cli"


class FoundLetter(NamedTuple):
    """A letter, and who keeps it."""

    keeper: ServiceName | Kafka
    kept: KeptLetter

    def document(self) -> Any:
        """As machines read it."""
        return {"kept_by": self.keeper, **message_dict(self.kept)}


async def found_on_kafka(known: Collection[str]) -> list[FoundLetter]:
    """Letters on the topic but for these; none without brokers."""
    settings = cluster_settings()
    if not settings.is_cluster:
        return []
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_kafka.connection import KafkaSetupError, client_options
    from huiyin_kafka.letters import letters_on_kafka

    try:
        kept = await asyncio.to_thread(letters_on_kafka, client_options(settings, PROFILE))
    except KafkaSetupError as error:
        fail(str(error))
    return [FoundLetter(KAFKA, each) for each in kept if each.letter.letter_id not in known]


async def put_back(found: FoundLetter) -> FoundLetter:
    """Puts the message on its topic again, and says how the letter stands now."""
    from huiyin_kafka.connection import client_options
    from huiyin_kafka.letters import message_of
    from huiyin_kafka.letters import put_back as publish
    from huiyin_kafka.publish import PublishError

    letter = found.kept.letter
    message = await _rejected(found) if letter.consumer == RELAY else message_of(letter)
    if message is None:
        fail("LETTER_IS_A_NOTE: 死信未保存原文 · the letter is a note and does not hold the message")
    try:
        options = client_options(cluster_settings(), PROFILE)
        await publish(options, letter, message, SystemClock().now())
    except PublishError as error:
        fail(f"Kafka 仍然拒绝 · the brokers still do not take it: {error}")
    (now,) = [each for each in await found_on_kafka(()) if each.kept.letter.letter_id == letter.letter_id]
    return now


async def _rejected(found: FoundLetter) -> Any:
    """The record of an event that the brokers would not take, from the log itself."""
    from huiyin_kafka.wire import event_record

    letter, context = found.kept.letter, context_of(found.kept.letter.log)
    if context not in get_args(ServiceName) or not letter.position:
        return None
    request = SubscribeRequest(after_position=letter.position - 1, until_caught_up=True)
    async with open_client(PROFILE) as client:  # whole logs are for the platform itself
        async for item in client.feed(context).Subscribe(request):  # type: ignore[arg-type] # checked
            if item.HasField("event") and item.event.position == letter.position:
                return event_record(letter.place.topic, letter.log, from_envelope(item.event))
    return None


app = typer.Typer(no_args_is_help=True, add_completion=False)

PAGE_SIZE = 100
WAIT_SECONDS = 60.0
LOOK_SECONDS = 0.3
STATES = {
    LETTER_STATE_BURIED: "待处理 buried",
    LETTER_STATE_REDRIVING: "重投中 redriving",
    LETTER_STATE_HANDLED: "已处理 handled",
    LETTER_STATE_PUT_BACK: "已放回 put back",
}
Letter = Annotated[str, typer.Argument(help="死信标识 · The letter's id.")]


@app.callback()
def dead_letters() -> None:
    """死信 · What consumers could not handle."""


@app.command("list")
def list_letters(
    with_handled: Annotated[
        bool, typer.Option("--all", help="含已处理 · Also those that were handled after all.")
    ] = False,
    as_json: Json = False,
    profile: Profile = "administrator",
) -> None:
    """列出死信 · Letters of all services, oldest first."""
    found = run(lambda: _list(profile, with_handled))
    if as_json:
        print_json([each.document() for each in found])
        return
    for each in found:
        print(_line(each))
    if not found:
        print("没有死信 · there are none")


@app.command("show")
def show(letter: Letter, as_json: Json = False, profile: Profile = "administrator") -> None:
    """查看一封死信 · One letter: the cause, where it stood, and the message itself."""
    found = run(lambda: _show(profile, letter))
    if as_json:
        print_json(found.document())
    else:
        print("\n".join(_page(found)))


@app.command("redrive")
def redrive(
    letter: Letter,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="等到有结果 · Wait for what becomes of it.")
    ] = True,
    as_json: Json = False,
    profile: Profile = "administrator",
) -> None:
    """重新处理 · Has the same consumer handle the message again, exactly once."""
    found = run(lambda: _redrive(profile, letter, wait))
    if as_json:
        print_json(found.document())
    else:
        print(_line(found))
        if found.kept.redrive_cause:
            print(f"仍然失败 · fails again: {found.kept.redrive_cause}")
    failed = found.kept.state == LETTER_STATE_BURIED
    raise typer.Exit(Exit.REFUSED if failed else Exit.OK)


async def _list(profile: str, with_handled: bool) -> list[FoundLetter]:
    async with open_client(profile) as client:
        kept = [found async for found in _of_services(client)]
    found = kept + await found_on_kafka({each.kept.letter.letter_id for each in kept})
    done = (LETTER_STATE_HANDLED, LETTER_STATE_PUT_BACK)
    return [each for each in found if with_handled or each.kept.state not in done]


async def _of_services(client: Client) -> AsyncIterator[FoundLetter]:
    """All letters that services keep."""
    for service in SERVICE_NAMES:
        after = 0
        while True:
            request = ListDeadLettersRequest(after_sequence=after, page_size=PAGE_SIZE, with_handled=True)
            response = await _answer(client.letters(service).ListDeadLetters(request))
            if response is None:
                break
            for kept in response.letters:
                yield FoundLetter(service, kept)
            after = response.next_after_sequence
            if not after:
                break


async def _answer(call: Any) -> Any:
    """The answer; None from a service that keeps no letters."""
    from grpc import StatusCode, aio

    try:
        return await call
    except aio.AioRpcError as error:
        if error.code() is StatusCode.UNIMPLEMENTED:
            return None
        raise


async def _show(profile: str, letter: str) -> FoundLetter:
    async with open_client(profile) as client:
        return await _find(client, letter)


async def _find(client: Client, letter: str) -> FoundLetter:
    """The letter, whoever keeps it."""
    asked = [(service, await _get(client, service, letter)) for service in SERVICE_NAMES]
    found = [FoundLetter(service, response.letter) for service, response in asked if response is not None]
    found = found or [each for each in await found_on_kafka(()) if each.kept.letter.letter_id == letter]
    if not found:
        fail(f"没有此死信 · nobody keeps a letter {letter}: see `huiyin dead-letters list --all`")
    return found[0]


async def _get(client: Client, service: ServiceName, letter: str) -> Any:
    """What a service says of a letter; None when it does not keep it."""
    from grpc import StatusCode, aio

    try:
        return await client.letters(service).GetDeadLetter(GetDeadLetterRequest(letter_id=letter))
    except aio.AioRpcError as error:
        if error.code() in (StatusCode.NOT_FOUND, StatusCode.UNIMPLEMENTED):
            return None
        raise


async def _redrive(profile: str, letter: str, wait: bool) -> FoundLetter:
    async with open_client(profile) as client:
        found = await _find(client, letter)
        if found.keeper == KAFKA:
            return await put_back(found)
        request = RedriveDeadLetterRequest(letter_id=letter)
        response = await client.letters(found.keeper).RedriveDeadLetter(request)
        found = FoundLetter(found.keeper, response.letter)
        deadline = asyncio.get_running_loop().time() + WAIT_SECONDS
        while wait and found.kept.state == LETTER_STATE_REDRIVING:
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(LOOK_SECONDS)
            found = await _find(client, letter)
        return found


def _line(found: FoundLetter) -> str:
    letter = found.kept.letter
    where = f"{letter.log} {letter.position}" if letter.position else _place(found)
    when = local_time(instant(letter.buried_time))
    name = letter.event_type.rpartition(".")[2] or "-"
    state = STATES.get(found.kept.state, "-")
    return (
        f"{letter.letter_id}  {state:<16} {when}  {letter.consumer:<16} {where:<28} {name:<24} {letter.cause}"
    )


def _place(found: FoundLetter) -> str:
    place = found.kept.letter.place
    return f"{place.topic}/{place.partition}@{place.offset}" if place.topic else "-"


def _page(found: FoundLetter) -> list[str]:
    kept, letter = found.kept, found.kept.letter
    lines = {
        "死信 letter": letter.letter_id,
        "状态 state": STATES.get(kept.state, "-"),
        "保存于 kept by": f"{found.keeper} ({kept.sequence})",
        "消费者 consumer": letter.consumer,
        "日志位置 log": f"{letter.log or '-'} {letter.position or ''}".rstrip(),
        "主题位置 topic": _place(found),
        "事件 event": f"{letter.event_id or '-'} {letter.event_type}".rstrip(),
        "次数 tries": str(letter.attempt_count),
        "时间 given up": local_time(instant(letter.buried_time)),
        "原因 cause": letter.cause,
        "重投 redriven": _redriven(kept),
    }
    return [*(f"{name:<18} {value}" for name, value in lines.items()), *letter.stack.splitlines()]


def _redriven(kept: KeptLetter) -> str:
    if not kept.redrive_count:
        return "-"
    again = f": {kept.redrive_cause}" if kept.redrive_cause else ""
    return f"{kept.redrive_count} 次 times, {local_time(instant(kept.redriven_time))}{again}"
