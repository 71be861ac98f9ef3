"""The audit checks the timeline against the logs, and names every kind of violation planted in it."""

from collections.abc import AsyncIterator, Iterator
from itertools import count

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from psycopg.conninfo import make_conninfo

from huiyin.common.v1.types_pb2 import Cause
from huiyin.event.v1.event_pb2 import Event
from huiyin.intake.v1 import events_pb2 as intake
from huiyin.reception.v1 import events_pb2 as reception
from huiyin_audit.postgres_source import snapshot
from huiyin_audit.report import LogReport
from huiyin_audit.timeline_rows import TimelineRows
from huiyin_audit.verify_log import shared_bodies
from huiyin_audit.verify_timeline import verify_timeline
from huiyin_kernel.codec import context_of
from huiyin_kernel.timeline_rows import missing_bytes
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.agencies import identifier
from tests.support.calling import CENTRE, DIRECTORY, HOUSING, LABOUR, LAND, OFFICE
from tests.support.timelines import NAMES, Record, TimelinePlace, hosting, new_host

pytestmark = pytest.mark.asyncio(loop_scope="module")

INTAKE, RECEPTION, JUDICIAL, SUPERVISION = NAMES
FIRST, SECOND = identifier(801), identifier(802)
PETITION = f"petition-{FIRST}"
FALSE = Cause(log=JUDICIAL, stream="referral-9", version=1)

ENTRY, EVENT = "streams.timeline_entry", "streams.case_event"

_numbers = count(1)


async def story(record: Record) -> None:
    """Two cases over four logs: newcomers, a meeting on both, who read what, a false claim, an accusation."""
    opened = await record.write("reception", "centre-1", [], reception.CentreOpened(centre=CENTRE))
    first = await registered(record, FIRST)
    await registered(record, SECOND)
    handed = intake.PetitionHandedOver(from_unit=OFFICE, to_unit=HOUSING)
    second = await record.write("intake", PETITION, [FIRST], handed, audience=[OFFICE, HOUSING])
    read = intake.PersonalDataRead(case_id=FIRST)
    await record.write("intake", f"access-{FIRST}", [FIRST], read, audience=[])
    meeting = reception.MeetingConvened(convener=OFFICE, centre=CENTRE, participants=[LABOUR, LAND])
    audience = [OFFICE, CENTRE, LABOUR, LAND]
    convened = await record.write(
        "reception", "meeting-1", [FIRST, SECOND], meeting, [first, opened], audience
    )
    referred = await record.write("judicial", "referral-1", [FIRST], causes=[convened, second])
    await record.write("intake", PETITION, [FIRST], causes=[referred, FALSE])
    accused = intake.PetitionClassified(accused_units=[OFFICE])
    await record.write("intake", PETITION, [FIRST], accused, audience=[HOUSING])
    await record.write("supervision", "order-1", [SECOND], causes=[referred])


async def registered(record: Record, case: str) -> Event:
    event = intake.PetitionRegistered(case_id=case, unit=OFFICE, division="990101")
    return await record.write("intake", f"petition-{case}", [case], event)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def prepared(postgres_server: EmbeddedPostgres) -> AsyncIterator[TimelinePlace]:
    """A database with the logs of the story and its timeline, of which one event still waits."""
    place, record = await TimelinePlace.made(postgres_server.admin_dsn), Record()
    await story(record)
    record.show()
    async with hosting(record, new_host(place)):
        await place.until(await record.ends())
        record.show(JUDICIAL, up_to=1)
        hidden = await record.write("judicial", "referral-2", [SECOND])
        await record.write("supervision", "order-2", [SECOND], causes=[hidden])
        await place.until({SUPERVISION: 2}, held=1)
    await stored(record, place)
    yield place


