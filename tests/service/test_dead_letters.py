"""Dead letters of a running platform: listed, shown and driven again, at the command line too."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from huiyin.dead.v1.service_pb2 import (
    GetDeadLetterRequest,
    ListDeadLettersRequest,
    RedriveDeadLetterRequest,
)
from huiyin.dead.v1.types_pb2 import LETTER_STATE_BURIED, DeadLetter, KeptLetter
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.judicial.v1.events_pb2 import ReferralAcknowledged
from huiyin_cli.status.report import DeadLetterState
from huiyin_cli.status.survey import buried as count_buried
from huiyin_domain.context import Role
from huiyin_kernel.codec import encode, timestamp, to_envelope
from huiyin_kernel.ids import uuid7
from huiyin_store.letters import NewLetter
from huiyin_store.port import ANY_VERSION, Append, StreamWrite
from huiyin_store.postgres import PostgresEventStore
from tests.contract.store_making import OCCURRED
from tests.mainjob.desk import Desks
from tests.support.calling import OFFICE, refusal, registered
from tests.support.platform import Platform, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

CONSUMER = "intake-inbox"


async def acknowledged(platform: Platform, *cases: str, noise: str = "") -> Event:
    """An event of the judicial log about some cases; about none, intake's reaction to it fails each time."""
    store = await PostgresEventStore.open(platform.dsns["judicial"], "judicial", log_name(platform))
    event = encode(
        uuid7(),
        ReferralAcknowledged(organ=OFFICE),
        EventMetadata(case_ids=cases, correlation_id=noise),
        OCCURRED,
    )
    answer = await store.append(
        Append(uuid7(), b"", (StreamWrite(f"referral-{uuid7()}", ANY_VERSION, (event,)),))
    )
    (stored,) = await store.read(answer.first_position - 1, 1)
    await store.aclose()
    return to_envelope(log_name(platform), stored)


def log_name(platform: Platform) -> str:
    """The judicial log."""
    return platform.settings.log_name("judicial")


async def letters(platform: Platform) -> list[KeptLetter]:
    """What intake gave up, by gRPC."""
    async with platform.client("administrator") as client:
        response = await client.letters("intake").ListDeadLetters(ListDeadLettersRequest(with_handled=True))
        return list(response.letters)


async def buried(platform: Platform, letter: DeadLetter) -> None:
    """Puts a letter into intake's keeping."""
    store = await PostgresEventStore.open(
        platform.dsns["intake"], "intake", platform.settings.log_name("intake")
    )
    new = NewLetter(UUID(letter.letter_id), letter.consumer, letter.SerializeToString())
    await store.letters.bury(new, None)
    await store.aclose()


