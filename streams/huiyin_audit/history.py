"""Recorded histories: the events of logs and the calls behind them, loaded from a database or a file."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Any, NamedTuple, TextIO
from uuid import UUID

from google.protobuf.message import Message
from psycopg import AsyncConnection

from huiyin.common.v1.types_pb2 import Receipt
from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin.supervision.v1.events_pb2 import PolicyApplied
from huiyin_audit.findings import FindingPlace
from huiyin_audit.postgres_source import PostgresSource, snapshot
from huiyin_audit.sources import StillLog
from huiyin_domain.decider import Fact
from huiyin_kernel.codec import context_of, decode_metadata, fact_of
from huiyin_kernel.rpc.requests import scope_of
from huiyin_store.port import RecordedEvent


class HistoryEntry(NamedTuple):
    """An event of a log: as a fold sees it, as it is stored, and with who led to it and why."""

    fact: Fact
    record: RecordedEvent
    metadata: EventMetadata

    @property
    def message(self) -> Message:
        """The event message."""
        return self.fact.event

    @property
    def request_id(self) -> str:
        """The request that led to it."""
        return self.metadata.request_id

    @property
    def scope(self) -> str:
        """Whose request that was: ids are names within it, so two callers may use the same one."""
        return scope_of(self.metadata.actor)

    @property
    def place(self) -> FindingPlace:
        """Where it stands."""
        return FindingPlace(self.fact.log, self.fact.position, self.fact.stream)


@dataclass(frozen=True, slots=True)
class SentCommand:
    """A command as its caller saw it.

    `status` is the gRPC status's name; `answered` is None and `status` empty when no answer came, which
    says nothing about whether the command took effect. `answer_mark` is a hash of what else the response
    says, personal data and query codes left out. A registration in a batch is recorded as a
    RegisterPetition of its own.
    """

    request_id: str
    method: str
    invoked: datetime
    answered: datetime | None = None
    status: str = ""
    receipt: Receipt | None = None
    answer_mark: bytes = b""
    case_id: str = ""
    epoch: int = 0


@dataclass(frozen=True)
class History:
    """Events of each log in order, and calls in the order they were made.

    `at_rest` says that nothing was under way any more when it was recorded: what has not happened by then
    never will.
    """

    logs: Mapping[str, tuple[HistoryEntry, ...]]
    calls: tuple[SentCommand, ...] = ()
    at_rest: bool = False

    def entries(self, context: str) -> Iterator[HistoryEntry]:
        """Events of a service's logs, in order within each log."""
        for log, entries in self.logs.items():
            if context_of(log) == context:
                yield from entries

    def streams(self, context: str, category: str) -> dict[str, list[HistoryEntry]]:
        """Events of a service's streams of a category, by stream."""
        found: dict[str, list[HistoryEntry]] = {}
        for entry in self.entries(context):
            if entry.fact.stream.startswith(f"{category}-"):
                found.setdefault(entry.fact.stream, []).append(entry)
        return found

    @property
    def ends(self) -> dict[str, int]:
        """The last position of each log."""
        return {log: entries[-1].fact.position if entries else 0 for log, entries in self.logs.items()}

    @cached_property
    def policies(self) -> tuple[HistoryEntry, ...]:
        """The events that apply policy, in order."""
        return tuple(one for one in self.entries("supervision") if isinstance(one.message, PolicyApplied))

    @cached_property
    def by_position(self) -> dict[tuple[str, int], HistoryEntry]:
        """Events by log and position."""
        return {(log, entry.fact.position): entry for log, entries in self.logs.items() for entry in entries}

    @cached_property
    def by_request(self) -> dict[str, list[HistoryEntry]]:
        """Events by the request id that led to them, whosever it was."""
        found: dict[str, list[HistoryEntry]] = {}
        for entries in self.logs.values():
            for entry in entries:
                found.setdefault(entry.request_id, []).append(entry)
        return found


def entry_of(log: str, event: RecordedEvent) -> HistoryEntry:
    """The decoded event. Raises UnknownTypeError."""
    return HistoryEntry(fact_of(log, event), event, decode_metadata(event))


def history_of(
    logs: Mapping[str, Iterable[RecordedEvent]], calls: Iterable[SentCommand] = (), at_rest: bool = False
) -> History:
    """A history of recorded events."""
    decoded = {log: tuple(entry_of(log, event) for event in events) for log, events in logs.items()}
    return History(decoded, tuple(calls), at_rest)


FORMAT = 1
"""Version of the format, in the first line."""


class HistoryFormatError(Exception):
    """A line of the file is not part of a recorded history."""


