"""`huiyin notices`: tells petitioners of ratings and withdrawals, at the contact left, by a program of yours.

It follows intake's log, opens the notice of each, gives it as one JSON document to the program on
standard input, and confirms it when that ends with status 0. Where it stands is kept in the data folder:
killed in between, it gives a notice again rather than never. A program that fails is asked again, later.
"""

import asyncio
import json
import logging
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import typer
from grpc import StatusCode, aio

from huiyin.common.v1.types_pb2 import CommandInfo
from huiyin.event.v1.event_pb2 import Event
from huiyin.feed.v1.service_pb2 import SubscribeRequest
from huiyin.intake.v1 import service_pb2 as intake
from huiyin.intake.v1.events_pb2 import PetitionRated, WithdrawalRequested
from huiyin_cli.client import Client, open_client
from huiyin_cli.output import message_dict, run
from huiyin_cli.petitioner import PROFILE
from huiyin_kernel.codec import payload_of
from huiyin_kernel.ids import derived, uuid7
from huiyin_kernel.settings import Settings

log = logging.getLogger(__name__)

_NOTICED = (PetitionRated, WithdrawalRequested)
"""Events of which the contact left is told."""
RETRY_SECONDS = 30.0
SEND_SECONDS_MAX = 60.0


def deliver(
    program: Annotated[list[str], typer.Argument(help="投递程序 · The program that sends, with arguments.")],
    until_caught_up: Annotated[
        bool, typer.Option(help="处理完现有的即停止 · Stop at the present end.")
    ] = False,
) -> None:
    """告知信访人 · Sends notices to the contacts that petitioners left."""
    place = Settings().paths.root / "notices.position"
    run(lambda: _deliver(program, place, until_caught_up))


async def _deliver(program: list[str], place: Path, until_caught_up: bool) -> None:
    async with open_client(PROFILE) as client:
        await tell(client, program, place, until_caught_up=until_caught_up)


async def tell(client: Client, program: list[str], place: Path, *, until_caught_up: bool) -> None:
    """Gives every notice after the saved place to the program, in order; for ever, or up to the end."""
    async for event in _noticed(client, _saved(place), until_caught_up):
        told = payload_of(event)
        if isinstance(told, _NOTICED) and told.notice_id:
            await _until_told(client, program, event.metadata.case_ids[0], told.notice_id)
        _save(place, event.position)


def _saved(place: Path) -> int:
    return int(place.read_text(encoding="ascii")) if place.exists() else 0


def _save(place: Path, position: int) -> None:
    place.write_text(f"{position}\n", encoding="ascii")


async def _noticed(client: Client, after: int, until_caught_up: bool) -> AsyncIterator[Event]:
    types = [kind.DESCRIPTOR.full_name for kind in _NOTICED]
    request = SubscribeRequest(after_position=after, types=types, until_caught_up=until_caught_up)
    async for item in client.feed("intake").Subscribe(request):
        if item.HasField("event"):
            yield item.event


async def _until_told(client: Client, program: list[str], case_id: str, notice_id: str) -> None:
    notice = {"case_id": case_id, "notice_id": notice_id}
    while True:
        opened = await _opened(client, notice)
        if opened is None:
            return  # it was taken back: there is nothing to tell any more
        if await asyncio.to_thread(_sent, program, opened | notice):
            info = CommandInfo(request_id=str(derived("notice", notice_id)))
            await client.intake.ConfirmNotice(intake.ConfirmNoticeRequest(info=info, **notice))
            return
        log.warning("notice %s was not sent: the program failed; trying again", notice_id)
        await asyncio.sleep(RETRY_SECONDS)


async def _opened(client: Client, notice: dict[str, str]) -> dict[str, Any] | None:
    info = CommandInfo(request_id=str(uuid7()))
    try:
        found = await client.intake.OpenNotice(intake.OpenNoticeRequest(info=info, **notice))
    except aio.AioRpcError as error:
        if error.code() is not StatusCode.NOT_FOUND:
            raise
        return None
    shown: dict[str, Any] = message_dict(found)
    return {name: shown[name] for name in ("recipient", "text_zh", "text_en")}


def _sent(program: list[str], notice: dict[str, Any]) -> bool:
    """Whether the program took it. What it prints is its own affair; a notice stands in no log of ours."""
    text = json.dumps(notice, ensure_ascii=False).encode()
    try:
        done = subprocess.run(program, input=text, timeout=SEND_SECONDS_MAX, check=False)  # noqa: S603 - yours
    except (OSError, subprocess.TimeoutExpired) as error:
        log.warning("the program does not run: %s", error)
        return False
    return done.returncode == 0
