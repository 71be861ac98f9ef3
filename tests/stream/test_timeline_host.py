"""The host of the timeline numbers each event once, causes first, whatever becomes of it and its database."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from functools import partial
from random import Random

import psycopg
import pytest

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1.events_pb2 import PetitionClassified, PetitionHandedOver, PetitionRegistered
from huiyin_domain.access import kept_out_by
from huiyin_domain.timeline.held import GapError
from huiyin_kernel import fold_loop
from huiyin_kernel.log_batches import BATCH_MAX
from huiyin_kernel.shared_log import shared
from huiyin_kernel.timeline_rows import read_timeline, timeline_end
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams import timeline_host
from tests.support.agencies import identifier
from tests.support.calling import CENTRE, DIRECTORY, HOUSING, LABOUR, OFFICE
from tests.support.logged import Lines
from tests.support.timelines import NAMES, Record, TimelinePlace, hosting, new_host, numbered_rightly

INTAKE, RECEPTION, JUDICIAL, SUPERVISION = NAMES
FIRST, SECOND = identifier(501), identifier(502)
PETITION = f"petition-{FIRST}"


@pytest.fixture
async def place(postgres_server: EmbeddedPostgres) -> TimelinePlace:
    return await TimelinePlace.made(postgres_server.admin_dsn)


async def registered(record: Record, case: str = FIRST) -> Event:
    event = PetitionRegistered(case_id=case, unit=OFFICE, division="990101")
    return await record.write("intake", f"petition-{case}", [case], event)


async def a_case(record: Record) -> None:
    """Six events over three logs, each of which comes after the one before it."""
    first = await registered(record)
    referred = await record.write("judicial", "referral-1", [FIRST], causes=[first])
    second = await record.write("intake", PETITION, [FIRST], causes=[referred])
    late = await record.write("supervision", "lateness-1", [FIRST], causes=[second])
    await record.write("judicial", "referral-1", [FIRST], causes=[late])
    await record.write("intake", PETITION, [FIRST])


ORDER = [("intake", 1), ("judicial", 1), ("intake", 2), ("supervision", 1), ("judicial", 2)]


async def test_events_are_numbered_causes_first_whichever_log_comes_first(place: TimelinePlace) -> None:
    record = Record()
    await a_case(record)
    async with hosting(record, new_host(place), asks=False):
        record.show(SUPERVISION)
        await place.until({SUPERVISION: 1}, held=1)
        record.show(INTAKE)
        await place.until({INTAKE: 3}, held=3)
        record.show(JUDICIAL)
        await place.until(await record.ends())
    assert set(place.order()) == {*ORDER, ("intake", 3)}
    assert [entry for entry in place.order() if entry != ("intake", 3)] == ORDER
    assert numbered_rightly(place.entries())
    assert [sequence for sequence, *_ in place.entries()] == list(range(1, 7))


async def test_what_is_held_when_a_host_stops_is_numbered_by_the_next_one(place: TimelinePlace) -> None:
    record = Record()
    await a_case(record)
    record.show(SUPERVISION, INTAKE)
    async with hosting(record, new_host(place), asks=False):
        await place.until({SUPERVISION: 1, INTAKE: 3}, held=3)
    record.show()
    async with hosting(record, new_host(place), asks=False):
        await place.until(await record.ends())
    assert [entry for entry in place.order() if entry != ("intake", 3)] == ORDER
    assert numbered_rightly(place.entries())


async def test_a_host_stopped_at_any_moment_leaves_no_number_out_and_gives_none_twice(
    place: TimelinePlace,
) -> None:
    record, random = Record(), Random(7)
    await many(record, 400)
    record.show()
    for _ in range(12):
        async with hosting(record, new_host(place)):
            await asyncio.sleep(random.uniform(0.0, 0.15))
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
    assert len(place.entries()) == 400
    assert numbered_rightly(place.entries())
    assert [row[0] for row in place.rows("SELECT sequence FROM streams.timeline_entry ORDER BY 1")] == list(
        range(1, await end_of(place) + 1)
    )


async def many(record: Record, number: int, cases: int = 7) -> None:
    """Events of some cases over all logs, each of which names the one before it as its cause."""
    before = [await registered(record, identifier(600 + each)) for each in range(cases)][-1:]
    for each in range(number - cases):
        service = ("intake", "reception", "judicial", "supervision")[each % 4]
        case = identifier(600 + each % cases)
        audience = [OFFICE, HOUSING] if each % 3 else [OFFICE]
        stream = f"{service}-{each % cases}"
        before = [await record.write(service, stream, [case], causes=before, audience=audience)]


async def end_of(place: TimelinePlace) -> int:
    async with await psycopg.AsyncConnection.connect(place.dsn) as connection:
        return await timeline_end(connection)


async def test_two_hosts_at_the_same_time_number_nothing_twice(place: TimelinePlace) -> None:
    record = Record()
    await many(record, 300)
    async with hosting(record, new_host(place)), hosting(record, new_host(place)):
        for shown in range(5, 80, 5):
            record.show(up_to=shown)
            await asyncio.sleep(0.02)
        record.show()
        await place.until(await record.ends())
    assert len(place.entries()) == 300
    assert numbered_rightly(place.entries())


CUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database() AND usename = 'huiyin_streams'
"""


