"""A timeline of version 0.1 is read as it was after its events are kept once."""

from uuid import uuid4

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import make_conninfo

from huiyin_cli.database import READ_MODEL_TABLES
from huiyin_domain.timeline.ledger import LedgerEntry
from huiyin_kernel.timeline_rows import event_bytes, read_timeline
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_store.provision import provision
from huiyin_streams.timeline_tables import write_entries
from tests.support.agencies import identifier
from tests.support.calling import HOUSING, OFFICE
from tests.support.databases import PASSWORD
from tests.support.timelines import Record

BOTH = sorted([HOUSING, OFFICE])
CASE, OTHER = identifier(901), identifier(902)
TABLES = READ_MODEL_TABLES["streams"]
OF_BEFORE = [file for file in TABLES if file.name != "events_once.sql"]
ENTRY = """
INSERT INTO streams.timeline_entry (sequence, case_id, number, log, position, stream, version, event_id, type,
  division, cases, recipients, reached, walled, closed, catch_up, missing, event)
VALUES (%s, %s, %s, %s, %s, %s, 1, %s, %s, '990101', %s, %s, %s, '{}', false, %s, '', %s)
"""


async def test_entries_of_before_are_read_and_sent_again(postgres_server: EmbeddedPostgres) -> None:
    name, record = f"before_{uuid4().hex}", Record()
    event = await record.write("reception", "meeting-1", [CASE, OTHER])
    kept = event.log, event.position, event.stream, event.event_id, event.type, [CASE, OTHER]
    await provision(postgres_server.admin_dsn, name, {"streams": PASSWORD}, extra={"streams": OF_BEFORE})
    dsn = make_conninfo(postgres_server.admin_dsn, dbname=name)
    with psycopg.connect(dsn) as connection:
        for sequence, case, reached, is_again in (
            (1, CASE, [OFFICE], False),
            (2, OTHER, [OFFICE], False),
            (3, CASE, BOTH, True),
        ):
            who = [HOUSING] if is_again else [OFFICE]
            row = (sequence, case, 1, *kept, who, reached, is_again, event_bytes(event))
            connection.execute(ENTRY, row)
    await provision(postgres_server.admin_dsn, name, {"streams": PASSWORD}, extra=READ_MODEL_TABLES)
    async with await AsyncConnection.connect(dsn) as reader:
        again = LedgerEntry(4, OTHER, 1, frozenset([HOUSING]), frozenset(BOTH), catch_up=True)
        await write_entries(reader, [], [again])
        entries = await read_timeline(reader, 0, 10)
        columns = "SELECT reached, others FROM streams.timeline_entry ORDER BY sequence"
        rows = await (await reader.execute(columns)).fetchall()
    assert [(one.sequence, one.case_id, one.number, one.catch_up) for one in entries] == [
        (1, CASE, 1, False),
        (2, OTHER, 1, False),
        (3, CASE, 1, True),
        (4, OTHER, 1, True),
    ]
    assert {one.event.SerializeToString(deterministic=True) for one in entries} == {event_bytes(event)}
    assert rows == [
        (None, [OTHER]),
        (None, [CASE]),
        (BOTH, [OTHER]),
        (BOTH, [CASE]),
    ]
    with psycopg.connect(postgres_server.admin_dsn, autocommit=True) as server:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
