"""The Faust host: runs the stream folds as a worker of the cluster. The only file that imports Faust.

    python -m huiyin_streams.faust_host     (HUIYIN_INSTANCE names the worker; SIGTERM ends it)

Everything that Faust 0.15.3 needs to lose nothing under kill -9, joins and leaves is here or in `worker/`
(docs/streams.md): two patches, acknowledgement by hand, folds that know repeats, topics checked before the
start, and a watchdog. Another version has to pass the same tests before it may run.
"""

import asyncio
import logging
import os
import shutil
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import aiokafka.conn
import aiokafka.errors
import faust
import faust.exceptions
import faust.tables.recovery
import faust.transport.producer

from huiyin_domain.context import Policy
from huiyin_domain.streams.folds import VERSION, folds
from huiyin_kafka.admin import check_topics
from huiyin_kafka.topics.names import (
    DEAD_LETTERS,
    FILINGS,
    TIMELINE,
    cases_topic,
    worker_application,
    worker_changelog,
)
from huiyin_kafka.topics.wanted import participating
from huiyin_kafka.wire import TOPICS
from huiyin_kernel.arrived import Record
from huiyin_kernel.clock import SystemClock
from huiyin_kernel.identity.profiles import ClientProfile, find_profile
from huiyin_kernel.policy import load_policy
from huiyin_kernel.settings import Settings
from huiyin_kernel.telemetry.counts import WorkerCounts
from huiyin_kernel.telemetry.start import telemetry
from huiyin_streams.worker.guard import Around, Guard, Progress
from huiyin_streams.worker.handlers import EntryHandler, FilingHandler, Handler
from huiyin_streams.worker.quiet import quieten
from huiyin_streams.worker.watchdog import Fence, Partition, WorkerStanding, watch

FAUST_VERSION, AIOKAFKA_VERSION = "0.15.3", "0.14.0"
PROFILE = "service@worker"
EXIT_STALLED = 70
"""Exit status of a worker that ends itself; EX_SOFTWARE."""
REQUEST_BYTES_MAX = 8_388_608
SESSION_SECONDS, HEARTBEAT_SECONDS, REQUEST_SECONDS, COMMIT_SECONDS = 10.0, 1.0, 30.0, 1.0
FROZEN_SECONDS_MAX = 8.0
"""Less than the session, which may have begun a heartbeat earlier."""
LINGER_SECONDS = 0.005
"""Outputs that come so close together are sent together."""
BUFFER_MAX = 256
"""Records of a topic that were fetched and not yet taken."""
TABLES = {"cases": TIMELINE, "cells": FILINGS}
"""The topic that each table is folded from."""

_ROCKSDB = {
    "driver": "rocksdict",
    "block_cache_size": 8 * 1024**2,
    "write_buffer_size": 4 * 1024**2,
    "max_write_buffer_number": 2,
    "max_open_files": 64,
}
"""Faust's own sizes, for each of a dozen partitions, would be gigabytes."""

log = logging.getLogger(__name__)


def require_versions() -> None:
    """Ends the process unless the versions are the ones that the patches and the tests are for."""
    found, wanted = (faust.__version__, aiokafka.__version__), (FAUST_VERSION, AIOKAFKA_VERSION)
    if found != wanted:
        raise SystemExit(
            f"faust-streaming {found[0]} and aiokafka {found[1]} are installed, {' and '.join(wanted)} are"
            " tested: install requirements/cluster.lock"
        )


def patch(fence: Fence) -> None:
    """Mends three defects, once for the process.

    1. After the recovery of tables nothing may be fetched before every partition stands at its committed
       offset again; else records are folded out of order, or commits stand still for ever.
    2. A flush waits for everything that was put before it, the record in hand included; else an offset is
       committed before the change of a table that belongs to it.
    3. A process that was frozen for longer than its session sends nothing any more: its partitions have gone
       to another, whose states it would overwrite.
    """
    recovery: Any = faust.tables.recovery.Recovery
    for name in ("on_recovery_completed", "_resume_streams"):
        setattr(recovery, name, _with_stopped_flow(getattr(recovery, name)))
    connection: Any = aiokafka.conn.AIOKafkaConnection
    connection.send = _fenced(connection.send, fence)
    buffer: Any = faust.transport.producer.ProducerBuffer
    buffer.put, buffer._send_pending, buffer.flush = _counting_put(buffer.put), _send_pending, _flush  # noqa: SLF001 - a patch


def _fenced(original: Any, fence: Fence) -> Any:
    def patched(self: Any, *request: Any, **options: Any) -> Any:
        fence.check()
        return original(self, *request, **options)

    return patched