def write_history(history: History, file: TextIO) -> None:
    """Writes the history; reading it again gives an equal one."""
    for line in _lines(history):
        file.write(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n")


def _lines(history: History) -> Iterator[dict[str, Any]]:
    yield {"kind": "history", "format": FORMAT, "at_rest": history.at_rest, "logs": list(history.logs)}
    for log, entries in history.logs.items():
        for entry in entries:
            yield {"kind": "event", "log": log} | _event_line(entry.record)
    for call in history.calls:
        yield {"kind": "call"} | _call_line(call)


def _event_line(event: RecordedEvent) -> dict[str, Any]:
    return {name: _written(value) for name, value in event._asdict().items()}


def _call_line(call: SentCommand) -> dict[str, Any]:
    return {
        "request_id": call.request_id,
        "method": call.method,
        "invoked": _written(call.invoked),
        "answered": _written(call.answered),
        "status": call.status,
        "receipt": _written(None if call.receipt is None else call.receipt.SerializeToString()),
        "answer_mark": _written(call.answer_mark),
        "case_id": call.case_id,
        "epoch": call.epoch,
    }


def _written(value: object) -> object:
    match value:
        case bytes():
            return b64encode(value).decode("ascii")
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return value


def read_history(file: Iterable[str]) -> History:
    """Reads a history. Raises HistoryFormatError with the number of the line that is wrong."""
    logs: dict[str, list[RecordedEvent]] = {}
    calls: list[SentCommand] = []
    at_rest = False
    for number, text in enumerate(file, start=1):
        try:
            line = json.loads(text)
            match line["kind"]:
                case "history" if line["format"] == FORMAT:
                    at_rest, logs = line["at_rest"], {log: [] for log in line["logs"]}
                case "event":
                    logs[line["log"]].append(_event(line))
                case "call":
                    calls.append(_call(line))
                case kind:
                    raise HistoryFormatError(f"line {number}: {kind!r} of another format than {FORMAT}")
        except (ValueError, KeyError, TypeError) as error:
            raise HistoryFormatError(f"line {number} is not a line of a history: {error}") from error
    return history_of(logs, calls, at_rest)


def _event(line: dict[str, Any]) -> RecordedEvent:
    return RecordedEvent(
        position=line["position"],
        stream=line["stream"],
        version=line["version"],
        event_id=UUID(line["event_id"]),
        type=line["type"],
        recorded=datetime.fromisoformat(line["recorded"]),
        occurred=datetime.fromisoformat(line["occurred"]),
        meta=b64decode(line["meta"]),
        data=b64decode(line["data"]),
        previous_hash=b64decode(line["previous_hash"]),
        hash=b64decode(line["hash"]),
    )


def _call(line: dict[str, Any]) -> SentCommand:
    receipt, answered = line["receipt"], line["answered"]
    return SentCommand(
        request_id=line["request_id"],
        method=line["method"],
        invoked=datetime.fromisoformat(line["invoked"]),
        answered=datetime.fromisoformat(answered) if answered else None,
        status=line["status"],
        receipt=None if receipt is None else Receipt.FromString(b64decode(receipt)),
        answer_mark=b64decode(line["answer_mark"]),
        case_id=line["case_id"],
        epoch=line["epoch"],
    )


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


def invoked(method: str, request: Any, now: datetime) -> SentCommand:
    """A command about to be sent; record it even if no answer comes."""
    case_id, epoch = getattr(request, "case_id", ""), getattr(request, "epoch", 0)
    return SentCommand(request.info.request_id, method, now, case_id=case_id, epoch=epoch)


def answered(call: SentCommand, response: Message, now: datetime) -> SentCommand:
    """The call with its answer OK: the receipt, a mark of the rest, and the case when that is new."""
    rest = type(response)()
    rest.CopyFrom(response)
    for name in _LEFT_OUT.intersection(rest.DESCRIPTOR.fields_by_name):
        rest.ClearField(name)
    receipt: Receipt | None = getattr(response, "receipt", None)
    mark = sha256(rest.SerializeToString(deterministic=True)).digest()
    case_id = getattr(response, "case_id", "") or call.case_id
    return replace(call, answered=now, status="OK", receipt=receipt, answer_mark=mark, case_id=case_id)


def failed(call: SentCommand, status: str, now: datetime) -> SentCommand:
    """The call with a gRPC status other than OK, such as FAILED_PRECONDITION or UNAVAILABLE."""
    return replace(call, answered=now, status=status)


async def load_history(
    sources: Iterable[StillLog], calls: Iterable[SentCommand] = (), at_rest: bool = False
) -> History:
    """The history of these logs, in memory as a whole. Raises UnknownTypeError."""
    logs = {source.log: await _entries(source) for source in sources}
    return History(logs, tuple(calls), at_rest)


async def _entries(source: StillLog) -> tuple[HistoryEntry, ...]:
    found: list[HistoryEntry] = []
    async for page in source.events():
        found += [entry_of(source.log, event) for event in page]
    return tuple(found)


async def load_from_database(
    dsn: str, logs: Sequence[str], calls: Iterable[SentCommand] = (), at_rest: bool = False
) -> History:
    """The history of one database's logs, in one snapshot."""
    async with snapshot(dsn) as connection:
        return await load_history([PostgresSource(connection, log) for log in logs], calls, at_rest)
