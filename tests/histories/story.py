"""A platform that lives through years in minutes: one clock for its services, logs and tokens, moved on."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from psycopg import AsyncConnection, sql

from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.development import ISSUER, TOKEN_VALIDITY, development_officers
from huiyin_kernel.identity.tokens import TokenIssuer
from huiyin_supervision import ticker
from huiyin_supervision.clock_model import clocks_to_pass, lateness_to_withdraw
from tests.support.calling import DIRECTORY, LOGS
from tests.support.platform import Platform, eventually, running

REST_SECONDS_MAX = 120.0
LOOK_SECONDS = 0.15
"""Between two looks that must find the same, for services that read each other in much less."""

_OWN_TIME = """
CREATE SCHEMA story;
CREATE TABLE story.ahead (span interval NOT NULL);
CREATE FUNCTION story.now() RETURNS timestamptz LANGUAGE sql VOLATILE
  AS 'SELECT pg_catalog.clock_timestamp() + span FROM story.ahead';
INSERT INTO story.ahead VALUES ('0');
GRANT USAGE ON SCHEMA story TO PUBLIC;
GRANT SELECT ON story.ahead TO PUBLIC
"""
_APPENDING = (
    "SELECT pg_get_functiondef(p.oid) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
    " WHERE n.nspname = ANY(%s) AND p.proname = 'append'"
)


class StoryClock:
    """The machine's clock, moved: time goes on between the acts as well."""

    def __init__(self, begin: datetime) -> None:
        self.ahead = begin - SystemClock().now()

    def now(self) -> datetime:
        return SystemClock().now() + self.ahead


class Story:
    """A running platform whose days pass when an act needs a later one."""

    def __init__(self, platform: Platform, clock: StoryClock, connection: AsyncConnection[Any]) -> None:
        self.platform, self.clock, self._connection = platform, clock, connection
        self._officers = {one.profile: one for one in development_officers(tuple(DIRECTORY))}
        self._at_work: set[str] = set()

    async def begin(self) -> None:
        """Lets the logs record by the story's clock: their functions are the released ones but for that."""
        await self._connection.execute(_OWN_TIME)
        found = await (await self._connection.execute(_APPENDING, (list(LOGS),))).fetchall()
        assert all("clock_timestamp()" in one for (one,) in found)
        assert len(found) == len(LOGS), "the functions that record are not where they were"
        for (definition,) in found:
            await self._connection.execute(definition.replace("clock_timestamp()", "story.now()").encode())
        await self._set(self.clock.ahead)

    async def reach(self, moment: datetime) -> None:
        """Goes on to a moment, unless it is past; all that is under way is done before, all due after it."""
        if moment <= self.clock.now():
            return
        await self.rest()
        await self._set(moment - SystemClock().now())
        self._renew(self._at_work)
        await self.rest()

    async def _set(self, ahead: timedelta) -> None:
        """The logs' clock first: nothing is recorded before it happened."""
        await self._connection.execute("UPDATE story.ahead SET span = %s", (ahead,))
        self.clock.ahead = ahead

    async def rest(self) -> None:
        """Waits until nothing is under way and every clock that is due has been said to have passed."""
        seen: list[object] = []

        async def stands_still() -> bool:
            ends = await self._ends()
            seen.append(ends if await self._is_read(ends) and not await self._is_due() else len(seen))
            await asyncio.sleep(LOOK_SECONDS)
            return len(seen) > 1 and seen[-1] == seen[-2]

        await eventually(stands_still, "rest", REST_SECONDS_MAX)

    async def _ends(self) -> dict[str, int]:
        ends: dict[str, int] = {}
        for name in LOGS:
            query = sql.SQL("SELECT coalesce(max(position), 0) FROM {}.event").format(sql.Identifier(name))
            ends[self.platform.settings.log_name(name)] = await self._number(query)
        return ends

    async def _is_read(self, ends: dict[str, int]) -> bool:
        query = "SELECT coalesce(min(position), 0) FROM {}.projection_cursor WHERE log = {}"
        for schema in ("supervision", "streams"):
            for log, end in ends.items():
                read = sql.SQL(query).format(sql.Identifier(schema), sql.Literal(log))
                if end and await self._number(read) < end:
                    return False
        return True

    async def _is_due(self) -> bool:
        late = await clocks_to_pass(self._connection, self.clock.now(), (), 1)
        return bool(late or await lateness_to_withdraw(self._connection, (), 1))

    async def _number(self, query: sql.Composed) -> int:
        return int((await (await self._connection.execute(query)).fetchall())[0][0])

    def employ(self, profile: str) -> None:
        """From now on this officer has a token of the day; systems and services need none."""
        if profile in self._officers and profile not in self._at_work:
            self._at_work.add(profile)
            self._renew([profile])

    def _renew(self, profiles: Iterable[str]) -> None:
        folder = self.platform.settings.paths.identity
        key = load_pem_private_key((folder / "issuer.key").read_bytes(), None)
        assert isinstance(key, Ed25519PrivateKey)
        issuer = TokenIssuer(ISSUER, key, self.clock)
        for officer in map(self._officers.__getitem__, profiles):
            token = issuer.issue(officer.officer, officer.agency, officer.roles, TOKEN_VALIDITY)
            (folder / "tokens" / f"{officer.profile}.jwt").write_text(token)


@asynccontextmanager
async def told(admin_dsn: str, home: Path, begin: datetime) -> AsyncIterator[Story]:
    """A platform at the beginning of a story, on a database of its own."""
    ticker.IDLE_SECONDS = 0.05  # the story waits for every round of it
    clock = StoryClock(begin)
    async with (
        running(admin_dsn, home, clock) as platform,
        await AsyncConnection.connect(platform.admin_dsn, autocommit=True) as connection,
    ):
        story = Story(platform, clock, connection)
        await story.begin()
        yield story