def _with_stopped_flow(original: Any) -> Any:
    async def patched(self: Any, generation_id: int = 0) -> Any:
        self.app.consumer.stop_flow()  # the original resumes the flow at its end
        return await original(self, generation_id)

    return patched


def _counting_put(original: Any) -> Any:
    def patched(self: Any, future: Any) -> None:
        self.put_count = getattr(self, "put_count", 0) + 1
        original(self, future)

    return patched


async def _send_pending(self: Any, future: Any) -> None:
    try:
        await future.message.channel.publish_message(future, wait=False)
    finally:
        self.sent_count = getattr(self, "sent_count", 0) + 1


async def _flush(self: Any) -> None:
    wanted = getattr(self, "put_count", 0)
    while getattr(self, "sent_count", 0) < wanted:
        if self.state != "running":
            raise RuntimeError("cannot flush: the producer does not run")
        self.message_sent.clear()
        try:
            await asyncio.wait_for(self.message_sent.wait(), timeout=0.1)
        except TimeoutError:
            continue


class FaustTable(Protocol):
    """What is used of a table of Faust."""

    def get(self, key: bytes) -> bytes | None: ...

    def __setitem__(self, key: bytes, value: bytes) -> None: ...


@dataclass(frozen=True, slots=True)
class States:
    """A table as the guard uses it."""

    table: FaustTable

    def get(self, key: bytes) -> bytes | None:
        return self.table.get(key)

    def set(self, key: bytes, value: bytes) -> None:
        self.table[key] = value


def new_app(settings: Settings, profile: ClientProfile, partitions: int) -> Any:
    """The Faust application of one worker."""
    datadir = settings.paths.workers / settings.instance
    datadir.mkdir(mode=0o700, parents=True, exist_ok=True)
    return faust.App(
        worker_application(VERSION),
        broker=[f"kafka://{address}" for address in settings.kafka.bootstrap.split(",")],
        broker_credentials=faust.SSLCredentials(context=_tls(profile)),
        broker_client_id=settings.instance,
        broker_session_timeout=SESSION_SECONDS,
        broker_heartbeat_interval=HEARTBEAT_SECONDS,
        broker_request_timeout=REQUEST_SECONDS,
        broker_commit_interval=COMMIT_SECONDS,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=settings.instance,
        producer_linger=LINGER_SECONDS,
        producer_max_request_size=REQUEST_BYTES_MAX,
        processing_guarantee="at_least_once",
        store="rocksdb://",
        datadir=str(datadir),
        table_standby_replicas=0,
        topic_allow_declare=False,
        topic_disable_leader=True,
        topic_partitions=partitions,
        topic_replication_factor=settings.kafka.replication,
        stream_buffer_maxsize=BUFFER_MAX,
        stream_wait_empty=True,
        web_enabled=False,
        web_tables_enabled=False,
    )


def _tls(profile: ClientProfile) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=str(profile.authority))
    profile.read_key()  # refused here when others may read it: the next line would not ask
    context.load_cert_chain(str(profile.certificate), str(profile.key))
    return context


class Worker:
    """One worker: its application with an agent for each topic that is folded."""

    def __init__(self, settings: Settings, policy: Policy, partitions: int) -> None:
        self.app = new_app(settings, find_profile(settings.paths.identity, PROFILE), partitions)
        self._progress, self._counts = Progress(), WorkerCounts(settings.instance)
        too_large = aiokafka.errors.MessageSizeTooLargeError
        self._around = Around(self._send, too_large, SystemClock(), self._progress, self._counts, _give_up)
        agencies = frozenset(unit.code for unit in participating(policy.directory, settings.kafka))
        built = folds(policy.timetable)
        self._agent("cases", EntryHandler(built.cases, agencies), partitions)
        self._agent("cells", FilingHandler(built.cells), partitions)
        self.app.task(self._watch)

    def _agent(self, name: str, handler: Handler, partitions: int) -> None:
        as_bytes = {"key_type": bytes, "value_type": bytes, "partitions": partitions}
        table = self.app.Table(name, options=_ROCKSDB, **as_bytes)
        # What cannot be read is to become a dead letter, not an error of Faust: decoding is the handler's.
        raw = {"key_serializer": "raw", "value_serializer": "raw"}
        topic = self.app.topic(TABLES[name], **as_bytes, **raw)

        async def take(stream: Any) -> None:
            await Guard(handler, States(table), self._around).run(stream)

        self.app.agent(topic, name=name)(take)

    async def _send(self, record: Record) -> Any:
        at = record.timestamp_ms / 1000 if record.timestamp_ms >= 0 else None
        headers = list(record.headers)
        return await self.app.producer.send(record.topic, record.key, record.value, None, at, headers)

    async def _watch(self) -> None:
        await watch(self._standings, _stand_down(self._counts))

    def _standings(self) -> Mapping[Partition, WorkerStanding]:
        consumer = self.app.consumer
        found = {}
        for partition in consumer.assignment():
            if partition.topic in TABLES.values():
                key = (partition.topic, partition.partition)
                committed = consumer._committed_offset.get(partition) or 0  # noqa: SLF001 - told nowhere else
                end = consumer.highwater(partition)
                found[key] = WorkerStanding(self._progress.next_offsets.get(key, committed), committed, end)
        for topic in TABLES.values():
            of_topic = [one for key, one in found.items() if key[0] == topic]
            self._counts.lag(topic, sum(max(0, (one.end or 0) - one.handled) for one in of_topic))
        return found


