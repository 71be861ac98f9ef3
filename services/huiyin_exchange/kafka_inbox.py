"""Agencies' messages on Kafka: read from the agency's own topic, and deleted there once answered.

Nobody else may write to that topic. What stands there may say in clear who it was; what it led to is on the
record, sealed, and the agency keeps what it sent (promise P12).
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence

from psycopg import OperationalError

from huiyin_exchange.answers import Answering, Arrival
from huiyin_exchange.letters import TopicCursor
from huiyin_exchange.receipts import Receipts
from huiyin_kafka.admin import NotErasedError, TopicsNotReadyError, check_topics, erase_before
from huiyin_kafka.connection import KafkaSetupError, client_options
from huiyin_kafka.consumer import Read
from huiyin_kafka.reader import QueuedTopics
from huiyin_kafka.topics.names import agency_of, inbox_topic, receipts_topic
from huiyin_kernel.rpc.errors import StoppingError
from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease, LeaseLostError

log = logging.getLogger(__name__)

PROFILE = "service@exchange"
LOOK_AGAIN_SECONDS = 10.0
"""How often agencies are looked at whose topics were not ready."""
WAIT_SECONDS = 1.0
"""Topics that were just made take a moment until every broker knows them."""


async def ready(settings: Settings, agencies: Sequence[str]) -> list[str]:
    """Those whose topics are ready; of the others it is said what is wrong. None while no broker answers."""
    try:
        await _check(settings, agencies)
    except TopicsNotReadyError:
        return [code for code in agencies if await _is_ready(settings, code)]
    except KafkaSetupError as error:
        log.warning("%s", error)
        return []
    return list(agencies)


async def _is_ready(settings: Settings, code: str) -> bool:
    try:
        await _check(settings, [code])
    except TopicsNotReadyError as error:
        log.error("%s", error)  # noqa: TRY400 - it says all there is to say
        return False
    except KafkaSetupError as error:
        log.warning("%s", error)
        return False
    return True


async def _check(settings: Settings, agencies: Sequence[str]) -> None:
    reads = [topic(code) for code in agencies for topic in (inbox_topic, receipts_topic)]
    writes = [receipts_topic(code) for code in agencies]
    await asyncio.to_thread(check_topics, settings, PROFILE, reads, writes, WAIT_SECONDS)


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
        cursor=TopicCursor(place.topic, place.partition, place.offset + 1),
    )


def _waiting(topic: str, count: int) -> None:
    metrics.EXCHANGE_WAITING.labels(agency_of(topic)).set(count)


ERASE_SECONDS = 10.0
"""How long a message may stand on its topic after it was answered, while all is well."""


class Erasing:
    """Follows the cursors of the inbox topics; what fails is tried again at the next turn."""

    def __init__(self, settings: Settings, receipts: Receipts, lease: Lease) -> None:
        self._settings, self._receipts, self._lease = settings, receipts, lease
        self._erased: dict[str, int] = {}

    async def run(self) -> None:
        """Erases for ever."""
        await self._lease.until_held()
        while True:
            try:
                await self._erase()
            except (NotErasedError, KafkaSetupError, OperationalError) as error:
                log.warning("answered messages are not erased yet: %s", error)
            await asyncio.sleep(ERASE_SECONDS)

    async def _erase(self) -> None:
        moved = _moved(await self._receipts.cursors(), self._erased)
        if moved:
            options = client_options(self._settings, PROFILE)
            await asyncio.to_thread(erase_before, options, moved)
            self._erased |= moved


def _moved(cursors: Mapping[str, int], erased: Mapping[str, int]) -> dict[str, int]:
    return {topic: position for topic, position in cursors.items() if position > erased.get(topic, 0)}
