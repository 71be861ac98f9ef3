"""The fold host of the streams service as a process: folds the four logs and makes the timeline.

What it makes is read by the process that answers (`huiyin_streams`), on connections of its own: so no reader
waits behind folding, and no fold behind readers.
"""

from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_kafka.source import ServiceLogs
from huiyin_kernel.host import Host, Parts, main
from huiyin_kernel.log_batches import BEHIND_MAX
from huiyin_kernel.projection import Projection
from huiyin_kernel.settings import LOG_NAMES
from huiyin_kernel.shared_log import shared
from huiyin_streams.models import CaseModel, derived_rows
from huiyin_streams.timeline_service import log_ends, timeline_host


async def build(host: Host) -> Parts:
    """Wires the folds."""
    dsn, timetable = host.dsn(), host.policy.timetable
    clocks = DerivedClocks()
    model = CaseModel(timetable, host.policy.directory, clocks)
    cases = Projection(dsn, "streams", model, host.clock, BEHIND_MAX)
    logs = shared({host.settings.log_name(name): host.feed(name) for name in LOG_NAMES})
    tasks = (
        cases.run(logs),
        timeline_host(host).run(logs, log_ends(host, LOG_NAMES)),
        derived_rows(host, clocks),
    )
    return Parts({}, tasks)


if __name__ == "__main__":
    main("streams", build, ServiceLogs())
