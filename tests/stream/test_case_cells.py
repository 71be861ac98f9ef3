"""Live counters are those of the cases, whoever asks and whatever becomes of the cases."""

import itertools
import random
from collections import Counter
from datetime import UTC, datetime
from typing import Any, LiteralString

from psycopg import AsyncConnection, sql

from huiyin.cases.v1.service_pb2 import CaseSummary
from huiyin_domain.access import Scope
from huiyin_kernel.access_sql import CASES, Condition, by_county, counted_within, in_division, within
from huiyin_kernel.codec import timestamp
from huiyin_launcher.embedded.postgres import EmbeddedPostgres
from huiyin_streams.case_rows import CaseRow, write_cases
from huiyin_streams.insight import of_unit, read_counters
from tests.support.streams_database import streams_database

AGENCIES = ("A", "B", "C")
DIVISIONS = ("", "990101", "990101001", "990200")
STATUSES = ("UNSPECIFIED", "REGISTERED", "CLOSED")
RECEIVED = timestamp(datetime(2026, 3, 1, tzinfo=UTC))
CELLS: tuple[LiteralString, ...] = ("case_cell WHERE cases <> 0", "case_sum")


def a_row(chance: random.Random) -> CaseRow:
    """A case as it may become, with parts that overlap."""
    parties, accused, former, asked = (sorted(chance.sample(AGENCIES, chance.randrange(3))) for _ in range(4))
    summary = CaseSummary(
        received_time=RECEIVED,
        status=chance.choice(STATUSES),
        responsible_unit=chance.choice(AGENCIES),
        division=chance.choice(DIVISIONS),
        parties=parties,
    )
    return CaseRow(summary, accused, former, asked)


def scopes() -> list[Scope]:
    """Every combination of what somebody may see."""
    flags = list(itertools.product((False, True), repeat=3))
    lines, walls = ("", "9901"), (frozenset[str](), frozenset({"A", "C"}))
    return [
        Scope(
            agency="A", closed_by=wall, division_line=line, all_cases=every, as_party=party, as_superior=asked
        )
        for (every, party, asked), line, wall in itertools.product(flags, lines, walls)
    ]


async def counted_anew(
    connection: AsyncConnection[Any], reach: Scope, asked: list[Condition]
) -> list[tuple[Any, ...]]:
    """The counters, from the cases themselves."""
    conditions = [within(reach, CASES), *asked]
    where = " AND ".join(["status <> 'UNSPECIFIED'", *(f"({one.text})" for one in conditions)])
    query = f"""
      SELECT {by_county("division")}, unit, status, count(*) FROM streams.case_row
      WHERE {where} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
    parameters = {key: value for one in conditions for key, value in one.parameters.items()}
    return await (await connection.execute(sql.SQL(query), parameters)).fetchall()


async def _change(connection: AsyncConnection[Any], chance: random.Random) -> None:
    cases = chance.sample([f"case-{number}" for number in range(12)], chance.randrange(1, 6))
    if chance.random() < 0.2:
        await connection.execute("DELETE FROM streams.case_row WHERE case_id = ANY(%s)", (cases,))
    else:
        await write_cases(connection, {case_id: a_row(chance) for case_id in cases})


async def _cells(admin_dsn: str, table: LiteralString) -> Counter[Any]:
    query = sql.SQL("SELECT agency, division, unit, status, party, asked, accused::text, cases FROM streams.")
    async with await AsyncConnection.connect(admin_dsn) as connection:
        return Counter(await (await connection.execute(query + sql.SQL(table))).fetchall())


async def test_counters_are_those_of_the_cases_after_every_change(postgres_server: EmbeddedPostgres) -> None:
    chance, seen = random.Random(39), 0
    async with (
        streams_database(postgres_server.admin_dsn) as database,
        await AsyncConnection.connect(database.dsn, autocommit=True) as connection,
    ):
        for number in range(30):
            await _change(connection, chance)
            kept, summed = [await _cells(database.admin_dsn, table) for table in CELLS]
            assert kept == summed
            for reach in scopes() if number % 5 == 4 else ():
                for asked in ([], in_division("990101"), in_division("000000"), of_unit("B", "unit")):
                    found = await read_counters(connection, counted_within(reach), asked)
                    assert found == await counted_anew(connection, reach, asked), (reach, asked)
                    seen += len(found)
    assert seen
