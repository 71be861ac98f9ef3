"""Following cases under faults: as a centre and an auditor over gRPC, as the centre on its Kafka topic."""

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

from grpc import aio

from huiyin.timeline.v1.service_pb2 import SubscribeCasesRequest
from huiyin.timeline.v1.service_pb2_grpc import TimelineServiceStub
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_cli.client import Client
from huiyin_kernel.settings import Settings
from tests.fault.driving.told import Told

AGAIN_SECONDS = 0.2
POLL_MS = 200


class GrpcFollower:
    """A subscription that resumes by its token, whatever breaks it off."""

    def __init__(self, name: str, client: Client, centre: str = "") -> None:
        self.name, self.told = name, list[Told]()
        self.answers: Counter[str] = Counter()
        self._client, self._centre = client, centre

    async def run(self) -> None:
        """For ever; cancel it to end."""
        token = ""
        while True:
            stub: Any = TimelineServiceStub(self._client.channels["streams"])
            request = SubscribeCasesRequest(resume_token=token, centre=self._centre)
            try:
                async for item in stub.SubscribeCases(request):
                    token = item.resume_token
                    if item.HasField("entry"):
                        self.told.append(told_of(item.entry))
            except aio.AioRpcError as error:
                self.answers[f"SubscribeCases {error.code().name}"] += 1
            await asyncio.sleep(AGAIN_SECONDS)


class KafkaFollower:
    """The centre's own topic, read by a plain consumer that drops what it has seen by case and number."""

    def __init__(self, name: str, settings: Settings, centre: str) -> None:
        self.name, self.told = name, list[Told]()
        self.answers: Counter[str] = Counter()  # a consumer asks nobody
        self._settings, self._centre = settings, centre
        self._enough = threading.Event()

    async def run(self) -> None:
        """For ever; cancel it to end."""
        reading = asyncio.ensure_future(asyncio.to_thread(self._read))
        try:
            await asyncio.shield(reading)
        finally:
            self._enough.set()
            await reading

    def _read(self) -> None:
        # Imported here: rounds of the embedded default run without it.
        from kafka.errors import KafkaError

        seen: set[tuple[str, int]] = set()
        while not self._enough.wait(AGAIN_SECONDS):
            with suppress(KafkaError):  # no broker answers: a consumer begins again, as a centre's would
                for entry in self._entries():
                    self._take(entry, seen)

    def _take(self, entry: CaseEvent, seen: set[tuple[str, int]]) -> None:
        place = (entry.case_id, entry.number)
        if place not in seen:
            seen.add(place)
            self.told.append(told_of(entry))

    def _entries(self) -> Iterator[CaseEvent]:
        from kafka import KafkaConsumer, TopicPartition

        from huiyin_kafka.connection import client_options
        from huiyin_kafka.topics.names import cases_topic

        options = client_options(self._settings, f"system@{self._centre}")
        with closing(KafkaConsumer(**options, enable_auto_commit=False)) as consumer:
            consumer.assign([TopicPartition(cases_topic(self._centre), 0)])
            consumer.seek_to_beginning()
            while not self._enough.is_set():
                for records in consumer.poll(POLL_MS).values():
                    yield from (CaseEvent.FromString(record.value) for record in records)


def told_of(entry: CaseEvent) -> Told:
    """What judging needs of an entry."""
    event = entry.event
    return Told(entry.case_id, entry.number, event.log, event.position, event.hash)
