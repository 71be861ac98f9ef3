"""Runs the platform: database and brokers, then services, then what stands behind; stops in reverse.

Once the read models show what the logs hold, it says where to look and what to type next.
"""

import asyncio
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import FrameType

from huiyin.cases.v1.service_pb2 import GetProgressRequest
from huiyin.feed.v1.service_pb2 import DescribeLogRequest
from huiyin_cli import samples
from huiyin_cli.children import Makings, Ports, choose, parts, write
from huiyin_cli.client import Client, is_serving, is_telling, open_client, until_answered
from huiyin_cli.database import Database
from huiyin_cli.installation import FolderClaim, check_rings, make_folders, make_identities
from huiyin_cli.watch import Renewal, Watch
from huiyin_kernel.rpc.client import ClientIdentity
from huiyin_kernel.settings import LOG_NAMES, SERVICE_NAMES, Addresses, Settings
from huiyin_launcher.processes import Child, ProcessTable, Say, Supervisor

NAMES = {
    "intake": "信访受理 intake",
    "reception": "联合接访 reception",
    "judicial": "涉法涉诉 judicial",
    "supervision": "督查督办 supervision",
    "streams": "案件时间线 case timelines",
    "exchange": "单位系统对接 agency systems",
}
NEXT = (
    ("huiyin case list", "看信访事项", "the cases"),
    ("huiyin case show <案号>", "看一件事项的经过", "one case and what happened to it"),
    ("huiyin events tail", "看事件日志", "events as they happen"),
    ("huiyin clock due 2026-02-01 +15d", "算法定期限", "a statutory due date, and why"),
    ("huiyin audit verify", "核验记录未被改动", "prove that nothing was altered"),
    ("huiyin import <文件> --as officer@<单位代码>", "导入 XLSX、CSV、JSON", "import filings"),
)


def greeting(settings: Settings, addresses: Addresses, command: str, seconds: float) -> str:
    """The whole greeting. `command` is how to call `huiyin` from here."""
    home = settings.paths
    lines = [f"回音已启动，用时 {seconds:.1f} 秒 · Huiyin is up after {seconds:.1f} s", ""]
    lines += [f"  {addresses.of(name):<18} {NAMES[name]}" for name in SERVICE_NAMES]
    lines += _kafka(settings) if settings.is_cluster else []
    lines += ["", f"  数据 data      {home.root}", f"  日志 logs      {home.logs}"]
    lines += [f"  证书与令牌 identities  {home.identity}", ""]
    lines += ["接下来在另一个终端输入 · Next, in another terminal:", ""]
    lines += [f"  {typed.replace('huiyin', command, 1):<48} {zh} · {en}" for typed, zh, en in NEXT]
    return "\n".join([*lines, "", "Ctrl-C 停止全部 · Ctrl-C stops everything.", ""])


def _kafka(settings: Settings) -> list[str]:
    """Where Kafka is, and how a client that is not ours connects."""
    folder = settings.paths.identity
    files = {
        "ca": folder / "ca.crt",
        "certificate": folder / "services" / "cli.crt",
        "key": folder / "services" / "cli.key",
    }
    secure = " ".join(f"-X ssl.{name}.location={path}" for name, path in files.items())
    first = settings.kafka.bootstrap.partition(",")[0]
    return [
        "",
        f"  Kafka: {settings.kafka.bootstrap}",
        "  用任何 Kafka 客户端连接，例如 · with any Kafka client, such as:",
        f"  kcat -b {first} -X security.protocol=ssl {secure} -L",
    ]


PROFILE = "auditor"
CATCH_UP_SECONDS = 30.0
POLL_SECONDS = 0.1
CALL_SECONDS = 5.0


async def caught_up(settings: Settings) -> bool:
    """Waits for a bounded time; whether everything that the logs hold now is folded."""
    try:
        async with asyncio.timeout(CATCH_UP_SECONDS), open_client(PROFILE, settings) as client:
            ends = await until_answered(partial(_ends, client), CATCH_UP_SECONDS)
            while not await until_answered(partial(_are_folded, client, ends), CATCH_UP_SECONDS):
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        return False
    return True


async def _ends(client: Client) -> dict[str, int]:
    """The last position of each log that has events."""
    ends = {}
    for name in LOG_NAMES:
        end = await client.feed(name).DescribeLog(DescribeLogRequest(), timeout=CALL_SECONDS)
        ends[end.log] = end.position
    return {log: position for log, position in ends.items() if position}


async def _are_folded(client: Client, ends: dict[str, int]) -> bool:
    progress = await client.cases.GetProgress(GetProgressRequest(), timeout=CALL_SECONDS)
    folded = {each.log: each.position for each in progress.logs}
    return all(folded.get(log, 0) >= position for log, position in ends.items())


Handler = Callable[[int, FrameType | None], object] | signal.Handlers

STOP_MARGIN_SECONDS = 5.0


def run_platform(settings: Settings, say: Say, cluster: bool) -> None:
    """Starts everything and returns when it was told to stop and everything has ended.

    `cluster`: services and agencies meet on Kafka. Raises SetupError.
    """
    make_folders(settings.paths)
    claim = FolderClaim(settings.paths)
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

    def __init__(self, settings: Settings, claim: FolderClaim, say: Say, ends: ExitStack) -> None:
        self._settings, self._home = settings, settings.paths
        self._claim, self._say, self._ends = claim, say, ends
        self._begun = time.monotonic()
        self._ports = Ports(say)
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
        self._say(greeting(makings.settings, makings.addresses, _command(), seconds))
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
        addresses = choose(settings, self._ports)
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
        write(makings.settings, makings.addresses, self._database.address, makings.metrics)

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
