"""Agencies' messages on Kafka: what stands on an agency's topic is its own, nobody else may write there."""

import asyncio
import logging
from collections.abc import Sequence

from psycopg import OperationalError

from huiyin_exchange.answering import Answering, Arrival
from huiyin_exchange.letters import Cursor
from huiyin_exchange.readiness import LOOK_AGAIN_SECONDS, PROFILE, ready
from huiyin_exchange.receipts import Receipts
from huiyin_kafka.connection import client_options
from huiyin_kafka.consumer import Read
from huiyin_kafka.reader import QueuedTopics
from huiyin_kafka.topics.names import agency_of, inbox_topic
from huiyin_kernel.rpc.errors import StoppingError
from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease, LeaseLostError

log = logging.getLogger(__name__)

RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX = 0.2, 10.0
DEFECTS_MAX = 8
"""Times that the exchange itself may fail at a message before it is put aside."""


class KafkaInbox:
    """Reads the inbox topics of the agencies and has each message answered, in the order of its topic."""

    def __init__(
        self, settings: Settings, agencies: list[str], answering: Answering, receipts: Receipts, lease: Lease
    ) -> None:
        self._settings, self._agencies = settings, agencies
        self._answering, self._receipts, self._lease = answering, receipts, lease

    async def run(self) -> None:
        """Reads for ever. Raises LeaseLostError when another process has taken over."""
        await self._lease.until_held()
        waiting = set(self._agencies)
        async with asyncio.TaskGroup() as group:
            while waiting:
                agencies = await ready(self._settings, sorted(waiting))
                if agencies:
                    await self._begin(agencies, group)
                waiting -= set(agencies)
                if waiting:
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)

    async def _begin(self, agencies: Sequence[str], group: asyncio.TaskGroup) -> None:
        """Reads these agencies' topics from now on, each from where it was left."""
        starts = {topic: await self._patiently(topic) for topic in map(inbox_topic, agencies)}
        reader = QueuedTopics(client_options(self._settings, PROFILE), starts, _waiting)
        group.create_task(reader.run())
        for queue in reader.queues.values():
            group.create_task(self._answer_all(queue))

    async def _patiently(self, topic: str) -> int | None:
        while True:
            try:
                return await self._receipts.cursor(topic, 0)
            except OperationalError as error:
                log.warning("%s: waiting for the database: %s", topic, error)
            await asyncio.sleep(RETRY_SECONDS_MAX)

    async def _answer_all(self, queue: asyncio.Queue[Read]) -> None:
        while True:
            try:
                await self._until_answered(_arrival(await queue.get()))
            except StoppingError:
                await asyncio.Event().wait()  # the process ends; what has no receipt is read again

    async def _until_answered(self, arrival: Arrival) -> None:
        wait, defects = RETRY_SECONDS_FIRST, 0
        while True:
            try:
                await self._answering.answer(arrival)
                return
            except (StoppingError, LeaseLostError):
                raise
            except OperationalError as error:
                log.warning("%s waits for the database: %s", arrival.source, error)
            except Exception as error:  # a defect of ours: bounded tries, then put aside
                log.exception("%s cannot be answered", arrival.source)
                defects += 1
                if defects >= DEFECTS_MAX:
                    await self._answering.give_up(arrival, defects, error)
                    return
            await asyncio.sleep(wait)
            wait = min(wait * 2, RETRY_SECONDS_MAX)


def _arrival(read: Read) -> Arrival:
    place = read.place
    return Arrival(
        agency=agency_of(place.topic),
        raw=read.record.value or b"",
        source=str(place),
        channel="kafka",
        cursor=Cursor(place.topic, place.partition, place.offset + 1),
    )


def _waiting(topic: str, count: int) -> None:
    metrics.EXCHANGE_WAITING.labels(agency_of(topic)).set(count)