async def test_lost_connections_cost_nothing(place: TimelinePlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fold_loop, "RETRY_SECONDS", 0.05)
    record = Record()
    await many(record, 200)
    async with hosting(record, new_host(place)):
        for shown in range(5, 51, 5):
            record.show(up_to=shown)
            await place.until({INTAKE: shown}, held=None)
            place.rows(CUT, admin=True)
        record.show()
        await place.until(await record.ends())
    assert len(place.entries()) == 200
    assert numbered_rightly(place.entries())


async def test_a_commit_that_took_effect_though_nobody_was_told_is_not_made_again(
    place: TimelinePlace,
) -> None:
    """Another host is as far as the lost commit would have been; this one finds out at its next batch."""
    record = Record()
    await many(record, 100)
    async with hosting(record, new_host(place)):
        record.show(up_to=10)
        await place.until({INTAKE: 10}, held=None)
        stale = dict(record.shown)
        async with hosting(record, new_host(place)):
            record.show(up_to=20)
            await place.until({INTAKE: 20}, held=None)
        assert stale != record.shown
        record.show()
        await place.until(await record.ends())
    assert len(place.entries()) == 100
    assert numbered_rightly(place.entries())


async def test_a_claim_that_is_not_true_is_found_out_and_written_down(place: TimelinePlace) -> None:
    record = Record()
    await registered(record)
    false = Cause(log=JUDICIAL, stream="referral-9", version=3)
    await record.write("intake", PETITION, [FIRST], causes=[false])
    record.show()
    async with hosting(record, new_host(place)):
        await place.until({INTAKE: 2})
    async with await psycopg.AsyncConnection.connect(place.dsn) as connection:
        entries = await read_timeline(connection, 0, 10)
    assert [list(entry.missing_causes) for entry in entries] == [[], [false]]


async def test_a_newcomer_finds_the_earlier_entries_before_its_own(place: TimelinePlace) -> None:
    record = Record()
    first = await registered(record)
    handed = PetitionHandedOver(from_unit=OFFICE, to_unit=HOUSING)
    second = await record.write("intake", PETITION, [FIRST], handed, audience=[OFFICE, HOUSING])
    record.show()
    async with hosting(record, new_host(place)):
        await place.until({INTAKE: 2})
    async with await psycopg.AsyncConnection.connect(place.dsn) as connection:
        entries = await read_timeline(connection, 0, 10)
    shown = [(entry.sequence, entry.number, entry.catch_up, sorted(entry.recipients)) for entry in entries]
    assert shown == [
        (1, 1, False, [OFFICE]),
        (2, 1, True, [HOUSING]),
        (3, 2, False, sorted([OFFICE, HOUSING])),
    ]
    assert [entry.event for entry in entries] == [first, first, second]
    assert {entry.division for entry in entries} == {"990101"}