async def stored(record: Record, place: TimelinePlace) -> None:
    """The logs as tables, as the services keep them."""
    tables = (
        "CREATE TABLE {}.event (position bigint PRIMARY KEY, stream text, version bigint, event_id uuid,"
        " type text, recorded timestamptz, occurred timestamptz, meta bytea, data bytea,"
        " previous_hash bytea, hash bytea)"
    )
    with psycopg.connect(place.admin_dsn, autocommit=True) as connection:
        for log, store in record.stores.items():
            schema = sql.Identifier(context_of(log))
            connection.execute(sql.SQL("CREATE SCHEMA {}").format(schema))
            connection.execute(sql.SQL(tables).format(schema))
            insert = sql.SQL("INSERT INTO {}.event VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)")
            rows = await store.read(0, 1000)
            connection.cursor().executemany(insert.format(schema), rows)


@pytest.fixture
def place(postgres_server: EmbeddedPostgres, prepared: TimelinePlace) -> Iterator[TimelinePlace]:
    """A copy of the prepared database, in which the timeline may be tampered with."""
    server, name = postgres_server.admin_dsn, f"tampered_{next(_numbers)}"
    template = psycopg.conninfo.conninfo_to_dict(prepared.admin_dsn)["dbname"]
    names = {"copy": sql.Identifier(name), "template": sql.Identifier(str(template))}
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {copy} TEMPLATE {template}").format(**names))
    dsn = make_conninfo(server, dbname=name)
    copied = TimelinePlace(dsn, dsn)
    for table in (ENTRY, EVENT):
        copied.rows(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
    yield copied
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE {copy} WITH (FORCE)").format(**names))


async def verified(place: TimelinePlace) -> LogReport:
    async with snapshot(place.admin_dsn) as connection:
        return await verify_timeline(TimelineRows(connection, NAMES), shared_bodies(DIRECTORY))


def rules(report: LogReport) -> set[str]:
    return {finding.rule for finding in report.findings}


async def test_an_untouched_timeline_is_sound(prepared: TimelinePlace) -> None:
    report = await verified(prepared)
    assert report.findings == ()
    assert (report.stream_count, report.position) == (2, report.event_count)
    catch_ups = prepared.rows("SELECT count(*) FROM streams.timeline_entry WHERE catch_up")[0][0]
    assert report.event_count == catch_ups + 10
    assert prepared.rows("SELECT count(*) FROM streams.timeline_held") == [(1,)]


OF_REFERRAL = f"log = '{JUDICIAL}' AND position = 1 AND NOT catch_up"
LAST = f"sequence = (SELECT max(sequence) FROM {ENTRY})"
AGAIN = f"sequence = (SELECT min(sequence) FROM {ENTRY} WHERE catch_up)"
MEETING_IN_SECOND = f"log = '{RECEPTION}' AND position = 2 AND case_id = '{SECOND}' AND NOT catch_up"
EFFECT = f"position = 5 AND log = '{INTAKE}' AND NOT catch_up"
HEAD = "UPDATE streams.timeline_head SET sequence = sequence"
SEEN = f"'\\x{missing_bytes([Cause(log=RECEPTION, stream='meeting-1', version=1)]).hex()}'"
CLAIMS = "missing = (SELECT missing FROM streams.timeline_entry WHERE length(missing) > 0 LIMIT 1)"


PLANTED: dict[str, tuple[list[str], str]] = {
    "an altered event": (
        [f"UPDATE {EVENT} SET event = set_byte(event, 60, get_byte(event, 60) # 1) WHERE log = '{JUDICIAL}'"],
        "ENTRY_DIFFERS",
    ),
    "an event that is lost": ([f"DELETE FROM {EVENT} WHERE log = '{JUDICIAL}'"], "ENTRY_DIFFERS"),
    "another type": ([f"UPDATE {ENTRY} SET type = 'x' WHERE {OF_REFERRAL}"], "ENTRY_DIFFERS"),
    "other cases": ([f"UPDATE {ENTRY} SET others = '{{x}}' WHERE {OF_REFERRAL}"], "ENTRY_DIFFERS"),
    "a lost entry": ([f"DELETE FROM {ENTRY} WHERE {OF_REFERRAL}"], "EVENT_NOT_NUMBERED"),
    "a lost entry, whose place is closed up": (
        [
            f"DELETE FROM {ENTRY} WHERE {LAST}",
            f"{HEAD} - 1",
        ],
        "EVENT_NOT_NUMBERED",
    ),
    "a lost entry of one of two cases": (
        [f"DELETE FROM {ENTRY} WHERE {MEETING_IN_SECOND}"],
        "EVENT_NOT_NUMBERED",
    ),
    "a gap in the places": ([f"DELETE FROM {ENTRY} WHERE {OF_REFERRAL}"], "SEQUENCE_NOT_NEXT"),
    "a tail cut off": ([f"DELETE FROM {ENTRY} WHERE {LAST}"], "TIMELINE_CUT_OFF"),
    "an event that stands twice": (
        [
            f"CREATE TEMP TABLE again AS SELECT * FROM {ENTRY} WHERE {OF_REFERRAL}",
            f"UPDATE again SET number = 99, sequence = (SELECT max(sequence) + 1 FROM {ENTRY})",
            f"INSERT INTO {ENTRY} SELECT * FROM again",
            f"{HEAD} + 1",
        ],
        "EVENT_TWICE",
    ),
    "a wrong number": ([f"UPDATE {ENTRY} SET number = 77 WHERE {OF_REFERRAL}"], "NUMBER_NOT_NEXT"),
    "an entry of a case that it does not concern": (
        [f"UPDATE {ENTRY} SET case_id = '{SECOND}', number = 50 WHERE {OF_REFERRAL}"],
        "ENTRY_OF_OTHER_CASE",
    ),
    "an entry without an event": (
        [f"UPDATE {ENTRY} SET position = 500 WHERE {OF_REFERRAL}"],
        "ENTRY_WITHOUT_EVENT",
    ),
    "an entry from beyond what was read": (
        [f"UPDATE streams.projection_cursor SET position = 0 WHERE log = '{JUDICIAL}'"],
        "ENTRY_BEYOND_CURSOR",
    ),
    "an effect before its cause": (
        [
            f"CREATE TEMP TABLE two AS SELECT sequence FROM {ENTRY} WHERE {OF_REFERRAL} OR ({EFFECT})",
            f"UPDATE {ENTRY} SET sequence = 1000 WHERE {OF_REFERRAL}",
            f"UPDATE {ENTRY} SET sequence = (SELECT min(sequence) FROM two) WHERE {EFFECT}",
            f"UPDATE {ENTRY} SET sequence = (SELECT max(sequence) FROM two) WHERE sequence = 1000",
        ],
        "EFFECT_BEFORE_CAUSE",
    ),
    "a log out of order": (
        [
            f"UPDATE {ENTRY} SET sequence = 1000 WHERE position = 3 AND log = '{INTAKE}' AND NOT catch_up",
            f"{HEAD} - sequence + 1000",
        ],
        "LOG_OUT_OF_ORDER",
    ),
    "a cause called missing that stands before": (
        [f"UPDATE {ENTRY} SET missing = {SEEN} WHERE {OF_REFERRAL}"],
        "CAUSE_WRONGLY_MISSING",
    ),
    "a missing cause that nobody named": (
        [f"UPDATE {ENTRY} SET {CLAIMS} WHERE {OF_REFERRAL}"],
        "MISSING_NOT_NAMED",
    ),
    "a false cause that is not written down": (
        [f"UPDATE {ENTRY} SET missing = '' WHERE length(missing) > 0"],
        "EFFECT_BEFORE_CAUSE",
    ),
    "an added recipient": (
        [f"UPDATE {ENTRY} SET recipients = recipients || '{LAND}'::text WHERE {LAST}"],
        "RECIPIENTS_WRONG",
    ),
    "one who has had it": ([f"UPDATE {ENTRY} SET reached = '{{}}' WHERE {LAST}"], "RECIPIENTS_WRONG"),
    "a wall taken down": (
        [f"UPDATE {ENTRY} SET walled = '{{}}' WHERE cardinality(walled) > 0"],
        "RECIPIENTS_WRONG",
    ),
    "another division": ([f"UPDATE {ENTRY} SET division = '990102' WHERE {LAST}"], "RECIPIENTS_WRONG"),
    "a closed entry opened": ([f"UPDATE {ENTRY} SET closed = false WHERE closed"], "RECIPIENTS_WRONG"),
    "a copy for somebody else": (
        [f"UPDATE {ENTRY} SET recipients = '{{{LAND}}}' WHERE {AGAIN}"],
        "CATCH_UP_WRONG",
    ),
    "a copy that differs": ([f"UPDATE {ENTRY} SET type = 'x' WHERE {AGAIN}"], "CATCH_UP_WRONG"),
    "a copy that is lost": ([f"DELETE FROM {ENTRY} WHERE {AGAIN}"], "CATCH_UP_MISSING"),
    "a copy for nothing": (
        [
            f"CREATE TEMP TABLE again AS SELECT * FROM {ENTRY} WHERE {AGAIN}",
            f"UPDATE again SET sequence = (SELECT max(sequence) + 1 FROM {ENTRY})",
            f"INSERT INTO {ENTRY} SELECT * FROM again",
            f"{HEAD} + 1",
        ],
        "CATCH_UP_WRONG",
    ),
    "a held event altered": (
        ["UPDATE streams.timeline_held SET event = set_byte(event, 60, get_byte(event, 60) # 1)"],
        "HELD_WRONG",
    ),
    "a held event lost": (["DELETE FROM streams.timeline_held"], "EVENT_NOT_NUMBERED"),
    "a held event that is numbered": (
        ["UPDATE streams.timeline_held SET position = 1"],
        "HELD_WRONG",
    ),
    "a wall of a case taken down": (
        [f"UPDATE streams.timeline_case SET walled = '{{}}' WHERE case_id = '{FIRST}'"],
        "CASE_STATE_WRONG",
    ),
    "the state of a case": (
        [f"UPDATE streams.timeline_case SET state = state || ' ' WHERE case_id = '{SECOND}'"],
        "CASE_STATE_WRONG",
    ),
    "a case that is gone": (
        [f"DELETE FROM streams.timeline_case WHERE case_id = '{FIRST}'"],
        "CASE_STATE_WRONG",
    ),
    "a case from nowhere": (
        ["INSERT INTO streams.timeline_case VALUES ('x', 0, '{}', '')"],
        "CASE_STATE_WRONG",
    ),
    "a stream released too far": (
        ["UPDATE streams.timeline_stream SET version = 9 WHERE stream = 'referral-1'"],
        "RELEASE_WRONG",
    ),
    "a stream that is gone": (
        ["DELETE FROM streams.timeline_stream WHERE stream = 'referral-1'"],
        "RELEASE_WRONG",
    ),
    "an unread past": (
        [f"UPDATE {ENTRY} SET log = 'rumour@990000' WHERE {OF_REFERRAL}"],
        "ENTRY_WITHOUT_EVENT",
    ),
}


@pytest.mark.parametrize("statements, rule", PLANTED.values(), ids=PLANTED.keys())
async def test_a_planted_violation_is_named(place: TimelinePlace, statements: list[str], rule: str) -> None:
    with psycopg.connect(place.admin_dsn) as connection:
        for statement in statements:
            connection.execute(statement.encode())
    report = await verified(place)
    assert rule in rules(report)
    assert report.finding_count == len(report.findings) < 30


async def test_a_cause_called_missing_that_was_long_there_is_named(place: TimelinePlace) -> None:
    """The event claims it, the timeline says that it did not exist, and the log has it from long before."""
    with psycopg.connect(place.admin_dsn) as connection:
        connection.execute(
            "INSERT INTO judicial.event SELECT 2000, 'referral-9', 1, gen_random_uuid(), type,"
            " recorded - interval '1 hour', occurred, meta, data, previous_hash, hash"
            " FROM judicial.event WHERE position = 1"
        )
    assert rules(await verified(place)) == {"CAUSE_WRONGLY_MISSING"}


async def test_findings_are_counted_without_bound_and_kept_up_to_one(place: TimelinePlace) -> None:
    place.rows(f"UPDATE {ENTRY} SET division = '990102'")
    async with snapshot(place.admin_dsn) as connection:
        report = await verify_timeline(TimelineRows(connection, NAMES), shared_bodies(DIRECTORY), kept_max=3)
    assert report.finding_count == 10
    assert [finding.position for finding in report.findings] == sorted(
        finding.position for finding in report.findings
    )
    assert len(report.findings) == 3
