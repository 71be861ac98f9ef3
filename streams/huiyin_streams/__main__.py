"""The local stream runner as a process: folds the four logs and serves CaseService."""

from psycopg_pool import AsyncConnectionPool

from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.projection import Projection
from huiyin_streams.case_model import CaseModel
from huiyin_streams.cases import SERVICE, Cases

LOGS = ("intake", "reception", "judicial", "supervision")


async def build(host: Host) -> Parts:
    """Opens the database and wires fold and service."""
    dsn = host.dsn()
    pool = AsyncConnectionPool(dsn, min_size=1, max_size=4, open=False, kwargs={"autocommit": True})
    await pool.open()
    projection = Projection(dsn, "streams", CaseModel(host.policy.calendar))
    feeds = {host.settings.log_name(name): host.feed(name) for name in LOGS}  # type: ignore[arg-type] # names
    cases = Cases(pool, host.policy, host.settings.limits)
    return Parts({SERVICE.full_name: cases.methods()}, (projection.run(feeds),), (pool.close,))


if __name__ == "__main__":
    main("streams", build)
