"""Over Kafka: the agency's own three topics, each of one partition."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.errors import KafkaError

from huiyin.exchange.v1.types_pb2 import AgencyMessage, AgencyReceipt
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_client.config import Config, read_private
from huiyin_client.errors import NoAnswerError
from huiyin_client.messages import Passed

PREFIX = "huiyin.agency.v1."
POLL_MS = 200
LOOK_BACK_SECONDS = 5.0
"""With no new receipt for so long, the message may have had its receipt long ago: all are looked through."""
RETRY_SECONDS = 0.5
SEND_SECONDS = 10.0


class KafkaLink:
    """The way over Kafka."""

    name = "Kafka"

    def __init__(self, config: Config) -> None:
        self._agency = config.agency
        read_private(config.key)  # refused here: the Kafka client would take it without a word
        self._options = {
            "bootstrap_servers": config.kafka.split(","),
            "client_id": f"agency-{config.agency}",
            "security_protocol": "SSL",
            "ssl_cafile": str(config.authority),
            "ssl_certfile": str(config.certificate),
            "ssl_keyfile": str(config.key),
            "reconnect_backoff_max_ms": 1_000,
            "bootstrap_timeout_ms": 5_000,
        }
        self._producer: Any = None
        self._answers: Any = None

    def publish(self, message: AgencyMessage, seconds: float) -> AgencyReceipt:
        """The message's receipt. Raises NoAnswerError.

        An id that was used for another message before gives that one's receipt: its `source` says which.
        """
        until = time.monotonic() + seconds
        answers = self._patiently(self._opened_answers, until, message)
        self._patiently(lambda: self._send(message), until, message)
        look_back = time.monotonic() + LOOK_BACK_SECONDS
        while time.monotonic() < until:
            for receipt in _receipts(answers.poll(timeout_ms=POLL_MS)):
                if receipt.message_id == message.message_id:
                    return receipt
            if look_back and time.monotonic() > look_back:
                look_back = 0.0
                answers.seek_to_beginning()
        raise NoAnswerError(f"no receipt for {message.message_id} within {seconds:g} s")

    def cases(self, place: str, *, follow: bool) -> Iterator[Passed]:
        """Entries from an offset on. The platform's repeats are among them; the journal knows them."""
        with _Reading(self._options, f"{PREFIX}cases.{self._agency}") as reading:
            for record in reading.records(int(place or 0), follow=follow):
                yield Passed(CaseEvent.FromString(record.value), str(record.offset + 1))

    def receipts(self, after: int, *, follow: bool) -> Iterator[AgencyReceipt]:
        """Receipts with higher numbers. None stands before the offset that is one less than its number."""
        with _Reading(self._options, f"{PREFIX}receipts.{self._agency}") as reading:
            for record in reading.records(after, follow=follow):
                receipt = AgencyReceipt.FromString(record.value)
                if receipt.number > after:
                    yield receipt

    def close(self) -> None:
        """Gives up the producer and the reader of receipts."""
        if self._producer is not None:
            with _no_socket_left(self._producer._sender):  # noqa: SLF001 - told nowhere else
                self._producer.close(timeout=SEND_SECONDS)
        if self._answers is not None:
            with _no_socket_left(self._answers):
                self._answers.close()

    def _patiently(self, step: Callable[[], Any], until: float, message: AgencyMessage) -> Any:
        """Does it, over outages of the brokers, until then. Raises NoAnswerError."""
        while True:
            try:
                return step()
            except KafkaError as error:
                self._give_up_producer()
                if time.monotonic() > until:
                    raise NoAnswerError(f"Kafka does not take {message.message_id}: {error}") from error
            time.sleep(RETRY_SECONDS)

    def _opened_answers(self) -> Any:
        """Reads receipts from the present end of the topic on."""
        if self._answers is None:
            answers = KafkaConsumer(**self._options, **_READ_COMMITTED)
            partition = TopicPartition(f"{PREFIX}receipts.{self._agency}", 0)
            answers.assign([partition])
            answers.seek_to_end()
            answers.position(partition)
            self._answers = answers
        return self._answers

    def _send(self, message: AgencyMessage) -> None:
        """Publishes it, and waits until all replicas have it."""
        if self._producer is None:
            self._producer = KafkaProducer(**self._options, acks="all", allow_auto_create_topics=False)
        key = message.message_id.encode()
        value, headers = message.SerializeToString(), _headers(self._agency, message)
        future = self._producer.send(f"{PREFIX}inbox.{self._agency}", value=value, key=key, headers=headers)
        future.get(timeout=SEND_SECONDS)

    def _give_up_producer(self) -> None:
        """After a failure a producer may fail for ever, and may not even close."""
        producer, self._producer = self._producer, None
        if producer is not None:
            producer._sender.force_close()  # noqa: SLF001 - kafka-python offers no other way out


@contextmanager
def _no_socket_left(client: Any) -> Iterator[None]:
    """Closes what kafka-python 3.0 forgets at the end of a client: a connection with something to be sent."""
    known = list(client._client._manager._conns.values())  # noqa: SLF001 - told nowhere else
    sockets = [each.transport._sock for each in known if each.transport]  # noqa: SLF001 - told nowhere else
    yield
    for each in sockets:
        if each is not None:
            each.close()


_READ_COMMITTED = {
    "group_id": None,
    "enable_auto_commit": False,
    "isolation_level": "read_committed",
    "auto_offset_reset": "earliest",
}


class _Reading:
    """Reads one topic of one partition."""

    def __init__(self, options: dict[str, Any], topic: str) -> None:
        self._consumer = KafkaConsumer(**options, **_READ_COMMITTED)
        self._partition = TopicPartition(topic, 0)
        self._consumer.assign([self._partition])

    def __enter__(self) -> "_Reading":
        return self

    def __exit__(self, *error: object) -> None:
        with _no_socket_left(self._consumer):
            self._consumer.close()

    def records(self, start: int, *, follow: bool) -> Iterator[Any]:
        """Records from an offset on; without `follow` up to the present end."""
        self._consumer.seek(self._partition, start)
        end = None if follow else self._consumer.end_offsets([self._partition])[self._partition]
        while end is None or self._consumer.position(self._partition) < end:
            for records in self._consumer.poll(timeout_ms=POLL_MS).values():
                yield from records


def _receipts(polled: dict[Any, list[Any]]) -> Iterator[AgencyReceipt]:
    for records in polled.values():
        for record in records:
            yield AgencyReceipt.FromString(record.value)


def _headers(agency: str, message: AgencyMessage) -> list[tuple[str, bytes]]:
    """CloudEvents 1.0, binary mode."""
    sent = datetime.fromtimestamp(message.sent_time.seconds, UTC).isoformat().replace("+00:00", "Z")
    attributes = {
        "specversion": "1.0",
        "id": message.message_id,
        "source": f"urn:huiyin:agency:{agency}",
        "type": AgencyMessage.DESCRIPTOR.full_name,
        "time": sent,
    }
    headers = [(f"ce_{name}", value.encode()) for name, value in attributes.items()]
    return [("content-type", b"application/protobuf"), *headers]
