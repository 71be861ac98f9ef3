"""The relay's tables: how far each source is published, and what could not be; moved under its lease only."""

from datetime import datetime
from typing import Any

from huiyin.dead.v1.types_pb2 import RecordPlace
from huiyin_kernel.dead_letters import new_letter
from huiyin_kernel.telemetry import metrics
from huiyin_relay.sources import SourceRow
from huiyin_store.durable_reads import Readers
from huiyin_store.lease import LeaseLostError
from huiyin_store.letters import NewLetter
from huiyin_store.limits import StoreLimits
from huiyin_store.session import LogLink, Session

CONSUMER = "relay"


def letter_of(source: str, row: SourceRow, reason: str, attempts: int, now: datetime) -> NewLetter:
    """The letter of a row. Its place names the topic only: the record has no offset there."""
    known = {name: value.decode(errors="replace") for name, value in row.record.headers}
    return new_letter(
        CONSUMER,
        (source, str(row.position)),
        now,
        cause=reason,
        attempts=attempts,
        log=known.get("ce_log", ""),
        position=row.position,
        place=RecordPlace(topic=row.record.topic, partition=-1, offset=-1),
        event_id=known.get("ce_id", ""),
        event_type=known.get("ce_type", ""),
    )


SCHEMA = "relay"

_CURSOR = b"SELECT position FROM cursor WHERE source = %b"
_ADVANCE = b"SELECT advance(%b, %b, %b)"
_REJECT = b"SELECT reject(%b, %b, %b, %b, %b)"

CONNECTIONS = 3


class RelayLedger:
    """The relay's schema. Everything raises StoreUnavailableError when the database is away for long."""

    def __init__(self, dsn: str, limits: StoreLimits | None = None) -> None:
        limits = limits or StoreLimits(attempts=4)
        self._links = Readers(
            [
                LogLink(dsn, SCHEMA, limits, metrics.STORE_RETRIES.labels(SCHEMA).inc)
                for _ in range(CONNECTIONS)
            ]
        )

    async def cursor(self, source: str) -> int:
        """How far a source is published; 0 at first."""
        rows = await self._rows(_CURSOR, source)
        return int(rows[0][0]) if rows else 0

    async def advance(self, source: str, epoch: int, position: int) -> None:
        """Notes that everything up to here is published. Raises LeaseLostError."""
        ((holds,),) = await self._rows(_ADVANCE, source, epoch, position)
        if not holds:
            raise LeaseLostError(source, epoch)

    async def reject(self, source: str, epoch: int, position: int, letter: NewLetter) -> None:
        """Keeps the dead letter of a record that the brokers would not take. Raises LeaseLostError."""
        ((holds,),) = await self._rows(_REJECT, source, epoch, position, letter.letter_id, letter.letter)
        if not holds:
            raise LeaseLostError(source, epoch)

    async def aclose(self) -> None:
        """Gives up the connections."""
        await self._links.aclose()

    async def _rows(self, query: bytes, *values: object) -> list[tuple[Any, ...]]:
        async def use(session: Session) -> list[tuple[Any, ...]]:
            return await session.rows(query, values)

        return await self._links.run(use)
