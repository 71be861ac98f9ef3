"""The exchange as a process."""

import os
from collections.abc import Coroutine
from typing import Any

from grpc import aio
from psycopg_pool import AsyncConnectionPool

from huiyin_exchange.answers import Answering, Mark
from huiyin_exchange.carried_commands import Carrier, Trying
from huiyin_exchange.letters import Arrivals
from huiyin_exchange.methods import SERVICE, Methods
from huiyin_exchange.receipts import Connection, Receipts, lease_of
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.rpc.letters import NAME as LETTERS
from huiyin_kernel.rpc.letters import LetterMethods
from huiyin_kernel.settings import LOG_NAMES
from huiyin_kernel.telemetry import metrics
from huiyin_kernel.telemetry.counts import AppendMetrics
from huiyin_kernel.vault.rings import ensure_ring, open_ring
from huiyin_store.durable_reads import Readers
from huiyin_store.lease import Lease
from huiyin_store.letters import PostgresLetters
from huiyin_store.limits import StoreLimits
from huiyin_store.postgres import PostgresEventStore
from huiyin_store.session import LogLink

CONNECTIONS_MAX = 8


async def build(host: Host) -> Parts:
    """Opens the receipts, and wires those who answer messages and those who wait for receipts."""
    dsn, mark = host.dsn(), await _mark(host)
    pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
        dsn, min_size=1, max_size=CONNECTIONS_MAX, open=False, kwargs={"autocommit": True}
    )
    await pool.open()
    lease, arrivals = lease_of(dsn), Arrivals()
    receipts = Receipts(pool, lease, host.clock)
    answering = Answering(receipts, _trying(host, receipts, lease), mark, arrivals.tell)
    limits, directory = host.settings.limits, host.policy.directory
    methods = Methods(answering, receipts, lease, arrivals, directory, limits, host.stopping)
    tasks = (lease.run(), *_on_kafka(host, answering, receipts, lease, arrivals))
    readers = Readers([LogLink(dsn, "exchange", StoreLimits(), metrics.STORE_RETRIES.labels("exchange").inc)])
    letters = LetterMethods(PostgresLetters(readers), directory, limits)
    served = {SERVICE.full_name: methods.methods(), LETTERS: letters.methods()}
    return Parts(served, tasks, (pool.close, readers.aclose))


def _on_kafka(
    host: Host, answering: Answering, receipts: Receipts, lease: Lease, arrivals: Arrivals
) -> list[Coroutine[Any, Any, None]]:
    """In cluster mode: reads the agencies' topics, and publishes their receipts."""
    if not host.settings.is_cluster:
        return []
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_exchange.kafka_inbox import Erasing, KafkaInbox
    from huiyin_exchange.kafka_receipts import ReceiptsToKafka
    from huiyin_kafka.topics.wanted import participating

    agencies = [unit.code for unit in participating(host.policy.directory, host.settings.kafka)]
    if not agencies:
        return []
    publishing = ReceiptsToKafka(host.settings, agencies, receipts, lease)
    arrivals.listen(publishing.tell)
    inbox = KafkaInbox(host.settings, agencies, answering, receipts, lease)
    return [inbox.run(), publishing.run(), Erasing(host.settings, receipts, lease).run()]


def _trying(host: Host, receipts: Receipts, lease: Lease) -> Trying:
    channels: dict[str, aio.Channel] = {name: host.channel(name) for name in LOG_NAMES}
    return Trying(receipts, Carrier(channels), lease, host.stopping)


async def _mark(host: Host) -> Mark:
    """What recognises a message again: keyed, so that nobody can find out from it what the message said."""
    log = host.settings.log_name(host.name)
    store = await PostgresEventStore.open(host.dsn(), host.name, log, counts=AppendMetrics(log, host.name))
    try:
        master = open_ring(host.settings.paths, host.name, os.environ, host.clock)
        await ensure_ring(store, master)
    finally:
        await store.aclose()
    derived = master.derived
    return lambda agency, raw: derived.fingerprint(f"exchange|{agency}", raw)


if __name__ == "__main__":
    main("exchange", build, ServiceLogs())