async def test_an_accused_unit_and_its_centre_get_nothing_from_then_on(place: TimelinePlace) -> None:
    record = Record()
    await registered(record)
    for unit in (CENTRE, LABOUR):
        handed = PetitionHandedOver(from_unit=OFFICE, to_unit=unit)
        await record.write("intake", PETITION, [FIRST], handed, audience=[OFFICE, unit])
    accused = PetitionClassified(accused_units=[LABOUR, OFFICE])
    await record.write("intake", PETITION, [FIRST], accused, audience=[OFFICE, CENTRE, LABOUR])
    record.show()
    async with hosting(record, new_host(place)):
        await place.until({INTAKE: 4})
    query = "SELECT recipients, walled FROM streams.timeline_entry ORDER BY sequence DESC LIMIT 1"
    recipients, walled = place.rows(query)[0]
    assert recipients == []
    assert set(walled) == kept_out_by(DIRECTORY)([LABOUR, OFFICE]) >= {LABOUR, OFFICE, CENTRE}


async def test_the_timeline_cannot_be_changed(place: TimelinePlace) -> None:
    record = Record()
    await registered(record)
    record.show()
    async with hosting(record, new_host(place)):
        await place.until({INTAKE: 1})
    changes = [
        "UPDATE streams.timeline_entry SET number = 2",
        "DELETE FROM streams.timeline_entry",
        "UPDATE streams.case_event SET position = 2",
        "TRUNCATE streams.case_event",
    ]
    for statement in changes:
        for admin in (False, True):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                place.rows(statement, admin=admin)


@pytest.fixture
def lines() -> Iterator[Lines]:
    """What the host logs."""
    kept = Lines()
    timeline_host.log.addHandler(kept)
    yield kept
    timeline_host.log.removeHandler(kept)


async def test_a_cause_that_does_not_come_in_time_is_an_alarm_and_goes_on_when_it_comes(
    place: TimelinePlace, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timeline_host, "WATCH_SECONDS", 0.02)
    record = Record()
    await a_case(record)
    record.show(INTAKE)
    async with hosting(record, new_host(place, patience=0.2)):
        await place.until({INTAKE: 3}, held=2)
        async with asyncio.timeout(10):
            while not lines.lines:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)
        assert len(lines.lines) == 1
        assert "intake@990000 position 2" in lines.lines[0]
        assert "version 1 of referral-1 in judicial@990000" in lines.lines[0]
        record.show()
        await place.until(await record.ends())


async def test_a_log_that_lags_stops_the_others_before_too_much_is_held(place: TimelinePlace) -> None:
    record, most = Record(), 50
    court = [await record.write("judicial", f"referral-{each}", [SECOND]) for each in range(10)]
    for each in range(3_000):
        await record.write("intake", f"petition-{each}", [identifier(700 + each % 50)], causes=[court[-1]])
    record.show(INTAKE)
    async with hosting(record, new_host(place, held_max=most), asks=False):
        async with asyncio.timeout(20):
            while len(place.held()) < most:
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        assert len(place.held()) <= most + BATCH_MAX
        record.show()
        await place.until(await record.ends())
    assert len(place.entries()) == 3_010
    assert numbered_rightly(place.entries())


async def test_a_log_with_a_gap_is_an_alarm_that_ends_the_host(place: TimelinePlace) -> None:
    record = Record()
    await registered(record)
    second = await record.write("intake", PETITION, [FIRST])

    async def gap(after: int) -> AsyncGenerator[tuple[Event | None, int], None]:
        yield second, second.position

    feeds = {name: gap if name == INTAKE else partial(record.follow, name) for name in NAMES}
    ends = {name: partial(record.end, name) for name in NAMES}
    with pytest.raises(GapError, match="intake@990000 went on at position 2 after 0"):
        await asyncio.wait_for(new_host(place).run(shared(feeds), ends), 10)