def _stand_down(counts: WorkerCounts) -> Any:
    def end(why: str) -> None:
        counts.watchdog.inc()
        _give_up(RuntimeError(why))

    return end


def _was_frozen(seconds: float) -> None:
    _give_up(RuntimeError(f"nothing ran for {seconds:.1f} s: others have its partitions by now"))


def _give_up(error: BaseException) -> None:
    """Ends the process at once: whatever is unfinished is done again by who comes after."""
    log.critical("the worker ends itself: %s: %s", type(error).__name__, error, exc_info=error)
    logging.shutdown()
    os._exit(EXIT_STALLED)


class Process(faust.Worker):
    """The process: its own logging, nothing on the terminal, and a stop that comes to an end.

    While its group is being arranged anew, or brokers go away, Faust may stop for as long as a session.
    """

    def __init__(self, app: Any, stop_seconds: float, workdir: str) -> None:
        super().__init__(app, quiet=True, override_logging=False, redirect_stdouts=False, workdir=workdir)
        self._stop_seconds = stop_seconds

    async def stop(self) -> None:
        bound = threading.Timer(self._stop_seconds, self._leave)
        bound.daemon = True
        bound.start()
        await super().stop()

    def _leave(self) -> None:
        """Ends the process; whatever is unfinished is done again by who comes after."""
        log.warning("the stop took %g s: what is in hand is left to others", self._stop_seconds)
        logging.shutdown()
        os._exit(EXIT_STALLED if self.crash_reason else 0)

    def on_init_dependencies(self) -> Any:
        self.spinner = None
        return super().on_init_dependencies()

    async def on_startup_finished(self) -> None:
        log.info("the worker has its tables and takes records")


def checked_partitions(settings: Settings, policy: Policy) -> int:
    """How many partitions the folds have. Raises KafkaSetupError for topics that are missing or do not fit.

    A worker that began without its changelogs or its outputs would lose events, or hang.
    """
    changelogs = [worker_changelog(VERSION, name) for name in TABLES]
    agencies = [cases_topic(unit.code) for unit in participating(policy.directory, settings.kafka)]
    reads = [*TABLES.values(), *changelogs]
    writes = [*TOPICS.values(), *changelogs, *agencies, DEAD_LETTERS]
    found = check_topics(settings, PROFILE, reads, writes)
    counts = {topic: found[topic] for topic in reads}
    if len(set(counts.values())) != 1:
        raise SystemExit(
            f"topics that are folded and their changelogs need the same number of partitions: {counts};"
            " correct topics.yaml"
        )
    return counts[TIMELINE]


def run(settings: Settings) -> None:
    """Runs a worker until SIGTERM; then what is in hand is finished, within bounds, or left to others."""
    require_versions()
    fence = Fence(FROZEN_SECONDS_MAX, _was_frozen)
    fence.start()
    patch(fence)
    policy = load_policy()
    worker = Worker(settings, policy, checked_partitions(settings, policy))
    quieten("aiokafka", "faust", "mode")
    folder = str(settings.paths.workers / settings.instance)
    process = Process(worker.app, settings.limits.drain_seconds, folder)
    try:
        process.execute_from_commandline()
    finally:
        if isinstance(process.crash_reason, faust.exceptions.ConsistencyError):
            log.critical("the tables in %s are ahead of Kafka: they are thrown away and rebuilt", folder)
            shutil.rmtree(folder)


def main() -> None:
    """Entry point of the process."""
    settings = Settings()
    if not settings.instance:
        raise SystemExit("HUIYIN_INSTANCE is not set: name the worker, such as worker-1; each has its own")
    with telemetry(settings.instance, settings):
        run(settings)


if __name__ == "__main__":
    main()
