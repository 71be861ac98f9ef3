"""Loads a history: everything that is recorded, the calls that a caller noted, and receipts."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from google.protobuf.message import Message
from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_audit.history import Call, Entry, History, entry_of
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.sources import LogSource

_QUERY = "SELECT agency, receipt FROM exchange.receipt ORDER BY agency, number"


async def load_receipts(dsn: str) -> dict[str, list[AgencyReceipt]]:
    """All receipts, by agency in their order."""
    found: dict[str, list[AgencyReceipt]] = {}
    async with await AsyncConnection.connect(dsn) as connection:
        cursor = connection.cursor(binary=True)
        await cursor.execute(_QUERY)
        async for agency, stored in cursor:
            found.setdefault(agency, []).append(AgencyReceipt.FromString(stored))
    return found


_LEFT_OUT = frozenset({"receipt", "query_code", "fields"})
"""Compared itself, or left alone: a code or a person could be guessed from a hash of it."""


def invoked(method: str, request: Any, now: datetime) -> Call:
    """A command about to be sent; record it even if no answer comes."""
    case_id, epoch = getattr(request, "case_id", ""), getattr(request, "epoch", 0)
    return Call(request.info.request_id, method, now, case_id=case_id, epoch=epoch)


def answered(call: Call, response: Message, now: datetime) -> Call:
    """The call with its answer OK: the receipt, a mark of the rest, and the case when that is new."""
    rest = type(response)()
    rest.CopyFrom(response)
    for name in _LEFT_OUT.intersection(rest.DESCRIPTOR.fields_by_name):
        rest.ClearField(name)
    receipt: Receipt | None = getattr(response, "receipt", None)
    mark = sha256(rest.SerializeToString(deterministic=True)).digest()
    case_id = getattr(response, "case_id", "") or call.case_id
    return replace(call, answered=now, status="OK", receipt=receipt, answer_mark=mark, case_id=case_id)


def failed(call: Call, status: str, now: datetime) -> Call:
    """The call with a gRPC status other than OK, such as FAILED_PRECONDITION or UNAVAILABLE."""
    return replace(call, answered=now, status=status)


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
