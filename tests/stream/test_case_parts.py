"""Where an agency's cases are looked for follows the rows of cases, whatever becomes of them."""

import random
from datetime import UTC, datetime, timedelta

from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from tests.support.streams_database import StreamsDatabase, streams_database

AGENCIES = ("A", "B", "C", "D")
BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
_PUT = """
INSERT INTO streams.case_row (case_id, display_number, received, status, unit, division, parties, accused,
  asked, summary)
VALUES (%s, '', %s, 'CLOSED', '', '', %s, '{}', %s, '')
ON CONFLICT (case_id) DO UPDATE SET received = EXCLUDED.received, parties = EXCLUDED.parties,
  asked = EXCLUDED.asked
"""
_KEPT = "SELECT agency, received, case_id FROM streams.case_part ORDER BY 1, 2, 3"
_RECOUNTED = """
SELECT DISTINCT agency, received, case_id FROM streams.case_row, unnest(parties || asked) AS agency
ORDER BY 1, 2, 3
"""


async def _change(database: StreamsDatabase, chance: random.Random) -> None:
    case_id = f"case-{chance.randrange(6)}"
    if chance.random() < 0.2:
        await database.rows("DELETE FROM streams.case_row WHERE case_id = %s", case_id)
        return
    received = BEGAN + timedelta(days=chance.randrange(3))
    parts = [chance.sample(AGENCIES, chance.randrange(4)) for _ in range(2)]
    await database.rows(_PUT, case_id, received, *parts)


async def test_the_parts_are_those_of_the_rows_after_every_change(postgres_server: EmbeddedPostgres) -> None:
    chance = random.Random(34)
    async with streams_database(postgres_server.admin_dsn) as database:
        seen = 0
        for _ in range(60):
            await _change(database, chance)
            kept = await database.rows(_KEPT)
            assert kept == await database.rows(_RECOUNTED)
            seen += len(kept)
    assert seen
