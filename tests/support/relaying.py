"""Databases and sources for tests of the relay."""

import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from huiyin.event.v1.event_pb2 import EventMetadata
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin_cli.database import READ_MODEL_TABLES, RELAY, relay_reader
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import encode
from huiyin_kernel.ids import uuid7
from huiyin_relay.sources import SourceRow
from huiyin_store.port import ANY_VERSION, Append, StreamWrite
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.provision import provision, role_dsn, role_of
from tests.contract.store_making import OCCURRED
from tests.support.databases import PASSWORD, FreshDatabase

SCHEMAS = ("intake", "reception", "judicial", "supervision", "streams", "exchange")


@dataclass(frozen=True, slots=True)
class RelayDatabase:
    """A database as a relay finds it, in a region of its own."""

    database: FreshDatabase
    region: str

    @property
    def dsn(self) -> str:
        """The relay's access."""
        return role_dsn(self.database.server_dsn, self.database.name, role_of(RELAY), PASSWORD)

    def log(self, service: str) -> str:
        """The name of a log."""
        return f"{service}@{self.region}"

    async def store(self, service: str = "intake") -> PostgresEventStore:
        """The log of a service, opened as it does."""
        place = self.database.place(service)
        return await PostgresEventStore.open(place.dsn, service, self.log(service))


async def relay_database(server_dsn: str) -> RelayDatabase:
    """A new database with all that a relay reads."""
    name = f"huiyin_relay_{os.getpid()}_{secrets.token_hex(3)}"
    logs = dict.fromkeys(SCHEMAS, PASSWORD)
    readers = {RELAY: relay_reader(PASSWORD)}
    await provision(server_dsn, name, logs, extra=READ_MODEL_TABLES, readers=readers)
    return RelayDatabase(FreshDatabase(server_dsn, name), str(secrets.randbelow(900_000) + 100_000))


def registration(case_id: str, stream: str, trace: str = "", noise: str = "") -> Append:
    """An append of one event about a case."""
    metadata = EventMetadata(case_ids=[case_id], trace_parent=trace, correlation_id=noise)
    event = encode(uuid7(), PetitionRegistered(case_id=case_id), metadata, OCCURRED)
    return Append(uuid7(), b"", (StreamWrite(stream, ANY_VERSION, (event,)),))


async def fill(store: PostgresEventStore, count: int, cases: int = 17) -> None:
    """Appends events about some cases."""
    ids = [str(uuid7()) for _ in range(cases)]
    made = [registration(ids[number % cases], f"petition-{ids[number % cases]}") for number in range(count)]
    await store.append_many(made)


class ListSource:
    """A source with rows that are given."""

    is_log = True
    poll_seconds_max = lively_seconds_max = 0.02

    def __init__(self, name: str, topic: str) -> None:
        self.name, self.topic = name, topic
        self.rows: list[SourceRow] = []

    def add(self, *values: bytes) -> None:
        """More rows."""
        for value in values:
            position = len(self.rows) + 1
            self.rows.append(SourceRow(position, self._record(position, value)))

    def _record(self, position: int, value: bytes) -> Record:
        headers = {
            "ce_log": self.name,
            "ce_position": str(position),
            "ce_id": f"event-{position}",
            "ce_type": "huiyin.test.v1.Happened",
            "ce_subject": f"stream-{position % 5}",
            "ce_time": "2026-03-02T01:00:00.000000Z",
            "ce_partitionkey": f"case-{position % 5}",
        }
        encoded = tuple((name, text.encode()) for name, text in headers.items())
        return Record(self.topic, f"case-{position % 5}".encode(), value, encoded, 1000)

    async def read(self, after: int, limit: int) -> Sequence[SourceRow]:
        """Rows after a position."""
        return self.rows[after : after + limit]

    async def aclose(self) -> None:
        """Nothing to give up."""
