"""An inbox gives up what fails by itself, keeps it, goes on, and handles it again once when asked."""

import asyncio
from collections.abc import AsyncGenerator, Sequence

import pytest
from google.protobuf.message import Message

from huiyin.dead.v1.types_pb2 import DeadLetter
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PersonalDataRead, PetitionRegistered
from huiyin_domain.intake.disclosure import DISCLOSURE
from huiyin_kafka.wire import event_record, parse_event
from huiyin_kernel import dead_letters, patience
from huiyin_kernel import inbox as inboxes
from huiyin_kernel.arrived import Arrived, Place, Record
from huiyin_kernel.clock import ManualClock
from huiyin_kernel.codec import UnknownTypeError, decode
from huiyin_kernel.inbox import Foreign, Inbox
from huiyin_kernel.streams import Change, Streams
from huiyin_store.letters import LetterState, StoredLetter
from huiyin_store.memory import MemoryEventStore
from huiyin_store.port import StoreUnavailableError
from tests.support.relaying import registration
from tests.unit.kernel.test_inbox import CONSUMER, FOREIGN, NOW, OWN, REGISTERED, case, registrations

TOPIC = "huiyin.intake.v1.events"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Waits are short."""
    monkeypatch.setattr(patience, "WAIT_SECONDS_FIRST", 0.001)
    monkeypatch.setattr(patience, "WAIT_SECONDS_MAX", 0.004)
    monkeypatch.setattr(dead_letters, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(inboxes, "RETRY_SECONDS", 0.01)


class OnKafka:
    """Follows a list of events as if they stood on a topic; then waits for ever."""

    def __init__(self, events: Sequence[Event], records: Sequence[Arrived[Event]] = ()) -> None:
        self._events, self._records = events, records
        self.unreadable = None
        self.ended = asyncio.Event()

    def place(self, position: int) -> Place:
        return Place(TOPIC, 3, 100 + position)

    async def __call__(self, after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        for record in self._records:
            assert self.unreadable is not None
            await self.unreadable(record)
        for event in self._events:
            if event.position > after:
                yield event, event.position
        self.ended.set()
        await asyncio.Event().wait()
        yield None, 0


class Reception:
    """A service that writes something down for each registration, but for some cases fails."""

    def __init__(self) -> None:
        self.store = MemoryEventStore(OWN, ManualClock(NOW))
        self.streams = Streams(self.store)
        self.failing: dict[str, Exception] = {}
        self.tries: list[str] = []

    async def react(self, foreign: Foreign) -> Sequence[Change]:
        message: Message = foreign.message
        assert isinstance(message, PetitionRegistered)
        self.tries.append(message.case_id)
        if message.case_id in self.failing:
            raise self.failing[message.case_id]
        loaded = await self.streams.read(DISCLOSURE, "access-all")
        return [Change(DISCLOSURE, loaded, [PersonalDataRead(case_id=message.case_id, ground="review")])]

    def inbox(self) -> Inbox:
        """Its inbox."""
        reactions = {REGISTERED: self.react}
        return Inbox(
            CONSUMER, FOREIGN, self.streams, self.store.letters, ManualClock(NOW), reactions, parse_event
        )

    async def take(self, follow: OnKafka) -> None:
        """Runs a fresh inbox until everything was read."""
        running = asyncio.ensure_future(self.inbox().run(follow))
        async with asyncio.timeout(5):
            await follow.ended.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    async def redrive(self, stored: StoredLetter, until: LetterState) -> StoredLetter:
        """Asks for a letter to be handled again and waits for what becomes of it."""
        assert await self.store.letters.mark(stored.letter_id, LetterState.BURIED, LetterState.REDRIVING)
        running = asyncio.ensure_future(self.inbox().run(OnKafka([])))
        async with asyncio.timeout(5):
            while (found := await self.store.letters.find(stored.letter_id)) and found.state != until:
                await asyncio.sleep(0.005)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert found is not None
        return found

    async def effects(self) -> list[str]:
        """The cases for which something was written, in order."""
        messages = [decode(event) for event in await self.store.read(0)]
        return [message.case_id for message in messages if isinstance(message, PersonalDataRead)]

    async def letters(self) -> list[StoredLetter]:
        """What was given up."""
        return await self.store.letters.page(0, 1_000, with_handled=True)


async def test_a_poison_event_is_given_up_after_some_tries_and_the_next_one_is_handled() -> None:
    reception = Reception()
    reception.failing[case(2)] = KeyError("no such unit")
    await reception.take(OnKafka(await registrations(3)))
    assert await reception.effects() == [case(1), case(3)]
    assert reception.tries.count(case(2)) == patience.TRIES
    assert await reception.store.cursor(CONSUMER, FOREIGN) == 3


async def test_the_letter_says_what_went_wrong_where_and_keeps_the_event() -> None:
    reception, events = Reception(), await registrations(2)
    reception.failing[case(2)] = KeyError("no such unit")
    await reception.take(OnKafka(events))
    (stored,) = await reception.letters()
    letter = DeadLetter.FromString(stored.letter)
    assert (letter.consumer, letter.log, letter.position) == (CONSUMER, FOREIGN, 2)
    assert (letter.place.topic, letter.place.partition, letter.place.offset) == (TOPIC, 3, 102)
    assert (letter.event_id, letter.event_type) == (events[1].event_id, REGISTERED)
    assert letter.cause == "KeyError: 'no such unit'"
    assert "in react" in letter.stack
    assert letter.attempt_count == patience.TRIES
    assert letter.event == events[1]


async def test_an_event_that_cannot_be_decoded_is_poison() -> None:
    reception, (first, second) = Reception(), await registrations(2)
    first.payload.value = b"\xff\xff"
    await reception.take(OnKafka([first, second]))
    (stored,) = await reception.letters()
    assert "DecodeError" in DeadLetter.FromString(stored.letter).cause
    assert await reception.effects() == [case(2)]


@pytest.mark.parametrize("error", [StoreUnavailableError("away"), ConnectionError("away"), TimeoutError()])
async def test_what_passes_by_itself_is_never_given_up(error: Exception) -> None:
    reception = Reception()
    reception.failing[case(1)] = error
    follow = OnKafka(await registrations(2))
    running = asyncio.ensure_future(reception.inbox().run(follow))
    async with asyncio.timeout(5):
        while reception.tries.count(case(1)) < 5 * patience.TRIES:
            await asyncio.sleep(0.005)
        assert await reception.letters() == []
        reception.failing.clear()
        await follow.ended.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert await reception.effects() == [case(1), case(2)]


async def test_a_letter_is_handled_again_once_and_marked() -> None:
    reception = Reception()
    reception.failing[case(2)] = KeyError("x")
    await reception.take(OnKafka(await registrations(3)))
    (stored,) = await reception.letters()
    reception.failing.clear()
    handled = await reception.redrive(stored, LetterState.HANDLED)
    assert (handled.redrives, handled.redrive_cause) == (1, "")
    assert await reception.effects() == [case(1), case(3), case(2)]
    assert not await reception.store.letters.mark(stored.letter_id, LetterState.BURIED, LetterState.REDRIVING)


async def test_a_crash_between_effect_and_mark_repeats_no_effect() -> None:
    reception = Reception()
    reception.failing[case(1)] = KeyError("x")
    await reception.take(OnKafka(await registrations(1)))
    (stored,) = await reception.letters()
    reception.failing.clear()
    await reception.inbox().react(DeadLetter.FromString(stored.letter).event, None)
    await reception.redrive(stored, LetterState.HANDLED)
    assert await reception.effects() == [case(1)]


async def test_a_letter_that_fails_again_says_why_and_stays() -> None:
    reception = Reception()
    reception.failing[case(1)] = KeyError("first")
    await reception.take(OnKafka(await registrations(1)))
    (stored,) = await reception.letters()
    reception.failing[case(1)] = UnknownTypeError("second")
    again = await reception.redrive(stored, LetterState.BURIED)
    assert "second" in again.redrive_cause
    assert await reception.effects() == []


async def test_many_in_a_row_are_tried_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "BURIED_IN_A_ROW_MAX", 2)
    reception = Reception()
    reception.failing.update({case(number): KeyError("x") for number in (1, 2, 3, 5)})
    await reception.take(OnKafka(await registrations(5)))
    tries = [reception.tries.count(case(number)) for number in (1, 2, 3, 4, 5)]
    assert tries == [patience.TRIES, patience.TRIES, patience.TRIES_IN_DOUBT, 1, patience.TRIES]


def foreign_record(offset: int, record: Record) -> Arrived[Event]:
    """A record of the topic that is no event."""
    return Arrived(Place(TOPIC, 0, offset), record, None, "header ce_log is missing")


async def test_a_record_that_is_no_event_is_kept_once_and_moves_no_cursor() -> None:
    reception = Reception()
    garbage = foreign_record(7, Record(TOPIC, b"k", b"\xff\xfe", (("a", b"b"),), 5))
    for _ in range(2):
        await reception.take(OnKafka([], [garbage]))
    (stored,) = await reception.letters()
    letter = DeadLetter.FromString(stored.letter)
    assert (letter.consumer, letter.log, letter.position, letter.place.offset) == (CONSUMER, FOREIGN, 0, 7)
    assert (letter.record.key, letter.record.value) == (b"k", b"\xff\xfe")
    assert "ce_log is missing" in letter.cause
    assert await reception.store.cursor(CONSUMER, FOREIGN) == 0


async def test_a_record_that_is_still_no_event_fails_again() -> None:
    reception = Reception()
    await reception.take(OnKafka([], [foreign_record(7, Record(TOPIC, None, b"", (), 0))]))
    (stored,) = await reception.letters()
    again = await reception.redrive(stored, LetterState.BURIED)
    assert "Unreadable" in again.redrive_cause


async def test_a_record_whose_event_was_handled_otherwise_is_done_with() -> None:
    reception, source = Reception(), MemoryEventStore(FOREIGN, ManualClock(NOW))
    events = await registrations(2)
    await source.append(registration(case(1), "petition-1"))
    record = event_record(TOPIC, FOREIGN, (await source.read(0))[0])
    await reception.take(OnKafka(events, [foreign_record(9, record)]))
    (stored,) = await reception.letters()
    await reception.redrive(stored, LetterState.HANDLED)
    assert await reception.effects() == [case(1), case(2)]
