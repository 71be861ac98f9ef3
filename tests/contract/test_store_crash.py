"""Crashes: what was acknowledged is kept, what was read is kept, and a retry gets the first answer."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest

from huiyin_launcher.embedded.claim import free_port
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.batch import PARAMETERS, AnswerRow, EncodedAppend, parameters
from huiyin_store.limits import StoreLimits
from huiyin_store.port import (
    NO_STREAM,
    EventStore,
    RecordedEvent,
    StoreUnavailableError,
)
from huiyin_store.session import Session
from tests.contract.store_history import StoreHistory, broken_guarantees
from tests.contract.store_making import one, stream_name
from tests.support.databases import LogPlace, next_log

WRITERS = 16
ROUNDS = 3


@pytest.fixture(scope="module")
def crashing_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A server that only these tests use, always on the same port."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("crash") / "server", free_port()) as server:
        yield server


async def crash(server: EmbeddedPostgres) -> None:
    """Immediate stop: no checkpoint, nothing flushed; then recovery on the same port."""
    assert server.pid is not None
    os.kill(server.pid, signal.SIGQUIT)
    await asyncio.sleep(0.2)  # the stores notice, and try again in vain
    server.stop()
    server.start()


async def write_until_stopped(store: EventStore, history: StoreHistory, stopped: asyncio.Event) -> None:
    while not stopped.is_set():
        append = one(stream_name(), NO_STREAM)
        history.sent[append.request_id] = append
        history.answered[append.request_id] = await store.append(append)


async def read_until_cancelled(store: EventStore, history: StoreHistory) -> None:
    seen: list[RecordedEvent] = []
    history.read.append(seen)
    async for events in store.follow(0):
        seen += events


async def test_nothing_acknowledged_or_read_is_lost_when_the_server_crashes_under_load(
    crashing_server: EmbeddedPostgres,
) -> None:
    place = await next_log(crashing_server.admin_dsn)
    writing, reading = await place.open(), await place.open()  # the reader knows nothing of the writer
    history, stopped = StoreHistory(), asyncio.Event()
    writers = [asyncio.create_task(write_until_stopped(writing, history, stopped)) for _ in range(WRITERS)]
    reader = asyncio.create_task(read_until_cancelled(reading, history))
    for _ in range(ROUNDS):
        await asyncio.sleep(0.4)
        await crash(crashing_server)
    stopped.set()
    await asyncio.gather(*writers)
    reader.cancel()
    with suppress(asyncio.CancelledError):
        await reader
    log = await reading.read(0, 1_000_000)
    await writing.aclose()
    await reading.aclose()
    assert len(history.answered) == len(history.sent) > 100
    assert len(history.read[0]) > 100
    assert broken_guarantees(history, log) == []


async def test_an_append_whose_answer_was_lost_is_not_done_twice(
    log_place: LogPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connection is cut between commit and answer; the store itself sends the same request again."""
    store = await log_place.open()
    real, cut = Session.append, 0

    async def cut_after_commit(session: Session, batch: list[EncodedAppend]) -> object:
        nonlocal cut
        answer = await real(session, batch)
        if cut < 2:
            cut += 1
            await session.aclose()
            return await real(session, batch)  # fails as it would if the answer had not arrived
        return answer

    monkeypatch.setattr(Session, "append", cut_after_commit)
    append = one(stream_name(), NO_STREAM)
    answer = await store.append(append)
    assert cut == 2
    assert len(await store.read(0)) == 1
    assert await store.append(append) == replace(answer, repeated=True)
    await store.aclose()


async def test_an_append_is_given_up_after_a_bounded_number_of_attempts(
    crashing_server: EmbeddedPostgres,
) -> None:
    place = await next_log(crashing_server.admin_dsn)
    store = await place.open(StoreLimits(attempts=2, retry_maximum_seconds=0.05))
    append = one(stream_name(), NO_STREAM)
    crashing_server.stop()
    with pytest.raises(StoreUnavailableError):
        await store.append(append)
    with pytest.raises(StoreUnavailableError):
        await store.read(0)
    crashing_server.start()
    answer = await store.append(append)
    assert answer.first_position == 1
    await store.aclose()


async def test_without_the_flush_acknowledged_appends_are_lost(
    crashing_server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted defect: answered when committed, before it is on disk."""
    place = await next_log(crashing_server.admin_dsn)
    async with await place.admin() as admin:  # so that nothing else writes the log to the disk meanwhile
        await admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        await admin.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        await admin.execute("SELECT pg_reload_conf()")
    store, history = await place.open(), StoreHistory()
    monkeypatch.setattr(Session, "append", append_without_flush)
    for _ in range(20):
        append = one(stream_name(), NO_STREAM)
        history.sent[append.request_id] = append
        history.answered[append.request_id] = await store.append(append)
    await crash(crashing_server)
    log = await store.read(0, 100_000)
    await store.aclose()
    assert any(broken.startswith("kept") for broken in broken_guarantees(history, log))


async def append_without_flush(session: Session, batch: list[EncodedAppend]) -> list[AnswerRow]:
    """Session.append without its flush."""
    columns = b"request, verdict, recorded, first, stream, version, position, hash"
    arguments = b",".join([b"%b"] * PARAMETERS)
    rows = await session.rows(b"SELECT %s FROM append(%s)" % (columns, arguments), parameters(batch))
    return list(map(AnswerRow._make, rows))
