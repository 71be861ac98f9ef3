"""The supervision service as a process."""

from collections.abc import Mapping

from psycopg_pool import AsyncConnectionPool

from huiyin.supervision.v1 import service_pb2 as supervision
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.projection import Projection
from huiyin_kernel.rpc.endpoint import Method, Unary
from huiyin_kernel.rpc.intake_client import Petitions
from huiyin_kernel.rpc.tables import command_methods
from huiyin_kernel.service import OpenService, open_service
from huiyin_kernel.shared_log import shared
from huiyin_supervision.clock_model import ClockModel
from huiyin_supervision.methods import COMMANDS, SERVICE, Objecting, Ordering, Queries
from huiyin_supervision.policy_commands import Applying
from huiyin_supervision.set_aside import ClocksAside
from huiyin_supervision.ticker import Ticker

LOGS = ("intake", "reception", "judicial", "supervision")


async def build(host: Host) -> Parts:
    """Opens the log, wires the methods, folds all logs into clocks and fires them."""
    service = await open_service(host)
    pool = AsyncConnectionPool(host.dsn(), min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
    await pool.open()
    projection = Projection(host.dsn(), "supervision", ClockModel(host.policy.timetable), host.clock)
    feeds = {host.settings.log_name(name): host.feed(name) for name in LOGS}  # type: ignore[arg-type] # names
    aside = ClocksAside(service.store.letters, service.store.log, host.clock)
    ticker = Ticker(service.store, pool, host.policy, service.time, aside)
    return Parts(
        {SERVICE.full_name: _methods(service, pool), **service.feed_methods(), **service.letter_methods()},
        (projection.run(shared(feeds)), ticker.run()),
        (service.store.aclose, pool.close),
    )


def _methods(service: OpenService, pool: AsyncConnectionPool) -> Mapping[str, Method]:
    host = service.host
    seconds = host.settings.limits.deadline_seconds
    directory = host.policy.directory
    petitions = Petitions(host.channel("intake"), host.settings.log_name("intake"), seconds, directory)
    queries = Queries(
        service.entitled(), service.standings(), pool, host.settings.limits, host.policy, service.time
    )
    return {
        **command_methods(service.commands, COMMANDS, service.entitled()),
        **Objecting(service.commands, service.standings()).methods(),
        **Applying(service.commands, pool, host.settings.limits).methods(),
        "IssueOrder": Unary(supervision.IssueOrderRequest, Ordering(service.commands, petitions).issue),
        "GetOrder": Unary(supervision.GetOrderRequest, queries.get_order),
        "ListClocks": Unary(supervision.ListClocksRequest, queries.list_clocks),
        "ExplainClocks": Unary(supervision.ExplainClocksRequest, queries.explain_clocks),
    }


if __name__ == "__main__":
    main("supervision", build, ServiceLogs())
