"""Loads a history from logs: everything that is recorded, decoded, beside the calls that a caller noted."""

from collections.abc import Iterable, Sequence

from huiyin_audit.history import Call, Entry, History, entry_of
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.sources import LogSource


async def load_history(
    sources: Iterable[LogSource], calls: Iterable[Call] = (), at_rest: bool = False
) -> History:
    """The history of these logs, in memory as a whole. Raises UnknownTypeError."""
    logs = {source.log: await _entries(source) for source in sources}
    return History(logs, tuple(calls), at_rest)


async def _entries(source: LogSource) -> tuple[Entry, ...]:
    found: list[Entry] = []
    async for page in source.events():
        found += [entry_of(source.log, event) for event in page]
    return tuple(found)


async def load_from_database(
    dsn: str, logs: Sequence[str], calls: Iterable[Call] = (), at_rest: bool = False
) -> History:
    """The history of one database's logs, in one snapshot."""
    async with snapshot(dsn) as connection:
        return await load_history([PostgresSource(connection, log) for log in logs], calls, at_rest)
