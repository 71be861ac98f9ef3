"""Runs the platform: database and brokers, then services, then what stands behind; stops in reverse."""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

from huiyin_cli import endpoints, samples, welcome
from huiyin_cli.catching_up import caught_up
from huiyin_cli.children import Makings, parts
from huiyin_cli.database import Database
from huiyin_cli.installation import Claim, check_rings, make_folders, make_identities
from huiyin_cli.readiness import is_serving, is_telling
from huiyin_cli.renewing import Renewal
from huiyin_cli.watching import Watch
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import SERVICE_NAMES, Settings
from huiyin_launcher.process_table import ProcessTable
from huiyin_launcher.processes import Child, Say, Supervisor

Handler = Callable[[int, FrameType | None], object] | signal.Handlers

STOP_MARGIN_SECONDS = 5.0


def run_platform(settings: Settings, say: Say, cluster: bool) -> None:
    """Starts everything and returns when it was told to stop and everything has ended.

    `cluster`: services and agencies meet on Kafka. Raises SetupError.
    """
    make_folders(settings.paths)
    claim = Claim(settings.paths)
    claim.take()
    ends = ExitStack()
    ends.callback(claim.release)
    _answer_stop_signals_with(signal.default_int_handler)
    try:
        _Start(settings, claim, say, ends).run(cluster or settings.is_cluster)
    except KeyboardInterrupt:
        say("正在停止 · stopping")
    finally:
        _answer_stop_signals_with(signal.SIG_IGN)  # the end is bounded in time; no signal makes it faster
        ends.close()
    say("全部已停止 · everything has stopped")


class _Start:
    """One start, step by step; what each step began is ended by `ends`, the last first."""

    def __init__(self, settings: Settings, claim: Claim, say: Say, ends: ExitStack) -> None:
        self._settings, self._home = settings, settings.paths
        self._claim, self._say, self._ends = claim, say, ends
        self._begun = time.monotonic()
        self._ports = endpoints.Ports(say)
        self._database = Database(settings, self._ports, say)
        renewal = Renewal(settings, say)
        self._watch = Watch(self._database, ProcessTable(self._home.processes), renewal)

    def run(self, cluster: bool) -> None:
        """Everything, until interrupted."""
        self._say(f"数据目录 · data folder: {self._home.root}")
        self._ends.callback(self._watch.table.remove)
        self._ends.callback(self._database.stop)
        identity = make_identities(self._settings)
        makings = self._with_brokers() if cluster else self._makings(self._settings)
        self._start_processes(makings, identity)
        asyncio.run(self._make_presentable(makings.settings))
        seconds = time.monotonic() - self._begun
        self._say(welcome.text(makings.settings, makings.addresses, _command(), seconds))
        asyncio.run(self._watch.for_ever())

    def _with_brokers(self) -> Makings:
        """Brokers start while the database does; processes come when both are ready."""
        # Imported here: the embedded default runs without what it imports.
        from huiyin_cli.brokers import Brokers

        brokers = Brokers(self._settings, self._say)
        supervisor = brokers.supervisor(self._ports, self._claim.descriptor)
        self._look_after(supervisor)
        makings = self._makings(brokers.settings())
        brokers.make_ready(self._watch.look)
        return makings

    def _makings(self, settings: Settings) -> Makings:
        """Starts the database; then all is known that processes are told."""
        self._database.start()
        addresses = endpoints.choose(settings, self._ports)
        accesses = self._database.provision()
        asyncio.run(check_rings(settings, accesses))
        metrics = {part.name: self._ports.any() for part in parts(settings)}
        return Makings(settings, addresses, accesses, metrics, self._claim.descriptor)

    def _start_processes(self, makings: Makings, identity: ClientIdentity) -> None:
        """Starts services and what stands behind them, and tells others where they are."""
        children = [makings.child(part) for part in parts(makings.settings)]
        limits = makings.settings.limits
        self._look_after(Supervisor(children, self._say, limits.drain_seconds + STOP_MARGIN_SECONDS))
        self._say("等待各服务就绪 · waiting for the services")
        self._watch.until(children, lambda child: _is_ready(child, makings, identity))
        self._ends.callback(self._home.endpoints.unlink, missing_ok=True)
        endpoints.write(makings.settings, makings.addresses, self._database.address, makings.metrics)

    def _look_after(self, supervisor: Supervisor) -> None:
        self._ends.callback(supervisor.stop)
        self._watch.supervisors.append(supervisor)
        supervisor.start()

    async def _make_presentable(self, settings: Settings) -> None:
        """Loads the samples and lets the lists catch up; what ends meanwhile is started again."""
        watching = asyncio.ensure_future(self._watch.for_ever())
        try:
            await samples.load_once(settings, self._say)
            if not await caught_up(settings):
                self._say("案件列表仍在追赶日志 · the list of cases is still catching up with the logs")
        finally:
            watching.cancel()


def _is_ready(child: Child, makings: Makings, identity: ClientIdentity) -> bool:
    name = child.spec.name
    if name in SERVICE_NAMES:
        return is_serving(str(getattr(makings.addresses, name)), identity)
    return is_telling(makings.metrics[name])


def _command() -> str:
    """How to call `huiyin` from the folder where the user is."""
    program = Path(sys.argv[0]).resolve()
    here = Path.cwd()
    return str(program.relative_to(here)) if program.is_relative_to(here) else str(program)


def _answer_stop_signals_with(handler: Handler) -> None:
    """SIGTERM and a closed terminal are taken as Ctrl-C is."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)