async def huiyin(
    platform: Platform, *arguments: str, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """The command line, as the administrator calls it."""
    addresses = {
        f"HUIYIN_ADDRESSES__{name.upper()}": address
        for name, address in platform.settings.addresses.model_dump().items()
    }
    home = {"HUIYIN_HOME": str(platform.settings.home)}
    environment = {**os.environ, **addresses, **home, **(more or {})}
    command = [sys.executable, "-m", "huiyin_cli.main", "dead-letters", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, capture_output=True, text=True, check=False
    )


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poisoned(platform: Platform) -> KeptLetter:
    """A letter about an event of the judicial log that intake cannot react to; one that it can follows."""
    event = await acknowledged(platform)
    await acknowledged(platform, str(uuid7()))

    async def is_given_up() -> bool:
        return any(kept.letter.event_id == event.event_id for kept in await letters(platform))

    await eventually(is_given_up, "the event is given up")
    (found,) = [kept for kept in await letters(platform) if kept.letter.event_id == event.event_id]
    return found


async def test_an_event_that_fails_each_time_does_not_stop_the_inbox(
    platform: Platform, poisoned: KeptLetter
) -> None:
    store = await PostgresEventStore.open(
        platform.dsns["intake"], "intake", platform.settings.log_name("intake")
    )

    async def is_beyond() -> bool:
        return await store.cursor(CONSUMER, log_name(platform)) > poisoned.letter.position

    await eventually(is_beyond, "the inbox goes on")
    await store.aclose()


async def test_a_letter_is_shown_whole_and_listed_short(platform: Platform, poisoned: KeptLetter) -> None:
    assert poisoned.letter.consumer == CONSUMER
    assert poisoned.letter.log == log_name(platform)
    assert poisoned.letter.cause.startswith("IndexError")
    assert (poisoned.letter.stack, poisoned.letter.HasField("event")) == ("", False)
    async with platform.client("auditor") as client:
        request = GetDeadLetterRequest(letter_id=poisoned.letter.letter_id)
        whole = (await client.letters("intake").GetDeadLetter(request)).letter.letter
    assert "_acknowledged" in whole.stack
    assert whole.event.event_id == poisoned.letter.event_id
    assert whole.event.HasField("payload")


async def test_an_administrator_sees_why_a_letter_failed_and_nothing_of_the_case(
    platform: Platform, poisoned: KeptLetter
) -> None:
    """Who runs the platform reads no cases, and may be of an agency that is accused in one."""
    async with platform.client("administrator") as client:
        request = GetDeadLetterRequest(letter_id=poisoned.letter.letter_id)
        letter = (await client.letters("intake").GetDeadLetter(request)).letter.letter
    assert "_acknowledged" in letter.stack
    assert letter.event.event_id == poisoned.letter.event_id
    assert not letter.event.HasField("payload")
    assert not letter.event.metadata.case_ids
    assert not letter.HasField("record")


async def test_only_administrators_drive_letters_again_and_officers_see_none(
    platform: Platform, desks: Desks, poisoned: KeptLetter
) -> None:
    redrive = RedriveDeadLetterRequest(letter_id=poisoned.letter.letter_id)
    async with platform.client("auditor") as client:
        assert (
            await refusal(client.letters("intake").RedriveDeadLetter(redrive))
        ).reason == "ROLE_NOT_ALLOWED"
    for role in (Role.OFFICER, Role.HEAD, Role.SUPERVISOR):
        async with platform.client(platform.employ(OFFICE, role)) as client:
            for call in (
                client.letters("intake").ListDeadLetters(ListDeadLettersRequest()),
                client.letters("intake").GetDeadLetter(GetDeadLetterRequest(letter_id=redrive.letter_id)),
                client.letters("intake").RedriveDeadLetter(redrive),
            ):
                assert (await refusal(call)).reason == "ROLE_NOT_ALLOWED"


async def test_the_command_line_lists_and_shows(platform: Platform, poisoned: KeptLetter) -> None:
    listed = await huiyin(platform, "list")
    assert listed.returncode == 0, listed.stderr
    assert f"{poisoned.letter.letter_id}  待处理 buried" in listed.stdout
    documents: list[Any] = json.loads((await huiyin(platform, "list", "--json")).stdout)
    ids = {each["letter"]["letter_id"]: each["kept_by"] for each in documents}
    assert ids[poisoned.letter.letter_id] == "intake"
    shown = await huiyin(platform, "show", poisoned.letter.letter_id)
    assert "原因 cause" in shown.stdout
    assert "IndexError" in shown.stdout
    missing = await huiyin(platform, "show", str(uuid7()))
    assert (missing.returncode, "没有此死信" in missing.stderr) == (1, True)


async def test_a_letter_that_fails_again_stays_and_says_so(platform: Platform, poisoned: KeptLetter) -> None:
    driven = await huiyin(platform, "redrive", poisoned.letter.letter_id)
    assert driven.returncode == 1
    assert "仍然失败 · fails again: IndexError" in driven.stdout
    (kept,) = [each for each in await letters(platform) if each.letter.letter_id == poisoned.letter.letter_id]
    assert (kept.state, kept.redrive_count) == (LETTER_STATE_BURIED, 1)


async def test_a_letter_that_can_be_handled_is_handled_and_leaves_the_list(platform: Platform) -> None:
    async with platform.client(f"officer@{OFFICE}") as client:
        event = await acknowledged(platform, await registered(client))
    letter = DeadLetter(
        letter_id=str(uuid7()),
        consumer=CONSUMER,
        log=log_name(platform),
        position=event.position,
        event=event,
        buried_time=timestamp(OCCURRED),
    )
    await buried(platform, letter)
    driven = await huiyin(platform, "redrive", letter.letter_id, "--json")
    assert driven.returncode == 0, driven.stderr
    assert json.loads(driven.stdout)["state"] == "LETTER_STATE_HANDLED"
    again = await huiyin(platform, "redrive", letter.letter_id)
    assert "已处理 handled" in again.stdout
    open_ids = [
        each["letter"]["letter_id"] for each in json.loads((await huiyin(platform, "list", "--json")).stdout)
    ]
    assert letter.letter_id not in open_ids
    all_ids = [
        each["letter"]["letter_id"]
        for each in json.loads((await huiyin(platform, "list", "--all", "--json")).stdout)
    ]
    assert letter.letter_id in all_ids


async def test_a_letter_without_the_message_cannot_be_driven_again(platform: Platform) -> None:
    letter = DeadLetter(letter_id=str(uuid7()), consumer=CONSUMER, buried_time=timestamp(OCCURRED))
    await buried(platform, letter)
    async with platform.client("administrator") as client:
        request = RedriveDeadLetterRequest(letter_id=letter.letter_id)
        assert (
            await refusal(client.letters("intake").RedriveDeadLetter(request))
        ).reason == "LETTER_IS_A_NOTE"


async def test_letters_come_page_by_page(platform: Platform, poisoned: KeptLetter) -> None:
    for _ in range(3):
        note = DeadLetter(letter_id=str(uuid7()), consumer=CONSUMER, buried_time=timestamp(OCCURRED))
        await buried(platform, note)
    found: list[int] = []
    async with platform.client("administrator") as client:
        after = 0
        while True:
            request = ListDeadLettersRequest(after_sequence=after, page_size=2, with_handled=True)
            response = await client.letters("intake").ListDeadLetters(request)
            found += [kept.sequence for kept in response.letters]
            after = response.next_after_sequence
            if not after:
                break
    assert found == list(range(1, len(found) + 1))
    assert len(found) == len(await letters(platform))


async def test_the_status_counts_the_letters_that_wait_for_somebody(
    platform: Platform, poisoned: KeptLetter
) -> None:
    waiting = [kept for kept in await letters(platform) if kept.state == LETTER_STATE_BURIED]
    async with platform.client("auditor") as client:
        found = await count_buried(client, "intake")
        assert await count_buried(client, "streams") in (None, DeadLetterState("streams", 0))
    assert found == DeadLetterState("intake", len(waiting))
    assert [f"{len(waiting)}" in sentence for sentence in found.wrong()] == [True]
