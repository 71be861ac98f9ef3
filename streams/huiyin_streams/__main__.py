"""The streams service as a process: answers from what the fold host makes."""

from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1 import service_pb2 as insight
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.rpc.letters import NAME as LETTERS
from huiyin_kernel.rpc.letters import LetterMethods
from huiyin_kernel.settings import LOG_NAMES
from huiyin_kernel.telemetry import metrics
from huiyin_store.durable_reads import Durable, Readers
from huiyin_store.letters import PostgresLetters
from huiyin_store.limits import StoreLimits
from huiyin_store.session import LogLink
from huiyin_streams.cases import SERVICE, Cases
from huiyin_streams.entry_pages import listen
from huiyin_streams.figures import Figures
from huiyin_streams.insight import Insight
from huiyin_streams.timeline_service import SERVICE as TIMELINE
from huiyin_streams.timeline_service import log_ends, timeline_service

INSIGHT = insight.DESCRIPTOR.services_by_name["InsightService"]
CONNECTIONS_MAX = 8
"""Questions that are asked of the database at once; others wait for one of them."""


async def build(host: Host) -> Parts:
    """Opens the database and wires the services."""
    dsn, policy, limits = host.dsn(), host.policy, host.settings.limits
    pool = AsyncConnectionPool(
        dsn, min_size=1, max_size=CONNECTIONS_MAX, open=False, kwargs={"autocommit": True}
    )
    await pool.open()
    durable = Durable()
    readers = Readers([LogLink(dsn, "streams", StoreLimits(), metrics.STORE_RETRIES.labels("streams").inc)])
    figures = Figures(pool, policy.directory, host.clock, limits.small_cell_min)
    services = {
        SERVICE.full_name: Cases(pool, policy, limits, log_ends(host, LOG_NAMES)).methods(),
        TIMELINE.full_name: timeline_service(host, durable, pool).methods(),
        INSIGHT.full_name: {**figures.methods(), **Insight(pool, policy, limits, host.clock).methods()},
        LETTERS: LetterMethods(PostgresLetters(readers), policy.directory, limits).methods(),
    }
    return Parts(services, (listen(dsn, durable),), (pool.close, readers.aclose))


if __name__ == "__main__":
    main("streams", build, ServiceLogs())
