"""Stream workers as real processes on a real broker, and what they put out."""

import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from huiyin.insight.v1.types_pb2 import ClockWarning, HotIssue
from huiyin.intake.v1.events_pb2 import PetitionRegistered
from huiyin.timeline.v1.types_pb2 import CaseEvent
from huiyin_domain.directory import county_of
from huiyin_domain.streams.folds import VERSION
from huiyin_domain.streams.output import Sink
from huiyin_kafka.topics.names import (
    DEAD_LETTERS,
    TIMELINE,
    cases_topic,
    worker_application,
    worker_changelog,
)
from huiyin_kafka.topics.reconcile import apply_topics
from huiyin_kafka.wire import SHOWN, TOPICS, entry_record, read_output
from huiyin_kernel.arrived import Record
from huiyin_kernel.codec import entry_of
from huiyin_kernel.settings import Settings
from tests.support.folding import Displayed, Memory, displayed
from tests.support.kafka import Brokers
from tests.support.made_timelines import AGENCIES

LOG = "timeline@990000"
SECONDS_MAX = 120.0
ENDS_MAX = 5
READY = "the worker has its tables and takes records"


@dataclass
class Backbone:
    """A broker with all topics; agencies of the made-up timelines have topics of their own.

    Tests that share one use cases and divisions of their own.
    """

    brokers: Brokers
    folder: Path
    workers: list["WorkerProcess"] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        """The settings of every process."""
        settings = self.brokers.settings
        kafka = settings.kafka.model_copy(update={"agencies": ",".join(AGENCIES)})
        return settings.model_copy(update={"kafka": kafka})

    def publish(self, records: Sequence[Record]) -> None:
        """Sends records as the relay does."""
        options = self.brokers.options("service@relay")
        with closing(KafkaProducer(**options, acks="all")) as producer:
            sent = [
                producer.send(one.topic, value=one.value, key=one.key, headers=list(one.headers))
                for one in records
            ]
            for future in sent:
                future.get(timeout=SECONDS_MAX)

    def publish_entries(self, entries: Sequence[CaseEvent]) -> None:
        """Sends timeline entries."""
        self.publish([entry_record(TIMELINE, LOG, entry) for entry in entries])

    def read(self, topics: Sequence[str]) -> list[Record]:
        """Everything on these topics, partition by partition."""
        options = self.brokers.options("service@cli")
        with closing(KafkaConsumer(**options, enable_auto_commit=False)) as consumer:
            parts = [
                TopicPartition(topic, number)
                for topic in topics
                for number in consumer.partitions_for_topic(topic) or ()
            ]
            consumer.assign(parts)
            consumer.seek_to_beginning(*parts)
            ends = consumer.end_offsets(parts)
            found: list[Record] = []
            while any(consumer.position(part) < ends[part] for part in parts):
                for records in consumer.poll(timeout_ms=200).values():
                    found += [
                        Record(one.topic, one.key, one.value, tuple(one.headers), one.timestamp)
                        for one in records
                    ]
            return found

    def displayed(self, entries: Sequence[CaseEvent]) -> Displayed:
        """What the topics show now of these cases, and of hot issues in their divisions."""
        outputs = [read_output(record) for record in self.read(SHOWN)]
        cases, divisions = {entry.case_id for entry in entries}, divisions_of(entries)
        return {
            place: value
            for place, value in displayed(outputs).items()
            if _case_of(place, value) in cases or _division_of(place, value) in divisions
        }

    def copies(self, entries: Sequence[CaseEvent]) -> dict[str, list[CaseEvent]]:
        """What each agency got of these cases, in the order of its topic, repeats included."""
        cases = {entry.case_id for entry in entries}
        found = {
            code: [CaseEvent.FromString(one.value or b"") for one in self.read([cases_topic(code)])]
            for code in AGENCIES
        }
        return {code: [one for one in ones if one.case_id in cases] for code, ones in found.items()}

    def states(self, table: str) -> dict[str, bytes]:
        """The states that the workers keep, from the changelog of their table."""
        records = self.read([worker_changelog(VERSION, table)])
        return {(one.key or b"").decode(): one.value or b"" for one in records}

    def letters(self) -> list[Record]:
        """Dead letters."""
        return self.read([DEAD_LETTERS])

    @contextmanager
    def watching(self) -> Iterator[Callable[[], int]]:
        """Tells how many records of timeline and filings the workers have not committed."""
        options = {**self.brokers.options("service@cli"), "group_id": worker_application(VERSION)}
        with closing(KafkaConsumer(**options, enable_auto_commit=False)) as consumer:
            parts = [
                TopicPartition(topic, number)
                for topic in (TIMELINE, TOPICS[Sink.FILINGS])
                for number in consumer.partitions_for_topic(topic) or ()
            ]

            def behind() -> int:
                ends = consumer.end_offsets(parts)
                return sum(ends[part] - (consumer.committed(part) or 0) for part in parts)

            yield behind

    def until_handled(self, seconds: float = SECONDS_MAX) -> None:
        """Waits until the workers have committed everything; no commit may stay away for so long."""
        with self.watching() as behind:
            least, deadline = behind(), time.monotonic() + seconds
            # Twice: filings may have come in between the end of their topic and the commit being read.
            while not behind() == behind() == 0:
                for one in self.workers:
                    one.look()
                now = behind()
                if now != least:
                    least, deadline = now, time.monotonic() + seconds
                assert time.monotonic() < deadline, f"{now} records wait and none is committed\n{self.told()}"
                time.sleep(0.2)

    def worker(self, name: str = "worker-1") -> "WorkerProcess":
        """A worker, started."""
        process = WorkerProcess(name, self)
        process.start()
        self.workers.append(process)
        return process

    def told(self) -> str:
        """The ends of the workers' logs."""
        return "\n".join(f"{one.name}:\n{one.log_end()}" for one in self.workers)


