"""Runs the platform: database, then services; watches them; stops them in the opposite order."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from huiyin_cli import endpoints, samples, welcome
from huiyin_cli.catching_up import caught_up
from huiyin_cli.database import Database
from huiyin_cli.installation import Claim, SetupError, make_folders, make_identities
from huiyin_cli.readiness import is_serving
from huiyin_kernel.logfiles import last_words
from huiyin_kernel.process_table import ProcessTable
from huiyin_kernel.processes import POLL_SECONDS, Child, ChildSpec, Say, Supervisor, python_module
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import SERVICE_NAMES, Addresses, ServiceName, Settings

Handler = Callable[[int, FrameType | None], object] | signal.Handlers

READY_SECONDS = 90.0
STOP_MARGIN_SECONDS = 5.0
CRASHES_WHILE_STARTING_MAX = 5


def run_platform(settings: Settings, say: Say) -> None:
    """Starts everything and returns when it was told to stop and everything has ended."""
    make_folders(settings.paths)
    claim = Claim(settings.paths)
    claim.take()
    ends = ExitStack()
    ends.callback(claim.release)
    _answer_stop_signals_with(signal.default_int_handler)
    try:
        _start_and_watch(settings, claim, say, ends)
    except KeyboardInterrupt:
        say("正在停止 · stopping")
    finally:
        _answer_stop_signals_with(signal.SIG_IGN)  # the end is bounded in time; no signal makes it faster
        ends.close()
    say("全部已停止 · everything has stopped")


def _start_and_watch(settings: Settings, claim: Claim, say: Say, ends: ExitStack) -> None:
    begun, home = time.monotonic(), settings.paths
    say(f"数据目录 · data folder: {home.root}")
    ports = endpoints.Ports(say)
    database = Database(settings, ports, say)
    ends.callback(database.stop)
    database.start()
    identity = make_identities(home)
    addresses = endpoints.choose(settings, ports)
    dsns = database.provision()
    metrics: dict[str, int] = {name: ports.any() for name in SERVICE_NAMES}
    children = [_child(settings, name, addresses, dsns[name], claim, metrics) for name in SERVICE_NAMES]
    supervisor = Supervisor(children, say, settings.limits.drain_seconds + STOP_MARGIN_SECONDS)
    ends.callback(supervisor.stop)
    watch = Watch(database, supervisor, ProcessTable(home.processes))
    ends.callback(watch.table.remove)
    supervisor.start()
    _wait_until_serving(watch, addresses, identity, say)
    ends.callback(home.endpoints.unlink, missing_ok=True)
    endpoints.write(home, addresses, database.address, metrics)
    asyncio.run(_make_presentable(settings, watch, say))
    say(welcome.text(home, addresses, _command(), time.monotonic() - begun))
    asyncio.run(watch.for_ever())


@dataclass(frozen=True, slots=True)
class Watch:
    """What is looked after from the moment the services were started."""

    database: Database
    supervisor: Supervisor
    table: ProcessTable

    def look(self) -> None:
        """One round: what ended is started again."""
        self.database.look()
        self.supervisor.look()
        self.table.write(child.row() for child in self.supervisor.children)

    async def for_ever(self) -> None:
        """Round after round."""
        while True:
            self.look()
            await asyncio.sleep(POLL_SECONDS)


async def _make_presentable(settings: Settings, watch: Watch, say: Say) -> None:
    """Loads the samples and lets the lists catch up; what ends meanwhile is started again all the same."""
    watching = asyncio.ensure_future(watch.for_ever())
    try:
        await samples.load_once(settings, say)
        if not await caught_up(settings):
            say("案件列表仍在追赶日志 · the list of cases is still catching up with the logs")
    finally:
        watching.cancel()


def _child(
    settings: Settings,
    name: ServiceName,
    addresses: Addresses,
    dsn: str,
    claim: Claim,
    metrics: Mapping[str, int],
) -> Child:
    home = settings.paths
    own = {"HUIYIN_HOME": str(home.root), "HUIYIN_DATABASE_URL": dsn, "PYTHONUNBUFFERED": "1"}
    own["HUIYIN_METRICS_PORT"] = str(metrics[name])
    environment: Mapping[str, str] = {**os.environ, **endpoints.environment(addresses), **own}
    spec = ChildSpec(name, python_module(f"huiyin_{name}"), environment, home.logs / f"{name}.log")
    return Child(spec, (claim.descriptor,))


def _wait_until_serving(watch: Watch, addresses: Addresses, identity: ClientIdentity, say: Say) -> None:
    waiting = list(watch.supervisor.children)
    deadline = time.monotonic() + READY_SECONDS
    say("等待各服务就绪 · waiting for the services")
    while waiting:
        watch.look()
        waiting = [child for child in waiting if not is_serving(_address(child, addresses), identity)]
        late = time.monotonic() > deadline
        for child in waiting:
            if late or child.crashes >= CRASHES_WHILE_STARTING_MAX:
                raise SetupError(_did_not_start(child))
        time.sleep(POLL_SECONDS)


def _address(child: Child, addresses: Addresses) -> str:
    return str(getattr(addresses, child.spec.name))


def _did_not_start(child: Child) -> str:
    return (
        f"{child.spec.name} 未能启动，日志末尾如下 · {child.spec.name} did not start; the end of its log:\n"
        f"{last_words(child.spec.log_file)}\n({child.spec.log_file})"
    )


def _command() -> str:
    """How to call `huiyin` from the folder where the user is."""
    program = Path(sys.argv[0]).resolve()
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)


def _answer_stop_signals_with(handler: Handler) -> None:
    """SIGTERM and a closed terminal are taken as Ctrl-C is."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)
