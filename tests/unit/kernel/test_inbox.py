"""An inbox: each foreign event has its effect once, in order, whatever is delivered again or fails."""

from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import UTC, datetime
from uuid import UUID

import pytest
from google.protobuf.message import Message

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event, EventMetadata
from huiyin.intake.v1.events_pb2 import PersonalDataRead, PetitionClosed, PetitionRegistered
from huiyin_domain.context import Principal, Role
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_kafka.wire import parse_event
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import decode, decode_metadata, encode, to_envelope
from huiyin_kernel.ids import derived, uuid7
from huiyin_kernel.inbox import SAVE_EVERY, Foreign, Inbox
from huiyin_kernel.rpc.requests import scope_of
from huiyin_kernel.streams import Change, Streams
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import ANY_VERSION, Append, StreamWrite

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FOREIGN, OWN, CONSUMER = "intake@990000", "reception@990000", "reception-inbox"
REGISTERED = PetitionRegistered.DESCRIPTOR.full_name


def case(number: int) -> str:
    """A case id, the same for the same number."""
    return str(UUID(int=number))


async def feed_of(messages: Sequence[Message]) -> list[Event]:
    """What the foreign log sends."""
    log = MemoryEventStore(FOREIGN, ManualClock(NOW))
    for number, message in enumerate(messages, 1):
        metadata = EventMetadata(case_ids=[case(number)], correlation_id=case(1_000 + number))
        event = encode(uuid7(), message, metadata, NOW)
        await log.append(Append(uuid7(), b"", (StreamWrite(f"petition-{number}", ANY_VERSION, (event,)),)))
    return [to_envelope(FOREIGN, event) for event in await log.read(0, len(messages))]


async def registrations(count: int) -> list[Event]:
    """Events that are reacted to."""
    return await feed_of([PetitionRegistered(case_id=case(number)) for number in range(1, count + 1)])


class Reception:
    """A service with a log, which writes something down for each registration."""

    def __init__(self) -> None:
        self.store = MemoryEventStore(OWN, ManualClock(NOW))
        self.streams = Streams(self.store)
        self.before: Callable[[], None] = lambda: None

    async def react(self, foreign: Foreign) -> Sequence[Change]:
        loaded = await self.streams.read(DISCLOSURE, "access-all")
        self.before()
        await self.between()
        assert isinstance(foreign.message, PetitionRegistered)
        event = PersonalDataRead(case_id=foreign.message.case_id, ground="review")
        return [Change(DISCLOSURE, loaded, [event])]

    async def between(self) -> None:
        """What happens between reading and writing."""

    async def take(self, events: Sequence[Event]) -> None:
        """Runs a fresh inbox over what is delivered, wherever its cursor is."""

        async def follow(after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
            for event in events:
                yield event, event.position

        letters, reactions = self.store.letters, {REGISTERED: self.react}
        inbox = Inbox(CONSUMER, FOREIGN, self.streams, letters, ManualClock(NOW), reactions, parse_event)
        await inbox.run(follow)

    async def effects(self) -> list[str]:
        """The cases for which something was written, in order."""
        messages = [decode(event) for event in await self.store.read(0)]
        return [message.case_id for message in messages if isinstance(message, PersonalDataRead)]


async def test_each_event_has_its_effect_once_and_the_cursor_moves_with_it() -> None:
    reception, events = Reception(), await registrations(5)
    await reception.take(events)
    assert await reception.effects() == [case(number) for number in range(1, 6)]
    assert await reception.store.cursor(CONSUMER, FOREIGN) == 5


@pytest.mark.parametrize("again", [slice(0, 5), slice(2, 5), slice(4, 5)])
async def test_what_is_delivered_again_has_no_second_effect(again: slice) -> None:
    reception, events = Reception(), await registrations(5)
    await reception.take(events)
    await reception.take(events[again])
    assert len(await reception.effects()) == 5
    assert await reception.store.cursor(CONSUMER, FOREIGN) == 5


async def test_a_restart_goes_on_after_the_last_effect() -> None:
    reception, events = Reception(), await registrations(5)
    await reception.take(events[:3])
    await reception.take(events[2:])
    assert await reception.effects() == [case(number) for number in range(1, 6)]


async def test_a_change_in_between_is_decided_upon_again() -> None:
    reception, (event,) = Reception(), await registrations(1)
    rival = encode(uuid7(), PersonalDataRead(case_id="rival"), EventMetadata(), NOW)
    rivals = [Append(uuid7(), b"", (StreamWrite("access-all", ANY_VERSION, (rival,)),))]

    async def between() -> None:
        while rivals:
            await reception.store.append(rivals.pop())

    reception.between = between  # type: ignore[method-assign] # the rival comes in here
    await reception.take([event])
    assert await reception.effects() == ["rival", case(1)]


async def test_a_failing_reaction_holds_everything_back_until_it_works(
    caplog: pytest.LogCaptureFixture,
) -> None:
    reception, failures = Reception(), [OSError("first"), OSError("second")]

    def fail() -> None:
        if failures:
            raise failures.pop(0)

    reception.before = fail
    await reception.take(await registrations(3))
    assert await reception.effects() == [case(1), case(2), case(3)]
    assert caplog.text.count("cannot apply") == 2


async def test_the_effect_says_what_it_follows_from() -> None:
    reception, (event,) = Reception(), await registrations(1)
    await reception.take([event])
    metadata = decode_metadata((await reception.store.read(0))[0])
    assert metadata.causation_id == event.event_id
    assert metadata.correlation_id == event.metadata.correlation_id
    assert list(metadata.causes) == [Cause(stream=event.stream, version=event.version, log=FOREIGN)]
    assert metadata.actor.agency == CONSUMER


async def test_a_cursor_also_moves_past_what_concerns_nobody_here() -> None:
    reception = Reception()
    await reception.take(await feed_of([PetitionClosed()] * SAVE_EVERY))
    assert await reception.store.cursor(CONSUMER, FOREIGN) == SAVE_EVERY
    assert (await reception.store.head()).position == 0


async def test_names_of_its_requests_that_a_caller_takes_first_do_not_stop_it() -> None:
    reception, events = Reception(), await registrations(SAVE_EVERY + 2)
    quiet = [*(await feed_of([PetitionClosed()] * SAVE_EVERY)), *events[SAVE_EVERY:]]
    caller = Principal("990101", "", frozenset({Role.SYSTEM}))
    taken = (
        derived("cursor", CONSUMER, FOREIGN, str(SAVE_EVERY)),
        derived("reaction", CONSUMER, events[SAVE_EVERY].event_id),
    )
    for name in taken:
        await reception.store.append(Append(name, b"a caller's", (), scope=scope_of(caller)))
    await reception.take(quiet)
    assert await reception.effects() == [case(SAVE_EVERY + 1), case(SAVE_EVERY + 2)]
    assert await reception.store.cursor(CONSUMER, FOREIGN) == SAVE_EVERY + 2
