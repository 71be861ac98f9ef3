"""A log read back from Kafka, as the audit reads logs: dense, each event once, its hash checked."""

from collections.abc import AsyncIterator, Sequence

from huiyin_audit.compare.rows import Brokers
from huiyin_audit.sources import Follower
from huiyin_kafka.merge import DenseMerge, Waiting, to_hold_back
from huiyin_kafka.record import UnreadableRecordError
from huiyin_kafka.wire import ReadEvent, read_record
from huiyin_kernel.arrived import Place, Record
from huiyin_store.port import RecordedEvent

AHEAD_MAX = 5_000
"""Records of one partition that wait for their turn; then it is held back while others bring what is due."""


class TopicBrokenError(Exception):
    """What stands on a topic cannot be folded; `huiyin audit compare` names every difference."""


class KafkaSource:
    """The events of a log up to the topic's end at the moment, in dense order."""

    def __init__(self, brokers: Brokers, log: str, topic: str) -> None:
        self._brokers, self.log, self._topic = brokers, log, topic
        self._merge: DenseMerge[RecordedEvent] = DenseMerge(0)
        self._held_back: frozenset[int] = frozenset()

    @property
    def last(self) -> int:
        """The last position given out."""
        return self._merge.last

    async def size(self) -> int:
        return self._brokers.topic(self._topic).size

    async def events(self) -> AsyncIterator[Sequence[RecordedEvent]]:
        """Every event, page by page. Raises TopicBrokenError where the next one is not there."""
        partitions = self._brokers.topic(self._topic).partitions
        async for page in self._brokers.mixed(self._topic, lambda: self._held_back):
            for place, record in page:
                self._offer(place, record)
            events = list(self._due())
            self._held_back = to_hold_back(self._merge.ahead(), frozenset(), partitions, AHEAD_MAX)
            if events:
                yield events
        if self._merge.size:
            raise TopicBrokenError(
                f"主题 {self._topic} 上没有位置 {self.last + 1}"
                f" · position {self.last + 1} is not on {self._topic}, though later ones are"
            )

    def _offer(self, place: Place, record: Record) -> None:
        try:
            read = read_record(record)
        except UnreadableRecordError as error:
            raise TopicBrokenError(f"{place}: {error}") from error
        if read.log != self.log:
            raise TopicBrokenError(f"{place}: {read.log} is another log than {self.log}")
        if isinstance(read, ReadEvent):
            self._merge.offer(read.event.position, Waiting(place.partition, place.offset, read.event))
        else:
            self._merge.offer(read.position, Waiting(place.partition, place.offset, None))

    def _due(self) -> "list[RecordedEvent]":
        found: list[RecordedEvent] = []
        while taken := self._merge.take():
            found.append(taken[2])
        return found

    def heads(self) -> None:
        return None

    def requests(self) -> None:
        return None

    async def followers(self) -> Sequence[Follower]:
        return ()
