"""The streams service as a process: folds the four logs, makes the timeline, and serves what comes of it."""

from psycopg_pool import AsyncConnectionPool

from huiyin.insight.v1 import service_pb2 as insight
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.projection import Projection
from huiyin_kernel.rpc.letters import NAME as LETTERS
from huiyin_kernel.rpc.letters import LetterMethods
from huiyin_kernel.settings import ServiceName
from huiyin_store.limits import StoreLimits
from huiyin_store.postgres_letters import PostgresLetters
from huiyin_store.reading import Readers
from huiyin_store.session import Link
from huiyin_streams.case_model import CaseModel
from huiyin_streams.cases import SERVICE, Cases
from huiyin_streams.derived_rows import derived_rows
from huiyin_streams.figure_model import FigureModel
from huiyin_streams.figures import Figures
from huiyin_streams.insight import Insight
from huiyin_streams.timeline_service import SERVICE as TIMELINE
from huiyin_streams.timeline_wiring import log_ends, timeline_host, timeline_service

INSIGHT = insight.DESCRIPTOR.services_by_name["InsightService"]
LOGS: tuple[ServiceName, ...] = ("intake", "reception", "judicial", "supervision")


async def build(host: Host) -> Parts:
    """Opens the database and wires fold and service."""
    dsn = host.dsn()
    pool = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
    await pool.open()
    projection = Projection(
        dsn, "streams", CaseModel(host.policy.timetable, host.policy.directory), host.clock
    )
    feeds = {host.settings.log_name(name): host.feed(name) for name in LOGS}
    cases = Cases(pool, host.policy, host.settings.limits)
    counted = Projection(dsn, "streams", FigureModel(host.policy.timetable), host.clock)
    cell_min = host.settings.limits.small_cell_min
    figures = Figures(pool, host.policy.directory, host.clock, cell_min)
    derived = Insight(pool, host.policy, host.settings.limits, host.clock)
    timeline = timeline_host(host)
    subscribed = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
    await subscribed.open()
    readers = Readers([Link(dsn, "streams", StoreLimits())])
    letters = LetterMethods(PostgresLetters(readers), host.policy.directory, host.settings.limits)
    services = {
        SERVICE.full_name: cases.methods(),
        TIMELINE.full_name: timeline_service(host, timeline, subscribed).methods(),
        INSIGHT.full_name: {**figures.methods(), **derived.methods()},
        LETTERS: letters.methods(),
    }
    tasks = (
        projection.run(feeds),
        counted.run(feeds),
        timeline.run(feeds, log_ends(host, LOGS)),
        derived_rows(host),
    )
    return Parts(services, tasks, (pool.close, subscribed.close, readers.aclose))


if __name__ == "__main__":
    main("streams", build, ServiceLogs())
