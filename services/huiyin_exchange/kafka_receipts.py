"""Receipts to Kafka: each agency's on its own topic, in order, and each there once, whatever crashes.

One producer writes at a time (FencedPublisher), so an older process that wakes up is refused. Whoever begins
looks at the end of each topic first, and goes on behind the last receipt that is there.
"""

import asyncio
import logging
import time
from collections.abc import Sequence

from psycopg import OperationalError

from huiyin.exchange.v1.types_pb2 import AgencyReceipt
from huiyin_exchange.kafka_inbox import LOOK_AGAIN_SECONDS, PROFILE, ready
from huiyin_exchange.letters import come
from huiyin_exchange.receipts import Receipts
from huiyin_kafka.connection import client_options
from huiyin_kafka.publish import FencedPublisher, PublishError
from huiyin_kafka.topics.names import receipts_topic, receipts_transaction
from huiyin_kafka.whole import UnreadableEndError, last_records
from huiyin_kafka.wire import read_receipt, receipt_record
from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry import metrics
from huiyin_store.lease import Lease

log = logging.getLogger(__name__)

BATCH_MAX = 500
RETRY_SECONDS = 1.0
OPEN_AGAIN_SECONDS = 6 * 3_600.0
"""Sooner than brokers forget who may write."""
_SOURCE = "receipts"


class ReceiptsToKafka:
    """Publishes what agencies with topics of their own are answered.

    They share a producer. When it fails, each agency's go alone for a while, and one whose own fail is
    left out for that while: the others do not wait for it.
    """

    def __init__(self, settings: Settings, agencies: list[str], receipts: Receipts, lease: Lease) -> None:
        self._settings, self._agencies = settings, agencies
        self._receipts, self._lease = receipts, lease
        self._published: dict[str, int] = {}
        self._new: set[str] = set()
        self._told = asyncio.Event()
        self._alone, self._left_out = False, set[str]()

    def tell(self, agency: str) -> None:
        """A receipt was given. Agencies without topics of their own get theirs over gRPC."""
        if agency in self._published:
            self._new.add(agency)
            self._told.set()

    async def run(self) -> None:
        """Publishes for ever, over outages of brokers and database."""
        await self._lease.until_held()
        options = client_options(self._settings, PROFILE)
        publisher = FencedPublisher(options, receipts_transaction("all"))
        try:
            while True:
                try:
                    await self._publish_on(publisher)
                except (PublishError, UnreadableEndError, OperationalError) as error:
                    log.warning("receipts wait to be published: %s", error)
                    metrics.RELAY_REBUILDS.labels(_SOURCE).inc()
                await asyncio.sleep(RETRY_SECONDS)
        finally:
            await publisher.aclose()

    async def _publish_on(self, publisher: FencedPublisher) -> None:
        """Goes on behind what is there; returns when it is time to look again at who was left out."""
        agencies = await ready(self._settings, [one for one in self._agencies if one not in self._left_out])
        await publisher.open([receipts_topic(code) for code in agencies])
        self._published = await asyncio.to_thread(self._on_topics, agencies)
        self._new = set(agencies)
        whole = len(agencies) == len(self._agencies) and not self._alone
        until = time.monotonic() + (OPEN_AGAIN_SECONDS if whole else LOOK_AGAIN_SECONDS)
        while time.monotonic() < until:
            self._told.clear()
            batch = await self._batch()
            if batch:
                await self._publish(publisher, batch)
            else:
                await come(self._told, until - time.monotonic())
        self._alone, self._left_out = False, set()

    async def _publish(self, publisher: FencedPublisher, batch: Sequence[AgencyReceipt]) -> None:
        begun, agencies = time.perf_counter(), {receipt.agency for receipt in batch}
        try:
            await publisher.publish(
                [receipt_record(receipts_topic(receipt.agency), receipt) for receipt in batch]
            )
        except PublishError:
            self._alone = True
            self._left_out |= agencies if len(agencies) == 1 else set()
            raise
        self._published |= {receipt.agency: receipt.number for receipt in batch}
        metrics.RELAY_PUBLISHED.labels(_SOURCE).inc(len(batch))
        metrics.RELAY_SECONDS.labels(_SOURCE).observe(time.perf_counter() - begun)

    async def _batch(self) -> list[AgencyReceipt]:
        """What is not published yet, some of it; those agencies are done with of which all is in it."""
        batch: list[AgencyReceipt] = []
        for agency in sorted(self._new):
            room = BATCH_MAX - len(batch)
            if not room or (batch and self._alone):
                break
            self._new.discard(agency)  # before looking, so that one given meanwhile is not overlooked
            found = await self._receipts.after(agency, self._published[agency], room)
            batch += found
            if len(found) == room:
                self._new.add(agency)
        return batch

    def _on_topics(self, agencies: Sequence[str]) -> dict[str, int]:
        """The number of the last receipt on each agency's topic. Blocks."""
        topics = {receipts_topic(code): code for code in agencies}
        found = last_records(client_options(self._settings, PROFILE), topics)
        return {
            topics[topic]: read_receipt(record).number if record else 0 for topic, record in found.items()
        }