@dataclass
class WorkerProcess:
    """One worker through its lives."""

    name: str
    backbone: Backbone
    process: subprocess.Popen[bytes] | None = None
    wanted: bool = False
    ends: int = 0

    @property
    def log_file(self) -> Path:
        return self.backbone.folder / f"{self.name}.log"

    @property
    def tables(self) -> Path:
        """What it keeps beside Kafka."""
        return self.backbone.settings.paths.workers / self.name

    def start(self) -> None:
        """Starts it, again if need be."""
        self.wanted = True
        kafka = self.backbone.settings.kafka
        environment = {
            **os.environ,
            "HUIYIN_HOME": str(self.backbone.settings.home),
            "HUIYIN_KAFKA__BOOTSTRAP": kafka.bootstrap,
            "HUIYIN_KAFKA__REPLICATION": str(kafka.replication),
            "HUIYIN_KAFKA__AGENCIES": kafka.agencies,
            "HUIYIN_INSTANCE": self.name,
        }
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "huiyin_streams.faust_host"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
            )

    def until_ready(self) -> None:
        """Waits until it takes records."""
        _until(lambda: READY in self.log_end(), f"starting {self.name}", SECONDS_MAX, self.log_end)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def look(self) -> None:
        """Starts it again when it ended by itself, as `huiyin up` does; a number of times."""
        if self.wanted and not self.is_running:
            self.ends += 1
            assert self.ends <= ENDS_MAX, f"{self.name} keeps ending\n{self.log_end()}"
            self.start()

    def kill(self) -> None:
        """kill -9."""
        self.wanted = False
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 30.0) -> int:
        """SIGTERM; its exit status."""
        self.wanted = False
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.name} did not end on SIGTERM:\n{self.log_end()}") from None

    def end(self) -> None:
        """Leaves nothing behind."""
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def log_end(self, lines: int = 30) -> str:
        """The end of its log."""
        return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def backbone(brokers: Brokers, folder: Path) -> Iterator[Backbone]:
    """All topics, and workers that are gone afterwards."""
    made = Backbone(brokers, folder)
    apply_topics(made.settings)
    try:
        yield made
    finally:
        for worker in made.workers:
            worker.end()


def divisions_of(entries: Sequence[CaseEvent]) -> set[str]:
    """The divisions in which the cases lie, as hot issues name them."""
    found = (entry_of(entry).fact.event for entry in entries)
    return {county_of(event.division) for event in found if isinstance(event, PetitionRegistered)}


def _case_of(place: tuple[str, str], value: bytes) -> str:
    match Sink(place[0]):
        case Sink.WARNINGS:
            return ClockWarning.FromString(value).case_id
        case _:
            return ""


def _division_of(place: tuple[str, str], value: bytes) -> str:
    return HotIssue.FromString(value).division if place[0] == Sink.HOT_ISSUES.value else ""


def wanted_copies(entries: Sequence[CaseEvent]) -> dict[str, dict[str, list[int]]]:
    """By agency and case, the numbers that it is to get, each once, in order."""
    found: dict[str, dict[str, list[int]]] = {code: defaultdict(list) for code in AGENCIES}
    for entry in entries:
        for code in entry.recipients:
            _add(found[code][entry.case_id], entry.number)
    return {code: dict(cases) for code, cases in found.items()}


def got_copies(copies: Mapping[str, Sequence[CaseEvent]]) -> dict[str, dict[str, list[int]]]:
    """The same of what agencies got, as they see it who drop what they have seen."""
    found: dict[str, dict[str, list[int]]] = {code: defaultdict(list) for code in AGENCIES}
    for code, entries in copies.items():
        for entry in entries:
            _add(found[code][entry.case_id], entry.number)
    return {code: dict(cases) for code, cases in found.items()}


def _add(numbers: list[int], number: int) -> None:
    if number not in numbers:
        numbers.append(number)


def _until(done: Any, what: str, seconds: float = SECONDS_MAX, told: Any = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, f"{what} took more than {seconds:g} s\n{told()}"
        time.sleep(0.2)


def differences(
    entries: Sequence[CaseEvent], shown: Displayed, copies: Mapping[str, Sequence[CaseEvent]]
) -> list[str]:
    """What workers that were given these entries have wrong; nothing when no event is missing."""
    wanted = Memory().take(entries).displayed()
    found = [f"{place} is not shown" for place in wanted.keys() - shown.keys()]
    found += [f"{place} is shown" for place in shown.keys() - wanted.keys()]
    found += [
        f"{place} is shown wrongly" for place in wanted.keys() & shown.keys() if wanted[place] != shown[place]
    ]
    got = got_copies(copies)
    for code, cases in wanted_copies(entries).items():
        found += [
            f"{code} got {got[code].get(case_id)} of {case_id}, not {numbers}"
            for case_id, numbers in cases.items()
            if got[code].get(case_id) != numbers
        ]
        found += [
            f"{code} got {case_id}, to which it is not entitled"
            for case_id in got[code].keys() - cases.keys()
        ]
    found += [
        f"{code} was told who else is entitled"
        for code, ones in copies.items()
        for one in ones
        if one.recipients
    ]
    return sorted(found)
