"""Every query of the store goes by an index, also those planned while the tables were empty."""

import asyncio

from huiyin_store.port import (
    NO_STREAM,
    Cursor,
)
from tests.conftest import StoreFactory
from tests.contract.store_making import appending, new_key, one, write
from tests.support.databases import LogPlace

HOT_QUERIES = {
    "SELECT data FROM event WHERE position > 5000 ORDER BY position LIMIT 500": "event_pkey",
    "SELECT data FROM event WHERE stream = 'a' AND version > 3 ORDER BY version LIMIT 1": "version_once",
    "SELECT position, recorded FROM event ORDER BY position DESC LIMIT 1": "event_pkey",
    "SELECT position FROM cursor WHERE consumer = 'a' AND log = 'b'": "cursor_pkey",
    "SELECT wrapped FROM key WHERE subject = ANY(ARRAY['a', 'b'])": "key_subject",
    "SELECT FROM key WHERE key_id = ANY('{00000000-0000-7000-8000-000000000000}'::uuid[])": "key_pkey",
    "SELECT wrapped FROM key WHERE wrapped IS NOT NULL AND (master < 'a' OR master > 'a') LIMIT 9": (
        "key_living_master"
    ),
}


async def test_hot_queries_use_their_index(log_place: LogPlace, store_factory: StoreFactory) -> None:
    store = await store_factory()
    for _ in range(4):
        await store.append_many(
            [appending(write(f"petition-{n}", -1, 2), keys=[new_key(f"p-{n}", "a")]) for n in range(1250)]
        )
    async with await log_place.admin() as admin:
        await admin.execute("ANALYZE")
        await admin.execute("SET enable_seqscan = off")  # cursor has one page: a scan would be right
        for query, index in HOT_QUERIES.items():
            cursor = await admin.execute(f"EXPLAIN {query}".encode())
            plan = "\n".join(str(line) for (line,) in await cursor.fetchall())
            assert index in plan, plan
            assert "Seq Scan" not in plan, plan


async def test_appending_never_scans_a_table(log_place: LogPlace, store_factory: StoreFactory) -> None:
    """Its plans are made while the tables are empty, and stay."""
    store = await store_factory()
    for number in range(60):
        cursor = Cursor(f"inbox-{number % 3}", "other", number + 1)
        sent = [one(f"petition-{number % 7}"), one(f"petition-{number}", NO_STREAM)]
        keyed = appending(write(f"meeting-{number}", 0, 3), cursor=cursor, keys=[new_key("person")])
        await asyncio.gather(*map(store.append, [*sent, keyed, sent[0]]), return_exceptions=True)
    await store.aclose()
    async with await log_place.admin() as admin:
        await admin.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.2)")
        query = "SELECT relname, seq_tup_read, idx_scan FROM pg_stat_user_tables WHERE schemaname = %s"
        cursor_ = await admin.execute(query, (log_place.schema,))
        scans = {str(table): (read, scans) for table, read, scans in await cursor_.fetchall()}
    for table in ("event", "stream", "request", "cursor"):
        read, index_scans = scans[table]
        assert (read, int(str(index_scans)) > 100) == (0, True), (table, scans[table])
