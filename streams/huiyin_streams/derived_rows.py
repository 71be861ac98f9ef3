"""Who keeps the tables of hot issues and warnings: the local runner, or the workers' topics."""

from huiyin_domain.clocks.derive import DerivedClocks
from huiyin_domain.streams.folds import folds
from huiyin_kernel.host import Host
from huiyin_streams.local_runner import LocalRunner


async def derived_rows(host: Host, clocks: DerivedClocks) -> None:
    """Keeps them, for ever; `clocks` are those that the folds of the process derive.

    Raises KafkaSetupError where a cluster cannot be used as it is set up.
    """
    if not host.settings.is_cluster:
        await LocalRunner(host.dsn(), folds(host.policy.timetable, clocks)).run()
        return
    # Imported here: the embedded default runs without kafka-python.
    from huiyin_kafka.connection import client_options
    from huiyin_kafka.reader import TopicsReader
    from huiyin_kafka.wire import SHOWN
    from huiyin_streams.sink_host import SinkHost

    reader = TopicsReader(client_options(host.settings, "service@streams"), SHOWN)
    await SinkHost(host.dsn(), reader.batches).run()
